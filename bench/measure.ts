import type { Gpu } from '../src/gpu/gpu.ts';
import type { HostArray, Tensor } from '../src/gpu/tensor.ts';
import { type Clock, clockFor } from './clock.ts';
import type { BenchKernel, Work } from './kernel.ts';
import { type Limit, limitOf } from './limit.ts';
import type { Peaks } from './peaks.ts';
import { repeated } from './repeat.ts';
import { type Patience, type Timing, timeOne, usualPatience } from './slope.ts';

/** A kernel's figures on one adapter. */
export interface Measurement {
  readonly name: string;
  readonly sizes: BenchKernel['sizes'];
  readonly work: Work;
  readonly dispatches: number;
  /** Why the output of the last run is wrong; undefined when it is right. */
  readonly wrong: string | undefined;
  readonly timing: Timing;
  readonly gflops: number;
  readonly gbytes: number;
  readonly limit: Limit;
  /** Share of the limit that was reached: 1 is as fast as the adapter can go. */
  readonly share: number;
  /** From the first pipeline asked for to the last one ready. */
  readonly compileMs: number;
}

/** Times a kernel and checks what its last run left. A wrong result is no error here: it is part of the measurement. */
export async function measureKernel(
  gpu: Gpu,
  kernel: BenchKernel,
  peaks: Pick<Peaks, 'flops' | 'byteOps' | 'exponentials' | 'randomWords' | 'hotBytes'>,
  patience: Patience = usualPatience,
  clock: Clock = clockFor(gpu.adapter),
): Promise<Measurement> {
  const run = await kernel.setup(gpu);
  const tensors = new Set(run.dispatches.flatMap(({ tensors }) => Object.values(tensors)));
  try {
    const start = performance.now();
    const series = await repeated(gpu, run.dispatches);
    const compileMs = performance.now() - start;
    const timing = await timeOne(series, clock, patience);
    series.destroy();
    const values = await readAll(gpu, run.outputs);
    const { name, sizes, work } = kernel;
    const limit = limitOf(work, peaks);
    return {
      name,
      sizes,
      work,
      dispatches: run.dispatches.length,
      wrong: complaint(() => run.check(values)),
      timing,
      gflops: (work.flops + (work.byteOps ?? 0)) / timing.medianMs / 1e6,
      gbytes: work.bytes / timing.medianMs / 1e6,
      limit,
      share: limit.ms / timing.medianMs,
      compileMs,
    };
  } finally {
    for (const tensor of tensors) tensor.destroy();
    run.destroy?.();
  }
}

async function readAll(gpu: Gpu, outputs: Readonly<Record<string, Tensor>>): Promise<Record<string, HostArray>> {
  const batch = gpu.batch('bench outputs');
  const readings = Object.entries(outputs).map(([name, tensor]) => [name, batch.read(tensor)] as const);
  await batch.submit();
  return Object.fromEntries(readings.map(([name, reading]) => [name, reading.values()]));
}

function complaint(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
