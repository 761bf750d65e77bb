import { fail } from '../errors.ts';
import { source } from '../source.ts';
import { type Quantity, quantity } from './quantity.ts';

/** How a converter is priced: `survey`, a fit to published stand-alone converters, or `embedded`, a fit to converters inside macros. */
export type AdcCostModel = 'survey' | 'embedded';

/** The names of {@link AdcCostModel}. */
export const adcCostModels: readonly AdcCostModel[] = Object.freeze(['survey', 'embedded']);

/** A converter to be priced. */
export interface AdcDesign {
  readonly bits: number;
  /** Conversions per second of one converter; `embedded` takes as long as its delay and ignores it. */
  readonly samplesPerSecond: number;
  /** Node and supply: `survey` follows the node only, `embedded` the supply only (it was fitted at 22 and 28 nm). */
  readonly nodeNm: number;
  readonly supplyV: number;
  /** Cells on the line that the converter reads; they slow an embedded one down. */
  readonly lineCells: number;
  /** Factor on the energy that sets the model to a known converter; default 1. */
  readonly calibration?: number;
}

/** One converter's price. Each constant names the model in its source. */
export interface AdcCost {
  readonly model: AdcCostModel;
  /** Of one conversion. */
  readonly energyPj: Quantity;
  readonly areaUm2: Quantity;
  readonly timeNs: Quantity;
}

/**
 * Energy, area and time of a converter by one of two models, several times apart: stand-alone converters drive their own inputs
 * and references, embedded ones use the array's. The survey's fit is the envelope of the best, starts at 4 bits (fewer are priced as 4),
 * and does not depend on the rate below a knee.
 * Throws `ADC_VALUE` for a design that is not positive, or an unknown model.
 */
export function adcCost(model: AdcCostModel, design: AdcDesign): AdcCost {
  check(model, design);
  const { energyPj, areaUm2, timeNs, ref, where } = model === 'survey' ? survey(design) : embedded(design);
  const { calibration = 1 } = design;
  const grade = calibration === 1 ? 'B' : 'D';
  const words = calibration === 1 ? where : `${where}; energy times ${calibration}, as configured`;
  const from = source(grade, ref, words);
  return {
    model,
    energyPj: quantity(energyPj * calibration, 'pJ', from),
    areaUm2: quantity(areaUm2, 'um2', source('B', ref, where)),
    timeNs: quantity(timeNs, 'ns', source('B', ref, where)),
  };
}

/** Rate (per second) above which a survey converter of `bits` takes more energy per conversion. */
export function surveyKnee(bits: number): number {
  return Math.exp((213.7807 - bitsFom(bits)) / 2.8719);
}

/** Energy of one conversion from `bits` to a voltage: 50 fF a bit, charged to the supply. Throws `ADC_VALUE`. */
export function dacEnergyPj(bits: number, supplyV: number): Quantity {
  positive('bits', bits);
  positive('supplyV', supplyV);
  const where = `${bits} bits at ${supplyV} V: 50 fF x bits x V^2`;
  return quantity(50e-3 * bits * supplyV ** 2, 'pJ', source('B', zigzag, where));
}

interface Priced {
  readonly energyPj: number;
  readonly areaUm2: number;
  readonly timeNs: number;
  readonly ref: string;
  readonly where: string;
}

const zigzag = 'ZigZag-IMC (KU Leuven) @df34a6f, embedded converters';

/** Regression over 215 designs; decibels, natural logarithms, nm and Hz. */
function survey({ bits: wanted, samplesPerSecond, nodeNm }: AdcDesign): Priced {
  const bits = Math.max(4, wanted);
  const sndr = 20 * Math.log10(2) * bits + 10 * Math.log10(1.5);
  const fom = Math.min(213.7807 - 2.8719 * Math.log(samplesPerSecond), bitsFom(bits));
  const shape = 26.0496 + 1.88004 * Math.log(nodeNm) - 2.82913 * Math.log(bits) - 1.4702;
  const energyPj = 0.5 * 10 ** ((sndr - fom) / 10) * Math.exp(shape);
  const rate = Math.log(samplesPerSecond);
  const area = 1.34619 + 0.993279 * Math.log(nodeNm) + 0.180715 * rate + 0.299124 * Math.log(energyPj);
  return {
    energyPj,
    areaUm2: Math.exp(area),
    timeNs: 1e9 / samplesPerSecond,
    ref: 'accelergy-adc-plug-in @ff0fb48, fit to the Murmann survey',
    where: `model survey: ${bits} bits${bits > wanted ? ' (the fewest it knows)' : ''}, ${nodeNm} nm, ${samplesPerSecond / 1e6} MS/s`,
  };
}

/** Figure of merit (dB) that designs of these bits reach where their rate does not limit them. */
function bitsFom(bits: number): number {
  return 128.3068 + 3.22051 * Math.ceil(bits);
}

function embedded({ bits, supplyV, lineCells }: AdcDesign): Priced {
  return {
    energyPj: (100 * bits + 0.001 * 4 ** bits) * 1e-3 * supplyV ** 2,
    areaUm2: 10 ** (-0.0369 * bits + 1.206) * 2 ** bits,
    timeNs: bits * (0.00653 * lineCells + 0.64),
    ref: zigzag,
    where: `model embedded: ${bits} bits, ${supplyV} V, ${lineCells} cells on a line, fit to three chips of 22 and 28 nm`,
  };
}

function check(
  model: AdcCostModel,
  { bits, samplesPerSecond, nodeNm, supplyV, lineCells, calibration = 1 }: AdcDesign,
) {
  if (!adcCostModels.includes(model)) {
    throw fail('ADC_VALUE', `the model is "${model}"`, `use one of ${adcCostModels.join(', ')}`);
  }
  const values = { bits, samplesPerSecond, nodeNm, supplyV, lineCells, calibration };
  for (const [name, value] of Object.entries(values)) positive(name, value);
}

function positive(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw fail('ADC_VALUE', `${name} of a converter is ${value}`, 'give a number above 0');
}
