/**
 * `npx tsx bench/wires.ts [rows ..]`: what a square array with wires of 1 ohm a segment costs: the effective matrix of a differential pair,
 * once, and then 1,000 vectors in batches of 64. The outputs are checked against the exact solution on the host; exits with 1 when one
 * is further off than 2e-5 of the largest current.
 */
import { type Crossbar, programCrossbar } from '../src/accelerator/crossbar.ts';
import { withGpu } from '../src/cli/with-gpu.ts';
import { weightPerUs } from '../src/device/crossbar-array.ts';
import { wiresModel } from '../src/device/wires.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { conductancesOf } from '../src/study/crossbar-run.ts';
import { solveWires } from '../src/study/exact-wires.ts';
import { normals } from '../test/support/kernel-case.ts';
import { clockFor } from './clock.ts';

const [vectors, batch] = [1000, 64];
const wires = { rowOhm: 1, columnOhm: 1 };
const readVoltageV = 0.2;
const allowed = 2e-5;

await withGpu(async (gpu) => {
  process.stdout.write(`${gpu.adapter.description} (${gpu.adapter.class}), ${clockFor(gpu.adapter).name}\n`);
  const sizes = process.argv.slice(2).map(Number);
  for (const rows of sizes.length > 0 ? sizes : [64, 256]) await measure(gpu, rows);
});

async function measure(gpu: Gpu, rows: number): Promise<void> {
  const { now } = clockFor(gpu.adapter);
  const weights = { values: normals(rows * rows, 3).map((w) => Math.max(-1, Math.min(1, w / 3))), rows, columns: rows };
  const dac = { range: { kind: 'fixed', min: -1, max: 1 } } as const;
  const config = { wires, readVoltageV, dac, weightMax: 1, tileRows: 0 };
  const x = normals(batch * rows, 4).map((value) => Math.max(-1, Math.min(1, value / 3)));
  // Pipelines are compiled by a first array, so that they are not counted.
  (await programCrossbar(gpu, { values: weights.values.subarray(0, 64), rows: 8, columns: 8 }, config)).destroy();
  const [cpu, wall] = [now(), performance.now()];
  const crossbar = await programCrossbar(gpu, weights, config);
  const [setUpCpu, setUpWall] = [now() - cpu, performance.now() - wall];
  const inputs = gpu.tensor(x, [batch, rows], 'inputs');
  await multiply(gpu, crossbar, inputs);
  const [from, start] = [now(), performance.now()];
  let outputs = new Float32Array();
  for (let done = 0; done < vectors; done += batch) outputs = await multiply(gpu, crossbar, inputs);
  const [productCpu, productWall] = [now() - from, performance.now() - start];
  const perSecond = (ms: number) => Math.round((1000 * vectors) / ms);
  const worst = await error(gpu, crossbar, x, outputs);
  const verdict = worst <= allowed ? 'right' : `WRONG, at most ${allowed}`;
  if (!(worst <= allowed)) process.exitCode = 1;
  process.stdout.write(
    `${rows} x ${rows}: set-up ${setUpCpu.toFixed(0)} ms (wall ${setUpWall.toFixed(0)}), ${vectors} vectors ${productCpu.toFixed(0)} ms ` +
      `(wall ${productWall.toFixed(0)}), set-up counted ${perSecond(setUpCpu + productCpu)} vectors/s ` +
      `(wall ${perSecond(setUpWall + productWall)}); off by ${worst.toExponential(1)} of the largest current: ${verdict}\n`,
  );
  inputs.destroy();
  crossbar.destroy();
}

async function multiply(
  gpu: Gpu,
  crossbar: Crossbar,
  inputs: ReturnType<Gpu['tensor']>,
): Promise<Float32Array<ArrayBuffer>> {
  const work = gpu.batch('vectors');
  const y = crossbar.multiply(work, inputs);
  const reading = work.read<Float32Array<ArrayBuffer>>(y);
  await work.submit();
  y.destroy();
  return reading.values();
}

/** Largest error of the first vector's currents, as a share of the largest current. */
async function error(gpu: Gpu, crossbar: Crossbar, x: Float32Array, outputs: Float32Array): Promise<number> {
  const work = gpu.batch('conductances');
  const reading = work.read<Float32Array>(crossbar.conductance);
  await work.submit();
  const { rows, columns } = crossbar.array;
  const cells = conductancesOf(crossbar, reading.values(), []);
  const volts = Float64Array.from({ length: rows }, (_, row) => x[row]! * readVoltageV);
  const currents = (['conductance_pos', 'conductance_neg'] as const).map((name) => {
    const array = { rows, columns, conductanceUs: cells[name]!.values };
    return solveWires(array, wiresModel(wires), volts).currentUa;
  });
  const unit = weightPerUs(crossbar.array) / readVoltageV;
  const exact = Array.from(currents[0]!, (current, column) => current - currents[1]![column]!);
  const largest = Math.max(...currents[0]!, ...currents[1]!);
  return (
    exact.reduce((most, current, column) => Math.max(most, Math.abs(outputs[column]! / unit - current)), 0) / largest
  );
}
