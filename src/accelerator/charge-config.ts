import { type ChargeChoice, type ChargeModel, chargeModel } from '../device/charge-array.ts';
import { fail } from '../errors.ts';
import { type OperationDefinition, operationMeaning } from '../ledger/technology/charge-fit.ts';
import { checkThresholds, type ThresholdList } from './thresholds.ts';

/** Settings of a simulated charge-domain hybrid; everything may be left out. Where the paper is silent the defaults are our reconstruction. */
export interface ChargeConfig {
  /** Scaled scores q . k / sqrt(dim) that a key has to reach, one per layer or `[layer][head]`. */
  readonly thresholds?: ThresholdList;
  /** Without thresholds: the share of the visible keys that thresholds fitted on a calibration text keep. */
  readonly keepRatio?: number;
  /** Whether fitted thresholds are one per layer or one per head. */
  readonly granularity?: 'layer' | 'head';
  /** Lowers every threshold by this much of a scaled score: keeps more, to lose less. */
  readonly margin?: number;
  /** Physics of the array; it holds `columns` keys. */
  readonly array?: string | ChargeChoice;
  /** Cycles of one pass of the array, a query against the keys it holds, and the clock that they are of. */
  readonly passCycles?: number;
  readonly clockGhz?: number;
  /** What the published peak of the chip is taken to count as an operation. */
  readonly definition?: OperationDefinition;
  /** Bits of query and key at which the published peak of the array is taken to hold. */
  readonly peakBits?: readonly [query: number, key: number];
  /** Whether kept keys are scored again outside the array; false takes the array's estimates as scores, as if they could be read. */
  readonly recompute?: boolean;
  /** Bits of q, k and v in the exact stage: 8-bit integers, or 32 for float32. */
  readonly operandBits?: 8 | 32;
}

/** A checked configuration with every default and preset filled in. */
export interface ResolvedCharge {
  readonly thresholds: ThresholdList | undefined;
  /** Undefined where thresholds are given. */
  readonly keepRatio: number | undefined;
  readonly granularity: 'layer' | 'head';
  readonly margin: number;
  readonly array: ChargeModel;
  readonly passCycles: number;
  readonly clockGhz: number;
  readonly definition: OperationDefinition;
  readonly peakBits: readonly [query: number, key: number];
  readonly recompute: boolean;
  readonly operandBits: 8 | 32;
}

/** Fills in defaults and rejects what can not be built, naming the field and the allowed range. Throws `CHARGE_CONFIG`, and what `chargeModel` and `checkThresholds` throw. */
export function resolveCharge(config: ChargeConfig = {}): ResolvedCharge {
  const { thresholds } = config;
  if (thresholds && config.keepRatio !== undefined) {
    throw reject('thresholds and keepRatio are both given', 'give one: keepRatio is what thresholds are fitted to');
  }
  const resolved: ResolvedCharge = {
    thresholds,
    keepRatio: thresholds ? undefined : (config.keepRatio ?? 0.25),
    granularity: config.granularity ?? 'head',
    margin: config.margin ?? 0,
    array: chargeModel(config.array),
    passCycles: config.passCycles ?? 16,
    clockGhz: config.clockGhz ?? 1.1,
    definition: config.definition ?? 'I',
    peakBits: config.peakBits ?? [4, 4],
    recompute: config.recompute ?? true,
    operandBits: config.operandBits ?? 8,
  };
  const { keepRatio, granularity, margin, passCycles, clockGhz, definition, peakBits, operandBits } = resolved;
  if (thresholds) checkThresholds(thresholds);
  if (keepRatio !== undefined && !(keepRatio > 0 && keepRatio <= 1)) {
    throw reject(`keepRatio is ${keepRatio}`, 'use a share above 0 and up to 1');
  }
  if (granularity !== 'layer' && granularity !== 'head') {
    throw reject(`granularity is '${granularity}'`, 'use layer or head');
  }
  if (!(margin >= 0 && Number.isFinite(margin))) throw reject(`margin is ${margin}`, 'use a score of 0 or more');
  if (!(Number.isInteger(passCycles) && passCycles >= 1 && passCycles <= 65536)) {
    throw reject(`passCycles is ${passCycles}`, 'use a whole number from 1 to 65536');
  }
  if (!(clockGhz > 0 && Number.isFinite(clockGhz))) throw reject(`clockGhz is ${clockGhz}`, 'use GHz above 0');
  if (!Object.hasOwn(operationMeaning, definition)) throw reject(`definition is '${definition}'`, 'use I, II or III');
  if (peakBits.length !== 2 || !peakBits.every((bits) => bits === 4 || bits === 8)) {
    throw reject(`peakBits is [${peakBits.join(', ')}]`, 'use 4 or 8 for the query and for the key, as in [4, 8]');
  }
  if (operandBits !== 8 && operandBits !== 32) throw reject(`operandBits is ${operandBits}`, 'use 8 or 32');
  return resolved;
}

const reject = (what: string, fix: string) => fail('CHARGE_CONFIG', `charge.${what}`, fix);
