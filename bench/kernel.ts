import type { Gpu } from '../src/gpu/gpu.ts';
import type { HostArray, Tensor } from '../src/gpu/tensor.ts';
import type { Dispatch } from './repeat.ts';

/** What one run of a kernel can not do without, counted from the mathematics and not from the shader. */
export interface Work {
  /** Floating-point operations; a multiply-add is two. */
  readonly flops: number;
  /** Operations on 8-bit integers; a multiply-add is two. */
  readonly byteOps?: number;
  readonly exponentials?: number;
  /** Words of the counter-based generator. */
  readonly randomWords?: number;
  /** Bytes that must be moved: every input read once and every output written once, whatever is read again. */
  readonly bytes: number;
}

/** A kernel at one size, with its work and the proof that it ran right. */
export interface BenchKernel {
  readonly name: string;
  readonly sizes: Readonly<Record<string, number | string | boolean>>;
  readonly work: Work;
  /** Whether this device can run it; default yes. */
  available?(gpu: Gpu): boolean;
  /** Allocates and fills everything; may be asked for again after the tensors of a former run are gone. */
  setup(gpu: Gpu): Promise<KernelRun>;
}

/** A kernel ready to run as often as one likes: a run must leave the outputs as if it were the first. */
export interface KernelRun {
  readonly dispatches: readonly Dispatch[];
  /** Tensors that `check` gets to see after the last run. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Throws when values are wrong: compares sampled rows with the reference on the host. */
  check(values: Readonly<Record<string, HostArray>>): void;
  /** Gives back what the dispatches do not bind; their tensors are given back in any case. */
  destroy?(): void;
}

/** `count` places from 0 up to `total - 1`, first and last among them. */
export function samples(total: number, count: number): readonly number[] {
  if (total <= count) return Array.from({ length: total }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.floor((i * (total - 1)) / (count - 1)));
}
