import type { MatrixSize } from './prune.ts';

/** Whether every output has a scale of its own, or the whole matrix one. */
export type WeightScale = 'output' | 'matrix';

/**
 * Symmetric 8-bit quantisation of weights `[inputs, outputs]`: the largest magnitude becomes 127, codes are rounded to the
 * nearest, of two equally near ones away from 0. What is 0 stays 0, and an output of zeros has the scale 0. Codes are `[inputs, outputs]`.
 */
export function quantizeWeights(
  { inputs, outputs }: MatrixSize,
  weights: ArrayLike<number>,
  scale: WeightScale = 'output',
): { readonly codes: Int8Array; readonly scales: Float32Array } {
  const most = new Float64Array(outputs);
  for (let i = 0; i < weights.length; i++) most[i % outputs] = Math.max(most[i % outputs]!, Math.abs(weights[i]!));
  if (scale === 'matrix') most.fill(most.reduce((a, b) => Math.max(a, b), 0));
  const codes = new Int8Array(inputs * outputs);
  for (let i = 0; i < weights.length; i++) {
    const limit = most[i % outputs]!;
    if (limit > 0) codes[i] = Math.sign(weights[i]!) * Math.round((Math.abs(weights[i]!) / limit) * 127);
  }
  return { codes, scales: Float32Array.from(most, (limit) => limit / 127) };
}
