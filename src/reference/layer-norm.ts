import type { LayerNormProblem } from '../kernel/layer-norm.ts';

/** Layer normalisation of rows in float64, with the variance of the population (divided by the width). */
export function layerNormReference(
  { rows, width, epsilon }: LayerNormProblem,
  x: ArrayLike<number>,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
): Float64Array {
  const y = new Float64Array(rows * width);
  for (let r = 0; r < rows; r++) {
    let mean = 0;
    for (let i = 0; i < width; i++) mean += x[r * width + i]! / width;
    let variance = 0;
    for (let i = 0; i < width; i++) variance += (x[r * width + i]! - mean) ** 2 / width;
    const scale = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < width; i++) y[r * width + i] = (x[r * width + i]! - mean) * scale * gamma[i]! + beta[i]!;
  }
  return y;
}
