import { conversionError, optimisedRange } from '../device/optimised-range.ts';
import { type FixedRange, fixRange } from '../device/range.ts';
import { powersOfTwo } from '../device/slice-ranges.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';

/** Ranges that need no measuring, one per slice; `full` is the range of the largest current. Undefined where they are measured. */
export function givenRanges(
  { adc }: Pick<ResolvedCrossbar, 'adc'>,
  slices: number,
  full: FixedRange,
): readonly FixedRange[] | undefined {
  const { range } = adc;
  if (range.kind === 'fixed') return Array.from({ length: slices }, () => range);
  if (range.kind === 'full') return Array.from({ length: slices }, () => full);
  if (range.kind !== 'slices') return undefined;
  return range.limits.map(({ min, max }) => ({ kind: 'fixed', min, max }));
}

/** Ranges by the rule of the column converter, from each slice's values; a slice without any but 0 gets `full`. */
export function measuredRanges(
  { adc }: Pick<ResolvedCrossbar, 'adc'>,
  values: readonly ArrayLike<number>[],
  signed: boolean,
  full: FixedRange,
): readonly FixedRange[] {
  const { range: rule, sliceRanges, ...model } = adc;
  if (rule.kind === 'full' || rule.kind === 'slices' || rule.kind === 'granular')
    throw new Error(`nothing to measure for a range ${rule.kind}`);
  const isEmpty = values.map((own) => !Array.prototype.some.call(own, (value: number) => value !== 0));
  const ranges = values.map((own, slice) => {
    if (isEmpty[slice]) return full;
    return rule.kind === 'optimised' ? optimisedRange(model, own, signed) : fixRange(rule, own, signed);
  });
  if (sliceRanges !== 'powers-of-two') return ranges;
  if (rule.kind !== 'optimised') return powersOfTwo(ranges);
  return powersOfTwo(ranges, (slice, range) => (isEmpty[slice] ? 0 : conversionError(model, range, values[slice]!)));
}
