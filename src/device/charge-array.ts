import { fail } from '../errors.ts';
import { type Source, source } from '../source.ts';
import { chargePresets } from './presets/charge.ts';

/**
 * How the charge-sharing events of one key become one comparison. With nibbles of two's complement bits of weights
 * {@link nibbleWeights}, an event ANDs one bit plane of the query with one of the key and shares the charge of a line's cells.
 * `ideal`: the exact product; comparator errors as in `passive`, so that the two differ by the array's errors alone.
 * `passive`: all events share their charge once more by weight, negative weights on a second line of opposite sign, and one
 * comparator per column decides on the voltage.
 * `bitplane`: a converter per column counts after every event; shifting, adding and the comparison are digital.
 */
export type ChargeCombine = 'ideal' | 'passive' | 'bitplane';

/**
 * A charge-domain array of 9T-1C cells as numbers. An estimate also needs the middle of what the lower nibbles hold, 15/32
 * per dimension on both sides (see {@link nibbleMiddle}). The query's part of that is the same for all keys and moves the
 * threshold. The key's part is known when the key is written: with `ideal` and `bitplane` it is added as a number, with
 * `passive` it is a fifth event per plane of the key, in which every dimension of the query is driven; its small share of
 * the line (15/32 of 15 15/32) is not taken off the gain.
 */
export interface ChargeModel {
  readonly name: string;
  /** Nominal capacitor of a cell. */
  readonly unitCapacitanceFf: number;
  /** Static per cell: relative standard deviation of its capacitor. */
  readonly capacitorMismatch: number;
  /** Capacitance of a line itself over that of the cells on it. */
  readonly parasiticRatio: number;
  /** Fresh per event: thermal (kT/C) noise of the line's capacitance, or none. */
  readonly noise: 'thermal' | 'none';
  readonly temperatureK: number;
  readonly supplyV: number;
  /** Static per comparator, or per converter of `bitplane`: standard deviation before calibration. */
  readonly comparatorOffsetMv: number;
  /** Fresh per decision, or per conversion of `bitplane`: standard deviation. */
  readonly comparatorNoiseMv: number;
  /** Offsets are trimmed in steps of this and keep the rest, up to half of it; 0 = no calibration. */
  readonly calibrationStepMv: number;
  readonly combine: ChargeCombine;
  /** Resolution of a conversion (`bitplane` only), see {@link conversionStep}. */
  readonly conversionBits: number;
  /** Bits of a nibble; the kernels know 4 only. */
  readonly nibbleBits: number;
  /** Keys of one array, each with a line and a comparator of its own. */
  readonly columns: number;
  /** Cells on a line per plane; a head with other dimensions gets lines of as many cells. */
  readonly dimensions: number;
  /** Charge injected by the switches, the same on every line. */
  readonly pedestalMv: number;
  /** Loss of the shared voltage while it is held, and for how long that is. */
  readonly droopMvPerNs: number;
  readonly holdNs: number;
  /** Where each number comes from, by field. */
  readonly sources: Readonly<Record<ChargeField, Source>>;
}

/** The fields of {@link ChargeModel} that carry a source. */
export type ChargeField = Exclude<keyof ChargeModel, 'name' | 'sources'>;

/** A preset with changes; `preset` defaults to `ideal`. */
export type ChargeChoice = { readonly preset?: string } & Partial<Omit<ChargeModel, 'sources'>>;

/** Names that {@link chargeModel} knows. */
export const chargeNames: readonly string[] = Object.freeze(Object.keys(chargePresets));

/** Weights of a nibble's bits, least significant first. */
export const nibbleWeights: readonly number[] = Object.freeze([1, 2, 4, -8]);

/** Middle of what the lower nibble adds to the upper one, in units of the upper: 7.5 / 16. */
export const nibbleMiddle = 7.5 / 16;

/** Resolves a preset name, or a preset with changes, to a checked and frozen model. Throws `CHARGE_UNKNOWN`, `CHARGE_KEY` or `CHARGE_VALUE`. */
export function chargeModel(choice: string | ChargeChoice = 'ideal'): ChargeModel {
  const { preset = 'ideal', ...changes } = typeof choice === 'string' ? { preset: choice } : choice;
  if (!Object.hasOwn(chargePresets, preset)) {
    throw fail('CHARGE_UNKNOWN', `no charge array is called "${preset}"`, `use one of ${chargeNames.join(', ')}`);
  }
  const base = chargePresets[preset]!;
  const sources: Record<string, Source> = { ...base.sources };
  for (const [key, value] of Object.entries(changes)) {
    if (!Object.hasOwn(base, key) || key === 'sources') {
      throw fail(
        'CHARGE_KEY',
        `a charge array has no "${key}"`,
        `use one of name, ${Object.keys(base.sources).join(', ')}`,
      );
    }
    if (value !== undefined && key !== 'name')
      sources[key] = source('D', 'the caller', `changed from the ${preset} preset`);
  }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const model: ChargeModel = { ...base, ...given, sources: Object.freeze(sources) as ChargeModel['sources'] };
  checkCharge(model);
  return Object.freeze(model);
}

