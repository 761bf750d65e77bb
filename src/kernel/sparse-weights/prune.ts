import { fail } from '../../errors.ts';
import type { SparseShape } from './shape.ts';

/** A matrix `[inputs, outputs]`, as GPT-2 stores its linear layers. */
export interface MatrixSize {
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Magnitude pruning to N of M: of every block of inputs and output the `lanes` largest weights stay, the rest becomes 0. Of
 * equal ones the first stays. Throws `SPARSE_WEIGHTS` when the matrix has another size or a value is not finite.
 */
export function pruneBalanced(
  { inputs, outputs, block, lanes }: Pick<SparseShape, 'inputs' | 'outputs' | 'block' | 'lanes'>,
  weights: ArrayLike<number>,
): Float32Array {
  checkMatrix({ inputs, outputs }, weights);
  const kept = new Float32Array(weights.length);
  for (let first = 0; first < inputs; first += block) {
    for (let output = 0; output < outputs; output++) {
      const places = Array.from({ length: Math.min(block, inputs - first) }, (_, i) => (first + i) * outputs + output);
      places.sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!) || a - b);
      for (const place of places.slice(0, lanes)) kept[place] = weights[place]!;
    }
  }
  return kept;
}

/**
 * Magnitude pruning to a share of kept weights, round(density x count) of the whole matrix or of every output by itself; of
 * equal ones the first stays. Throws `SPARSE_DENSITY` outside 0 to 1, and `SPARSE_WEIGHTS`.
 */
export function pruneToDensity(
  { inputs, outputs }: MatrixSize,
  weights: ArrayLike<number>,
  density: number,
  scope: 'matrix' | 'output' = 'matrix',
): Float32Array {
  if (!(density >= 0 && density <= 1))
    throw fail('SPARSE_DENSITY', `the density is ${density}`, 'give the share of kept weights, from 0 to 1');
  checkMatrix({ inputs, outputs }, weights);
  const kept = new Float32Array(weights.length);
  if (scope === 'matrix') keepLargest(weights, 0, 1, weights.length, density, kept);
  else for (let output = 0; output < outputs; output++) keepLargest(weights, output, outputs, inputs, density, kept);
  return kept;
}

/** Throws `SPARSE_WEIGHTS` when a matrix has another size than said or holds a value that is not finite. */
export function checkMatrix({ inputs, outputs }: MatrixSize, weights: ArrayLike<number>): void {
  if (weights.length !== inputs * outputs)
    throw fail(
      'SPARSE_WEIGHTS',
      `${weights.length} weights for ${inputs} inputs and ${outputs} outputs`,
      `give ${inputs * outputs}`,
    );
  for (let i = 0; i < weights.length; i++) {
    if (Number.isFinite(weights[i]!)) continue;
    const where = `input ${Math.floor(i / outputs)}, output ${i % outputs}`;
    throw fail('SPARSE_WEIGHTS', `the weight of ${where} is ${weights[i]}`, 'give finite weights');
  }
}

/** Copies the largest of `count` values that lie `stride` apart: all above the threshold, and equal ones until there are enough. */
function keepLargest(
  weights: ArrayLike<number>,
  first: number,
  stride: number,
  count: number,
  density: number,
  kept: Float32Array,
): void {
  const wanted = Math.round(density * count);
  if (wanted === 0) return;
  const magnitudes = Float64Array.from({ length: count }, (_, i) => Math.abs(weights[first + i * stride]!)).sort();
  const threshold = magnitudes[count - wanted]!;
  let equal = wanted;
  for (let i = count - 1; i >= 0 && magnitudes[i]! > threshold; i--) equal--;
  for (let i = 0; i < count; i++) {
    const place = first + i * stride;
    const magnitude = Math.abs(weights[place]!);
    if (magnitude > threshold || (magnitude === threshold && equal-- > 0)) kept[place] = weights[place]!;
  }
}
