/**
 * `npx tsx bench/small-calls.ts`: what a thousand small calls cost through the batch interface, against the device's own time for
 * them. Exits with 1 when a series of batches takes more than twice as long.
 */
import { withGpu } from '../src/cli/with-gpu.ts';
import { callCost } from './calls.ts';
import { clockFor } from './clock.ts';

await withGpu(async (gpu) => {
  process.stdout.write(`${gpu.adapter.description} (${gpu.adapter.class}), ${clockFor(gpu.adapter).name}\n`);
  const { calls, gpuMs, seriesMs, freshMs, seriesRatio, freshRatio } = await callCost(gpu, 1000, 15);
  const line = (name: string, ms: number, ratio?: number) =>
    `  ${name.padEnd(28)} ${ms.toFixed(1).padStart(7)} ms${ratio === undefined ? '' : `, ${ratio.toFixed(2)} times the device`}\n`;
  process.stdout.write(`${calls} products of 1 x 64 by 64 x 64\n`);
  process.stdout.write(line('the device alone', gpuMs) + line('batches of a series', seriesMs, seriesRatio));
  process.stdout.write(line('batches of their own', freshMs, freshRatio));
  if (seriesRatio > 2) process.exitCode = 1;
});
