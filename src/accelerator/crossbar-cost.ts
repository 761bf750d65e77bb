import { fail } from '../errors.ts';
import { type AdcCostModel, adcCostModels } from '../ledger/adc-model.ts';

/** How a crossbar's cost is counted. Nothing here changes what it computes, except who shares the errors of a converter. */
export interface CrossbarCost {
  /** Node of cells, converters and logic, 20 to 65 nm; default 65. */
  readonly nodeNm?: number;
  /** Supply of converters and logic; default 1 V. */
  readonly supplyV?: number;
  /** What prices a converter: a `survey` of stand-alone ones (default), or `embedded` ones of macros, several times below it. */
  readonly adcModel?: AdcCostModel;
  /** Factor on the energy of that model; default 1. */
  readonly adcCalibration?: number;
  /** Conversions per second of one converter; default 1e8. The embedded model has a rate of its own. */
  readonly adcSamplesPerSecond?: number;
  /** Neighbouring columns of a tile and slice that take turns at one converter; default 8. With `adc.circuit` they share its errors. */
  readonly columnsPerAdc?: number;
}

/** A checked {@link CrossbarCost} with every default filled in. */
export type ResolvedCrossbarCost = Required<CrossbarCost>;

/** Fills in defaults. Throws `CROSSBAR_CONFIG` that names the field. */
export function resolveCrossbarCost(cost: CrossbarCost = {}): ResolvedCrossbarCost {
  const resolved = { ...defaults, ...cost };
  const { nodeNm, adcModel, columnsPerAdc, ...positive } = resolved;
  if (!(nodeNm >= 20 && nodeNm <= 65)) throw reject('nodeNm', nodeNm, 'use 20 to 65 nm');
  if (!adcCostModels.includes(adcModel)) throw reject('adcModel', adcModel, `use ${adcCostModels.join(' or ')}`);
  if (!(Number.isInteger(columnsPerAdc) && columnsPerAdc >= 1)) {
    throw reject('columnsPerAdc', columnsPerAdc, 'use a whole number from 1');
  }
  for (const [key, value] of Object.entries(positive)) {
    if (!(value > 0 && Number.isFinite(value))) throw reject(key, value, 'use a number above 0');
  }
  return Object.freeze(resolved);
}

const defaults: ResolvedCrossbarCost = Object.freeze({
  nodeNm: 65,
  supplyV: 1,
  adcModel: 'survey',
  adcCalibration: 1,
  adcSamplesPerSecond: 1e8,
  columnsPerAdc: 8,
});

const reject = (key: string, value: unknown, fix: string) =>
  fail('CROSSBAR_CONFIG', `crossbar: cost.${key} is ${value}`, fix);
