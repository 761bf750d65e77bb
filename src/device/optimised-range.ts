import { type AdcModel, codeOf, codeValue, converterGrid } from './converter.ts';
import { type FixedRange, fixRange, rangeOf } from './range.ts';

/** A converter whose range is still to be found. */
export type RangelessAdc = Omit<AdcModel, 'range'>;

/**
 * The range about (or from) 0 for which the mean squared difference between the calibration values and what the converter
 * reports for them is least: what clips against what a coarse step loses. The limit is searched among 64 in equal ratios from a
 * 64th of the largest magnitude (a 4th of its root mean square, where that is less) up to it, then by golden section to 1e-4
 * between the neighbours of the best. Of more than 2^14 values the outermost 2^11 at either end count one by one, those between
 * by the medians of equal parts.
 * Throws `RANGE_VALUE` as `fixRange`, and what `converterGrid` throws.
 */
export function optimisedRange(model: RangelessAdc, values: ArrayLike<number>, signed: boolean): FixedRange {
  const largest = fixRange({ kind: 'max' }, values, signed).max;
  if (model.bits === 0) return rangeOf(largest, signed);
  const { sample, weights } = weighted(values);
  const rms = Math.sqrt(sample.reduce((sum, x, i) => sum + weights[i]! * x ** 2, 0) / values.length);
  const errorAt = (limit: number) => conversionError(model, rangeOf(limit, signed), sample, weights);
  const ratio = Math.min(largest / 64, rms / 4) / largest;
  const limits = Array.from({ length: candidates }, (_, i) => largest * ratio ** (1 - i / (candidates - 1)));
  let best = candidates - 1;
  let least = errorAt(largest);
  for (let i = 0; i < candidates - 1; i++) {
    const error = errorAt(limits[i]!);
    if (error < least) [best, least] = [i, error];
  }
  const refined = goldenSection(errorAt, limits[Math.max(0, best - 1)]!, limits[Math.min(candidates - 1, best + 1)]!);
  return rangeOf(errorAt(refined) < least ? refined : limits[best]!, signed);
}

/** Mean squared difference between values, with their weights, and what a converter of that range reports for them. */
export function conversionError(
  model: RangelessAdc,
  range: FixedRange,
  values: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const grid = converterGrid({ ...model, range });
  if (grid.codes === 0) return 0;
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * (codeValue(grid, codeOf(grid, values[i]!)) - values[i]!) ** 2;
    total += weight;
  }
  return sum / total;
}

const candidates = 64;
const mostValues = 2 ** 14;
const tail = 2 ** 11;

function weighted(values: ArrayLike<number>): { readonly sample: Float64Array; readonly weights: Float64Array } {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length <= mostValues) return { sample: sorted, weights: new Float64Array(sorted.length).fill(1) };
  const parts = mostValues - 2 * tail;
  const edge = (part: number) => tail + Math.round((part * (sorted.length - 2 * tail)) / parts);
  const sample = new Float64Array(mostValues);
  const weights = new Float64Array(mostValues).fill(1);
  sample.set(sorted.subarray(0, tail));
  sample.set(sorted.subarray(sorted.length - tail), tail + parts);
  for (let part = 0; part < parts; part++) {
    sample[tail + part] = sorted[(edge(part) + edge(part + 1)) >> 1]!;
    weights[tail + part] = edge(part + 1) - edge(part);
  }
  return { sample, weights };
}

function goldenSection(errorAt: (limit: number) => number, from: number, to: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [errorA, errorB] = [errorAt(a), errorAt(b)];
  while (high - low > 1e-4 * high) {
    if (errorA < errorB) {
      [high, b, errorB] = [b, a, errorA];
      a = high - golden * (high - low);
      errorA = errorAt(a);
    } else {
      [low, a, errorA] = [a, b, errorB];
      b = low + golden * (high - low);
      errorB = errorAt(b);
    }
  }
  return errorA < errorB ? a : b;
}
