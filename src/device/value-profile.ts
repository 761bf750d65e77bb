import type { FixedRange } from './range.ts';
import { percentileOf } from './range.ts';

/** What values look like before a converter. */
export interface ValueProfile {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Third and fourth standardised moments (0 and 3 for a normal); 0 where all values are equal. */
  readonly skewness: number;
  readonly kurtosis: number;
  readonly percentiles: readonly { readonly percentile: number; readonly value: number }[];
  /** Values from `low` to `high` in equal bins; a value on an edge is in the bin above, the largest in the last. */
  readonly histogram: { readonly low: number; readonly high: number; readonly counts: readonly number[] };
  /** Shares of the values below and above the converter's range; absent without a converter. */
  readonly clips?: { readonly below: number; readonly above: number };
}

/** What is asked of a profile. */
export interface ProfileOptions {
  /** Bins of the histogram, which spans the values; default 64. */
  readonly bins?: number;
  /** Percentiles of the values; default 0.1, 1, 5, 25, 50, 75, 95, 99, 99.9. */
  readonly percentiles?: readonly number[];
}

/** Describes values; all zeros and an empty histogram for none. */
export function profileOf(
  values: ArrayLike<number>,
  range?: Pick<FixedRange, 'min' | 'max'>,
  { bins = 64, percentiles = usual }: ProfileOptions = {},
): ValueProfile {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const [min, max] = count === 0 ? [0, 0] : [sorted[0]!, sorted[count - 1]!];
  const moment = (power: number, centre: number) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += (sorted[i]! - centre) ** power;
    return sum / Math.max(1, count);
  };
  const mean = moment(1, 0);
  const standardDeviation = Math.sqrt(moment(2, mean));
  const standardised = (power: number) =>
    standardDeviation === 0 ? 0 : moment(power, mean) / standardDeviation ** power;
  const counts = new Array<number>(bins).fill(0);
  const perUnit = max > min ? bins / (max - min) : 0;
  let below = 0;
  let above = 0;
  for (let i = 0; i < count; i++) {
    const value = sorted[i]!;
    counts[Math.min(bins - 1, Math.floor((value - min) * perUnit))]!++;
    if (range && value < range.min) below++;
    if (range && value > range.max) above++;
  }
  return {
    count,
    min,
    max,
    mean,
    standardDeviation,
    skewness: standardised(3),
    kurtosis: standardised(4),
    percentiles:
      count === 0 ? [] : percentiles.map((percentile) => ({ percentile, value: percentileOf(sorted, percentile) })),
    histogram: { low: min, high: max, counts },
    ...(range ? { clips: { below: below / Math.max(1, count), above: above / Math.max(1, count) } } : {}),
  };
}

const usual = [0.1, 1, 5, 25, 50, 75, 95, 99, 99.9];
