import type { Gpu } from '../src/gpu/gpu.ts';
import type { HostArray } from '../src/gpu/tensor.ts';
import { clockFor } from './clock.ts';
import type { BenchKernel } from './kernel.ts';
import { repeated } from './repeat.ts';
import { median } from './statistics.ts';

/** Times of kernels that were run in turn, one run of each in a round. */
export interface Rounds {
  /** `[kernel][round]`, in ms. */
  readonly ms: readonly (readonly number[])[];
}

/**
 * Runs kernels in turn, so that what else the machine does falls on all of them, and checks what the last run of each left.
 * Goes on until `enough` says so of the times so far. Throws, with the kernel's name, when a result is wrong.
 */
export async function inTurn(
  gpu: Gpu,
  kernels: readonly BenchKernel[],
  enough: (rounds: Rounds) => boolean,
): Promise<Rounds> {
  const clock = clockFor(gpu.adapter);
  const runs = [];
  for (const kernel of kernels) {
    const run = await kernel.setup(gpu);
    const series = await repeated(gpu, run.dispatches);
    await series.run(1);
    runs.push({ kernel, run, series, ms: [] as number[] });
  }
  const rounds = { ms: runs.map(({ ms }) => ms) };
  do {
    for (const { series, ms } of runs) {
      const start = clock.now();
      await series.run(1);
      ms.push(clock.now() - start);
    }
  } while (!enough(rounds));
  for (const { kernel, run, series } of runs) {
    series.destroy();
    const batch = gpu.batch(`outputs of ${kernel.name}`);
    const readings = Object.entries(run.outputs).map(([name, tensor]) => [name, batch.read(tensor)] as const);
    await batch.submit();
    const values: Record<string, HostArray> = {};
    for (const [name, reading] of readings) values[name] = reading.values();
    try {
      run.check(values);
    } catch (cause) {
      throw new Error(`${kernel.name} is wrong: ${(cause as Error).message}`, { cause });
    }
    for (const tensor of new Set(run.dispatches.flatMap(({ tensors }) => Object.values(tensors)))) tensor.destroy();
    run.destroy?.();
  }
  return rounds;
}

/** Median over the rounds of how many times as long `slow` took as `fast`. */
export function medianRatio({ ms }: Rounds, slow: number, fast: number): number {
  return median(ms[slow]!.map((time, round) => time / ms[fast]![round]!));
}

/** How many times as long `slow` took as `fast`, the shortest time of each: what is left on a busy machine. */
export function shortestRatio({ ms }: Rounds, slow: number, fast: number): number {
  return Math.min(...ms[slow]!) / Math.min(...ms[fast]!);
}
