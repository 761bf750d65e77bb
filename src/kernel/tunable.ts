import type { Gpu } from '../gpu/gpu.ts';
import type { Launch } from '../gpu/launch.ts';
import { planDenseAttend } from './dense-attend.ts';
import { type DenseAttendVariant, denseAttendVariants, usualDenseAttendVariant } from './dense-attend-variant.ts';
import { planLinear } from './linear.ts';
import { type LinearVariant, linearVariants, usualLinearVariant } from './linear-variant.ts';

/** A kernel with several shaders for the same result, of which one is the fastest on an adapter. */
export interface Tunable {
  readonly kernel: string;
  /** The one that runs without a measurement. */
  usual(gpu: Gpu): string;
  /** All that the device can run. */
  possible(gpu: Gpu): readonly string[];
  /** A piece of ordinary work; `share` of the usual rows or queries, since software adapters are slow. */
  trial(variant: string, share: number): Launch;
}

/** Kernels whose shader a measurement can choose. */
export const tunables: readonly Tunable[] = [
  {
    kernel: 'linear',
    usual: usualLinearVariant,
    possible: linearVariants,
    trial: (variant, share) =>
      planLinear({ rows: 1024 * share, columns: 768, inner: 768, variant: variant as LinearVariant }),
  },
  {
    kernel: 'dense-attend',
    usual: usualDenseAttendVariant,
    possible: denseAttendVariants,
    trial: (variant, share) =>
      planDenseAttend({
        heads: 4,
        queries: 1024 * share,
        keys: 1024 * share,
        dim: 64,
        causal: true,
        operandBits: 32,
        variant: variant as DenseAttendVariant,
      }),
  },
];
