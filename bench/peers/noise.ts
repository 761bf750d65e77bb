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

/** Times noisy and noiseless products in turn; no peer has either. Read noise in proportion to the conductance sums twice. */
export async function compareNoise(gpu: Gpu): Promise<readonly NoiseResult[]> {
  const size = { rows: 256, columns: 256, inputs: gpu.adapter.class === 'hardware' ? 8192 : 512 };
  const kernels = [false, true].map((noisy) => crossbarMvmBench({ ...size, noisy }));
  const runs = await Promise.all(kernels.map((kernel) => kernel.setup(gpu)));
  const series = await Promise.all(runs.map(({ dispatches }) => repeated(gpu, dispatches)));
  for (const work of series) await work.run(1);
  const contenders = series.map((work) => ({
    triedMs: 0,
    run: (times: number) => work.run(times),
  }));
  const [plain, noisy] = (await takeTurns(contenders, clockFor(gpu.adapter), usualTurns)) as [Turns, Turns];
  for (const work of series) work.destroy();
  for (const run of runs) {
    for (const { tensors } of run.dispatches) for (const tensor of Object.values(tensors)) tensor.destroy();
    run.destroy?.();
  }
  const name = 'noisy MVM over noiseless, noise by conductance';
  return [{ name, sizes: kernels[0]!.sizes, plain, noisy, ratio: ratioInPairs(noisy, plain), most: 2.2 }];
}
