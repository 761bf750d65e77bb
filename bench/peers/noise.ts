import type { Gpu } from '../../src/gpu/gpu.ts';
import { clockFor } from '../clock.ts';
import { crossbarMvmBench } from '../kernels/crossbar.ts';
import { repeated } from '../repeat.ts';
import { ratioInPairs, type Turns, takeTurns, usualTurns } from './turns.ts';

/** A noisy crossbar product against the same one without noise. */
export interface NoiseResult {
  readonly name: string;
  readonly sizes: Readonly<Record<string, number | string | boolean>>;
  readonly plain: Turns;
  readonly noisy: Turns;
  /** Noisy over noiseless, in pairs. */
  readonly ratio: number;
  /** What it may be at most. */
  readonly most: number;
}

/**
 * Times noisy and noiseless products in turn; no peer has either. Read noise in proportion to the conductance sums twice, that of
 * every cell alike follows from the input.
 */
export async function compareNoise(gpu: Gpu): Promise<readonly NoiseResult[]> {
  const size = { rows: 256, columns: 256, inputs: gpu.adapter.class === 'hardware' ? 8192 : 512 };
  const kernels = [
    crossbarMvmBench({ ...size, noisy: false }),
    ...kinds.map(({ readNoise }) => crossbarMvmBench({ ...size, noisy: true, readNoise })),
  ];
  const runs = await Promise.all(kernels.map((kernel) => kernel.setup(gpu)));
  const series = await Promise.all(runs.map(({ dispatches }) => repeated(gpu, dispatches)));
  for (const work of series) await work.run(1);
  const contenders = series.map((work) => ({
    triedMs: 0,
    run: (times: number) => work.run(times),
  }));
  const [plain, ...noisy] = (await takeTurns(contenders, clockFor(gpu.adapter), usualTurns)) as [Turns, ...Turns[]];
  for (const work of series) work.destroy();
  for (const run of runs) {
    for (const { tensors } of run.dispatches) for (const tensor of Object.values(tensors)) tensor.destroy();
    run.destroy?.();
  }
  return kinds.map(({ name, most }, i) => ({
    name: `noisy MVM over noiseless, noise ${name}`,
    sizes: kernels[0]!.sizes,
    plain,
    noisy: noisy[i]!,
    ratio: ratioInPairs(noisy[i]!, plain),
    most,
  }));
}

const kinds = [
  { name: 'by conductance', readNoise: { relative: 0.02 }, most: 2.2 },
  { name: 'of every cell alike', readNoise: { absoluteUs: 0.2 }, most: 1.4 },
] as const;
