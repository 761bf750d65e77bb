import type { Batch } from '../src/gpu/batch.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { planLinear } from '../src/kernel/linear.ts';
import { linearVariant } from '../src/kernel/linear-variant.ts';
import { normals } from '../test/support/kernel-case.ts';
import { waitCalmly } from './calm.ts';
import { clockFor } from './clock.ts';
import { type Dispatch, repeated } from './repeat.ts';
import { median } from './statistics.ts';

/** What small calls cost through the batch interface. */
export interface CallCost {
  readonly calls: number;
  /** The device's own time for them, in ms: dispatches that were made ready before, in one pass. */
  readonly gpuMs: number;
  /** Recorded, sent, waited for and read back: in a series of batches, and each time in a batch of its own making. */
  readonly seriesMs: number;
  readonly freshMs: number;
  /** Median over the rounds of series over gpu and fresh over gpu. */
  readonly seriesRatio: number;
  readonly freshRatio: number;
}

/** Times `calls` products of a row of 64 by 64 x 64 weights, one after the other on the same output, in turn in all three ways. */
export async function callCost(gpu: Gpu, calls = 1000, rounds = 7): Promise<CallCost> {
  const clock = clockFor(gpu.adapter);
  const [x, w] = [gpu.tensor(normals(rows * width, 1)), gpu.tensor(normals(width * width, 2))];
  const bias = gpu.tensor(new Float32Array(width));
  const y = gpu.empty('f32', [rows, width], 'y');
  const launch = planLinear({ rows, columns: width, inner: width, bias: true, variant: linearVariant(gpu) });
  const dispatch: Dispatch = { launch, tensors: { x, w, bias, y } };
  const ready = await repeated(gpu, [dispatch]);
  const series = gpu.series('small calls');
  const through = async (batch: Batch) => {
    for (let i = 0; i < calls; i++) batch.run(launch, dispatch.tensors);
    const reading = batch.read(y);
    await waitCalmly(gpu.adapter, batch.submit());
    return reading.values();
  };
  const ways = {
    gpu: () => ready.run(calls),
    series: () => through(series.batch()),
    fresh: () => through(gpu.batch('small calls')),
  };
  const ms: Record<keyof typeof ways, number[]> = { gpu: [], series: [], fresh: [] };
  for (let round = -1; round < rounds; round++) {
    for (const name of ['gpu', 'series', 'fresh'] as const) {
      const start = clock.now();
      await ways[name]();
      // The first round makes everything and is no call like the others.
      if (round >= 0) ms[name].push(clock.now() - start);
    }
  }
  ready.destroy();
  series.destroy();
  for (const tensor of [x, w, bias, y]) tensor.destroy();
  const ratio = (name: 'series' | 'fresh') => median(ms[name].map((time, i) => time / ms.gpu[i]!));
  return {
    calls,
    gpuMs: median(ms.gpu),
    seriesMs: median(ms.series),
    freshMs: median(ms.fresh),
    seriesRatio: ratio('series'),
    freshRatio: ratio('fresh'),
  };
}

const rows = 1;
const width = 64;
