import { fail } from '../errors.ts';

/** Converter limits that are known. */
export interface FixedRange {
  readonly kind: 'fixed';
  readonly min: number;
  readonly max: number;
}

/**
 * Limits given, or to be taken from calibration values: the largest magnitude, a percentile of the magnitudes, or the limit
 * that makes the mean squared error of the conversion least (`optimisedRange` says how).
 */
export type RangeRule =
  | FixedRange
  | { readonly kind: 'max' }
  | { readonly kind: 'percentile'; readonly percentile: number }
  | { readonly kind: 'optimised' };

/** A rule that needs no converter to measure by. */
export type PlainRangeRule = Exclude<RangeRule, { readonly kind: 'optimised' }>;

/**
 * Turns a rule into limits: -m to m, or 0 to m when `signed` is false, with m the largest magnitude among `values` or their
 * percentile (linear between neighbours). A fixed rule is returned as it is.
 * Throws `RANGE_VALUE` for no values, a value that is not finite, all zeros, or a percentile outside (0, 100].
 */
export function fixRange(rule: PlainRangeRule, values: ArrayLike<number>, signed: boolean): FixedRange {
  if (rule.kind === 'fixed') return rule;
  const percentile = rule.kind === 'max' ? 100 : rule.percentile;
  if (!(percentile > 0 && percentile <= 100))
    throw reject(`percentile is ${percentile}`, 'give a number above 0, at most 100');
  if (values.length === 0) throw reject('there are no calibration values', 'give at least one');
  const magnitudes = Float64Array.from(values, Math.abs).sort();
  if (!Number.isFinite(magnitudes[magnitudes.length - 1]!))
    throw reject('a calibration value is not finite', 'give finite values');
  const limit = percentileOf(magnitudes, percentile);
  if (limit === 0)
    throw reject(`the calibration values' ${percentile}th percentile is 0`, 'give values that are not all 0');
  return rangeOf(limit, signed);
}

/** The range -limit to limit, or 0 to limit. */
export function rangeOf(limit: number, signed: boolean): FixedRange {
  return { kind: 'fixed', min: signed ? -limit : 0, max: limit };
}

/** Percentile of values in ascending order, linear between neighbours. */
export function percentileOf(ascending: ArrayLike<number>, percentile: number): number {
  const at = ((ascending.length - 1) * percentile) / 100;
  const low = ascending[Math.floor(at)]!;
  return low + (ascending[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

const reject = (what: string, fix: string) => fail('RANGE_VALUE', what, fix);
