import type { Gpu } from '../src/gpu/gpu.ts';
import { linearVariants } from '../src/kernel/linear-variant.ts';
import { linearBench } from './kernels/linear.ts';
import { linear8Bench } from './kernels/sparse-linear.ts';
import { inTurn, type Rounds } from './pairs.ts';

/** Sizes of a product, `[rows, inner]` by `[inner, columns]`. */
export interface LinearSizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** How many times as fast `sparse-linear` is claimed to be at three quarters zeros, at least, as the fastest dense layer. */
export const least = 1.5;

/**
 * Runs `sparse-linear` and every dense layer that this device can run, f32 and 8-bit, in turn; the times of the first come first.
 * Throws when a result is wrong: 8-bit ones are compared to the bit.
 */
export async function linearsInTurn(
  gpu: Gpu,
  sizes: LinearSizes,
  way: 'balanced' | 'irregular',
  enough: (rounds: Rounds) => boolean,
): Promise<{ readonly rounds: Rounds; readonly names: readonly string[] }> {
  const dense = linearVariants(gpu).map((variant) => linearBench({ ...sizes, variant }));
  const kernels = [linear8Bench(way, sizes), ...dense, linear8Bench('dense', sizes)].filter(
    ({ available }) => available?.(gpu) ?? true,
  );
  return { rounds: await inTurn(gpu, kernels, enough), names: kernels.map(({ name }) => name) };
}
