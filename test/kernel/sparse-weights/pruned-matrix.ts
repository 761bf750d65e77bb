import { pruneBalanced, pruneToDensity } from '../../../src/kernel/sparse-weights/prune.ts';
import { normals } from '../../support/kernel-case.ts';

/** A random matrix `[inputs, outputs]` with 4 of 16 weights kept, or a quarter of each output's wherever they lie. */
export function prunedMatrix(inputs: number, outputs: number, fork: 'balanced' | 'irregular', seed = 1): Float32Array {
  const weights = normals(inputs * outputs, seed);
  return fork === 'balanced'
    ? pruneBalanced({ inputs, outputs, block: 16, lanes: 4 }, weights)
    : pruneToDensity({ inputs, outputs }, weights, 0.25, 'output');
}

/** A matrix each of whose weights is kept with a chance of a quarter, independent of the others. */
export function independentMatrix(inputs: number, outputs: number, seed: number): Float32Array {
  // The largest quarter of independent normals is as good as independent: 1.1503 cuts it off on both sides.
  return normals(inputs * outputs, seed).map((value) => (Math.abs(value) > 1.15034938 ? value : 0));
}
