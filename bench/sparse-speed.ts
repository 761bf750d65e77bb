/**
 * `npx tsx bench/sparse-speed.ts`: how much faster the product by kept weights is than the fastest product by all, at three quarters
 * zeros and large sizes. Exits with 1 when it is less than {@link least} times as fast, or when a result is wrong.
 */
import { withGpu } from '../src/cli/with-gpu.ts';
import { medianRatio } from './pairs.ts';
import { type LinearSizes, least, linearsInTurn } from './sparse-claim.ts';

const shapes: readonly LinearSizes[] = [
  { rows: 1024, inner: 1024, columns: 1024 },
  { rows: 512, inner: 4096, columns: 1024 },
  { rows: 512, inner: 1024, columns: 4096 },
];
const pairs = Number(process.argv[2] ?? 5);

await withGpu(async (gpu) => {
  process.stdout.write(`${gpu.adapter.description} (${gpu.adapter.class}), medians of ${pairs} pairs\n`);
  for (const shape of shapes) {
    const { rows, inner, columns } = shape;
    for (const way of ['balanced', 'irregular'] as const) {
      const { rounds, names } = await linearsInTurn(gpu, shape, way, ({ ms }) => ms[0]!.length >= pairs);
      const ratios = names.slice(1).map((_, dense) => medianRatio(rounds, dense + 1, 0));
      const lowest = Math.min(...ratios);
      if (lowest < least) process.exitCode = 1;
      const all = names.slice(1).map((name, i) => `${ratios[i]!.toFixed(2)} x ${name}`);
      const verdict = lowest < least ? `TOO SLOW, at least ${least} is claimed` : 'right and fast enough';
      process.stdout.write(`${rows} x ${inner} x ${columns}, ${names[0]}: ${all.join(', ')}: ${verdict}\n`);
    }
  }
});