/** Voltage (V) that one cell with both bits set adds to a line of `dim` cells: the supply over dim (1 + parasitic ratio). */
export function countVolts(model: ChargeModel, dim: number): number {
  return model.supplyV / (dim * (1 + model.parasiticRatio));
}

/**
 * Voltage (V) of one nibble unit where a comparator sees it: after the second sharing a count is worth its 225th part (15 by
 * 15, the sums of the weights' magnitudes); before a converter of `bitplane` it is a whole count, since events are
 * converted one by one.
 */
export function unitVolts(model: ChargeModel, dim: number): number {
  return model.combine === 'bitplane' ? countVolts(model, dim) : countVolts(model, dim) / magnitude ** 2;
}

/** kT/C noise (V, standard deviation) of one event on a line of `dim` cells with its parasitic; 0 without noise. */
export function lineNoiseV(model: ChargeModel, dim: number): number {
  if (model.noise === 'none') return 0;
  const farads = dim * model.unitCapacitanceFf * (1 + model.parasiticRatio) * 1e-15;
  return Math.sqrt((boltzmann * model.temperatureK) / farads);
}

/**
 * Variance of an estimate by kT/C noise, in nibble units squared. Every event has a draw of its own, so `passive` has the
 * sum of the squared weights, the fifth event of each plane among them; the second sharing's own noise is left out. For
 * `bitplane` the variance of one event in counts squared, which the conversion then rounds. 0 for `ideal`.
 */
export function thermalVariance(model: ChargeModel, dim: number): number {
  const event = (lineNoiseV(model, dim) / countVolts(model, dim)) ** 2;
  if (model.combine === 'ideal') return 0;
  return model.combine === 'bitplane' ? event : event * (squares + nibbleMiddle ** 2) * squares;
}

/** Standard deviation of a comparator's noise in units of {@link unitVolts}. */
export function comparatorNoise(model: ChargeModel, dim: number): number {
  return model.comparatorNoiseMv / 1000 / unitVolts(model, dim);
}

/** What is left of an offset (mV) after calibration. */
export function calibratedMv(model: ChargeModel, offsetMv: number): number {
  const step = model.calibrationStepMv;
  return step === 0 ? offsetMv : offsetMv - step * Math.round(offsetMv / step);
}

/** What pedestal and droop (mV) add on every line alike; calibration is done with the array at rest and does not see it. */
export function sharedShiftMv(model: ChargeModel): number {
  return model.pedestalMv - model.droopMvPerNs * model.holdNs;
}

/**
 * Counts per code of a conversion: the codes spread over the line's `dim` counts, but never finer than one count, since
 * there is nothing between two counts. With 2^bits above dim every count has a code. Code c stands for the counts
 * nearest to c steps, ties up; what lies above the last code is clipped to it.
 */
export function conversionStep(model: ChargeModel, dim: number): number {
  return Math.max(1, dim / 2 ** model.conversionBits);
}

const boltzmann = 1.380649e-23;
const magnitude = nibbleWeights.reduce((sum, weight) => sum + Math.abs(weight), 0);
const squares = nibbleWeights.reduce((sum, weight) => sum + weight ** 2, 0);

function checkCharge(model: ChargeModel): void {
  for (const field of ['unitCapacitanceFf', 'temperatureK', 'supplyV'] as const) {
    if (!(model[field] > 0 && Number.isFinite(model[field])))
      throw reject(`${field} is ${model[field]}`, 'give a finite number above 0');
  }
  const notNegative = [
    'capacitorMismatch',
    'parasiticRatio',
    'comparatorOffsetMv',
    'comparatorNoiseMv',
    'calibrationStepMv',
    'droopMvPerNs',
    'holdNs',
  ] as const;
  for (const field of notNegative) {
    if (!(model[field] >= 0 && Number.isFinite(model[field])))
      throw reject(`${field} is ${model[field]}`, 'give a finite number of 0 or more');
  }
  if (!Number.isFinite(model.pedestalMv)) throw reject(`pedestalMv is ${model.pedestalMv}`, 'give a finite number');
  // Draws reach 5.9 standard deviations, and no capacitor is negative.
  if (model.capacitorMismatch > 0.15)
    throw reject(`capacitorMismatch is ${model.capacitorMismatch}`, 'give a share of at most 0.15');
  if (model.noise !== 'thermal' && model.noise !== 'none')
    throw reject(`noise is "${model.noise}"`, 'use thermal or none');
  if (!['ideal', 'passive', 'bitplane'].includes(model.combine))
    throw reject(`combine is "${model.combine}"`, 'use ideal, passive or bitplane');
  whole('conversionBits', model.conversionBits, 1, 16);
  whole('nibbleBits', model.nibbleBits, 4, 4);
  whole('columns', model.columns, 1, 65536);
  whole('dimensions', model.dimensions, 1, 128);
}

function whole(field: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw reject(`${field} is ${value}`, low === high ? `use ${low}` : `use a whole number from ${low} to ${high}`);
}

const reject = (what: string, fix: string) => fail('CHARGE_VALUE', what, fix);
