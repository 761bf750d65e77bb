import { fail } from '../errors.ts';
import { type FixedRange, rangeOf } from './range.ts';

/**
 * How the ranges of weight slices relate: each its own, or powers of two of one another, so that slices join by shifts alone.
 */
export type SliceRanges = 'free' | 'powers-of-two';

/**
 * Makes ranges powers of two of one another. The highest slice, whose errors count most, keeps its own. Every other gets the
 * least power of two of it that covers its own range, so that no slice clips more than before; with `errorOf` (slice, range)
 * it gets the power next above or below, whichever has the smaller error.
 */
export function powersOfTwo(
  ranges: readonly FixedRange[],
  errorOf?: (slice: number, range: FixedRange) => number,
): readonly FixedRange[] {
  const kept = ranges.at(-1)!;
  const limits = ranges.map(limitOf);
  return ranges.map((range, slice) => {
    if (range === kept) return range;
    const exponent = Math.log2(limits[slice]! / limitOf(kept));
    // A ratio that is a power of two but for rounding stays what it is.
    const above = Math.ceil(exponent - 1e-9);
    const at = (power: number) => rangeOf(limitOf(kept) * 2 ** power, range.min < 0);
    if (errorOf === undefined || above - exponent < 1e-9) return at(above);
    return errorOf(slice, at(above - 1)) < errorOf(slice, at(above)) ? at(above - 1) : at(above);
  });
}

/** Rejects given ranges that are no powers of two of one another. Throws `RANGE_VALUE`. */
export function checkPowersOfTwo(ranges: readonly Omit<FixedRange, 'kind'>[]): void {
  const spans = ranges.map(({ min, max }) => max - min);
  spans.forEach((span, slice) => {
    const exponent = Math.log2(span / spans.at(-1)!);
    if (Math.abs(exponent - Math.round(exponent)) < 1e-6) return;
    throw fail(
      'RANGE_VALUE',
      `the range of slice ${slice} spans ${span}, that of the highest slice ${spans.at(-1)}`,
      'give ranges that differ by powers of two, or let them be free',
    );
  });
}

const limitOf = ({ min, max }: FixedRange) => Math.max(Math.abs(min), Math.abs(max));
