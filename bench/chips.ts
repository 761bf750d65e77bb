/**
 * `npx tsx bench/chips.ts`: what a population of chips costs against one, for products by a programmed crossbar, from so few that one
 * chip does not fill the adapter to so many that it does.
 */
import { withGpu } from '../src/cli/with-gpu.ts';
import { programCrossbar } from '../src/index.ts';
import { normals } from '../test/support/kernel-case.ts';
import { waitCalmly } from './calm.ts';
import { clockFor } from './clock.ts';
import { median } from './statistics.ts';

const rounds = 15;
const works = [
  { rows: 1, size: 16 },
  { rows: 8, size: 32 },
  { rows: 64, size: 256 },
];

await withGpu(async (gpu) => {
  const clock = clockFor(gpu.adapter);
  process.stdout.write(`${gpu.adapter.description} (${gpu.adapter.class}), ${clock.name} of a batch\n`);
  for (const { rows, size } of works) {
    const weights = { values: normals(size * size, 1), rows: size, columns: size };
    const x = gpu.tensor(normals(rows * size, 2), [rows, size], 'x');
    let one = 0;
    for (const chips of [1, 4, 16, 64]) {
      const crossbar = await programCrossbar(gpu, weights, { device: 'hfox-neurram' }, { chips, seed: 1 });
      const output = gpu.empty('f32', [chips, rows, size], 'y');
      const series = gpu.series('chips');
      const run = async () => {
        const batch = series.batch();
        crossbar.multiply(batch, x, { output });
        const start = clock.now();
        await waitCalmly(gpu.adapter, batch.submit());
        return clock.now() - start;
      };
      await crossbar.calibrate(x);
      await run();
      const samples: number[] = [];
      for (let round = 0; round < rounds; round++) samples.push(await run());
      const ms = median(samples);
      if (chips === 1) one = ms;
      const perSecond = (1000 * chips) / ms;
      process.stdout.write(
        `  ${rows} x ${size} by ${size} x ${size}, ${String(chips).padStart(2)} chips: ${ms.toFixed(2).padStart(8)} ms, ${perSecond.toFixed(0).padStart(6)} chips/s, ${(ms / one).toFixed(1)} times one\n`,
      );
      series.destroy();
      output.destroy();
      crossbar.destroy();
    }
    x.destroy();
  }
});
