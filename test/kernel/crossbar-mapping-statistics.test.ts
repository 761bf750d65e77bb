import { describe, expect, it } from 'vitest';
import { programCrossbar } from '../../src/accelerator/crossbar.ts';
import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { ksDistance, ksLimit, moments, normalCdf } from '../support/statistics.ts';

const samples = 20_000;
const rows = 16;
const weights = Float32Array.from({ length: rows }, (_, i) => ((23 * i + 3) % 101) / 50 - 1);

/** Products of `x` [n, rows], those of the chips one after the other. */
async function outputs(config: CrossbarConfig, x: Float32Array, seed: number, chips = 1): Promise<Float32Array> {
  const gpu = await nodeGpu();
  const target = { values: weights, rows, columns: 1 };
  const crossbar = await programCrossbar(gpu, target, { weightMax: 1, ...config }, { seed, chips });
  await crossbar.calibrate(x.subarray(0, rows));
  const inputs = gpu.tensor(x);
  const batch = gpu.batch();
  const y = crossbar.multiply(batch, inputs);
  const reading = batch.read<Float32Array>(y);
  await batch.submit();
  for (const owner of [inputs, y, crossbar]) owner.destroy();
  return reading.values();
}

function expectNormal(y: Float32Array, mean: number, sigma: number): void {
  expect(y.length).toBe(samples);
  const got = moments(y);
  expect(Math.abs(got.mean - mean)).toBeLessThan((4 * sigma) / Math.sqrt(y.length));
  expect(Math.abs(got.std / sigma - 1)).toBeLessThan(4 / Math.sqrt(2 * y.length));
  expect(ksDistance(y, (value) => normalCdf((value - mean) / sigma))).toBeLessThan(ksLimit(y.length));
}

describe('programming error of 3 % of each cell, on/off ratio 100, over 20,000 chips', () => {
  const x = Float32Array.from({ length: rows }, (_, i) => ((29 * i + 11) % 101) / 50 - 1);
  const mean = x.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  // Cells of a weight in units of the largest conductance, and weight units per unit of it.
  it.each<[string, CrossbarConfig, (w: number) => readonly number[], number]>([
    ['one-sided pairs', {}, (w) => [0.01 + 0.99 * Math.max(w, 0), 0.01 + 0.99 * Math.max(-w, 0)], 1 / 0.99],
    ['two-sided pairs', { pair: 'two-sided' }, (w) => [0.505 + 0.495 * w, 0.505 - 0.495 * w], 1 / 0.99],
    ['a unit column', { mapping: 'offset' }, (w) => [0.505 + 0.495 * w, 0.505], 1 / 0.495],
    ['a digital offset', { mapping: 'offset', offsetSubtraction: 'digital' }, (w) => [0.505 + 0.495 * w], 1 / 0.495],
    [
      'slices of 1 bit, shifted inputs',
      { weightBits: 3, bitsPerSlice: 1, negativeInputs: 'offset' },
      (w) => [w],
      1 / 0.99,
    ],
  ])('has the closed form: %s', async (_, config, cells, gain) => {
    const device = { preset: 'ideal', onOffRatio: 100, relativeSigma: 0.03 } as const;
    const halves = [1, 2].map((seed) => outputs({ ...config, device }, x, seed, samples / 2));
    const y = Float32Array.from((await Promise.all(halves)).flatMap((values) => Array.from(values)));
    if (config.weightBits === undefined) {
      const variance = x.reduce((sum, value, i) => {
        return sum + (0.03 * gain * value) ** 2 * cells(weights[i]!).reduce((all, g) => all + g * g, 0);
      }, 0);
      expectNormal(y, mean, Math.sqrt(variance));
      return;
    }
    // Codes -3 to 3 in two slices: each cell is at 0.01 or 1, the upper ones count twice; what is driven is x - min.
    const least = x.reduce((low, value) => Math.min(low, value));
    let [stored, variance] = [0, 0];
    x.forEach((value, i) => {
      const code = Math.round(3 * weights[i]!);
      stored += (value * code) / 3;
      for (const slice of [0, 1]) {
        const bit = (Math.abs(code) >> slice) & 1;
        const perCell = ((0.03 * gain * (value - least) * 2 ** slice) / 3) ** 2;
        variance += perCell * (0.01 ** 2 + (bit === 1 ? 1 : 0.01) ** 2);
      }
    });
    expectNormal(y, stored, Math.sqrt(variance));
  });
});

describe('read noise over 20,000 reads of bit-serial inputs', () => {
  // Codes -7 to 7 in three cycles of a bit.
  const x = Float32Array.from({ length: rows }, (_, i) => ((5 * i + 2) % 15) - 7);
  const repeated = new Float32Array(rows * samples);
  for (let i = 0; i < samples; i++) repeated.set(x, i * rows);
  const mean = x.reduce((sum, value, i) => sum + value * weights[i]!, 0);
  const dac = { bits: 4, mode: 'bit-serial', range: { kind: 'fixed', min: -7, max: 7 } } as const;
  it.each<[string, CrossbarConfig]>([
    ['cycles added in digits', {}],
    ['cycles averaged before conversion', { inputAccumulation: 'analog' }],
    ['two passes in digits', { negativeInputs: 'two-pass' }],
    [
      'passes and cycles in one conversion',
      { negativeInputs: 'two-pass', passSubtraction: 'analog', inputAccumulation: 'analog' },
    ],
  ])('comes with the weight of its cycle: %s', async (_, config) => {
    // Every cycle's noise counts with the square of its weight, whoever adds; with one read of the whole value it would be the square of the value.
    const bits = x.map((value) => [0, 1, 2].reduce((sum, c) => sum + 4 ** c * ((Math.abs(value) >> c) & 1), 0));
    for (const [readNoise, perWeight] of [
      [{ absoluteUs: 0.5 }, () => 2 * 0.005 ** 2],
      [{ relative: 0.02 }, (w: number) => (0.02 * w) ** 2],
    ] as const) {
      const y = await outputs({ ...config, dac, device: { preset: 'ideal', readNoise } }, repeated, 1);
      const variance = bits.reduce((sum, squares, i) => sum + squares * perWeight(weights[i]!), 0);
      expectNormal(y, mean, Math.sqrt(variance));
    }
  });
});
