import { describe, expect, it } from 'vitest';
import { type Crossbar, programCrossbar } from '../../src/accelerator/crossbar.ts';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { crossbarDrive, outputScale } from '../../src/accelerator/crossbar-ranges.ts';
import { resolveHardsea } from '../../src/accelerator/hardsea-config.ts';
import { resolveSprint } from '../../src/accelerator/sprint-config.ts';
import type { CellChoice } from '../../src/device/cell.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { clampedMoments, ksDistance, ksDistanceOf, ksLimit, moments, normalCdf } from '../support/statistics.ts';

const [rows, columns, reads] = [12, 3, 100_000];
const weights = normals(rows * columns, 11);
const x = normals(rows, 12);
const repeated = new Float32Array(rows * reads);
for (let i = 0; i < reads; i++) repeated.set(x, i * rows);
const device = { preset: 'generic', readNoise: { absoluteUs: 0.7, relative: 0.04 } } as const;

/** Outputs of many reads of one chip with the same input, and the chip's conductances. */
async function readOften(
  config: CrossbarConfig,
): Promise<{ y: Float32Array; cells: Float32Array; crossbar: Crossbar }> {
  const gpu = await nodeGpu();
  const crossbar = await programCrossbar(gpu, { values: weights, rows, columns }, config, { seed: 21 });
  await crossbar.calibrate(x);
  const inputs = gpu.tensor(repeated);
  const batch = gpu.batch();
  const outputs = crossbar.multiply(batch, inputs);
  const y = batch.read<Float32Array>(outputs);
  const cells = batch.read<Float32Array>(crossbar.conductance);
  await batch.submit();
  for (const tensor of [inputs, outputs]) tensor.destroy();
  crossbar.destroy();
  return { y: y.values(), cells: cells.values(), crossbar };
}

const column = (y: ArrayLike<number>, c: number) => Array.prototype.filter.call(y, (_, i) => i % columns === c);

describe('lumped read noise over 100,000 reads', () => {
  it.each<[string, CrossbarConfig]>([
    ['differential', { device }],
    ['offset', { device, mapping: 'offset' }],
    [
      'differential, converted and clipped',
      { device, tileRows: 5, adc: { bits: 8, range: { kind: 'fixed', min: -20, max: 20 } } },
    ],
    ['offset, converted', { device, mapping: 'offset', tileRows: 5, adc: { bits: 8 } }],
    [
      'slices, bit-serial',
      { device, weightBits: 5, bitsPerSlice: 2, dac: { bits: 4, mode: 'bit-serial', sliceBits: 2 } },
    ],
  ])('has the distribution of per-cell noise: %s', async (_, config) => {
    const lumped = await readOften(config);
    const { y: perCell } = await readOften({ ...config, readNoiseForm: 'per-cell' });
    const { array, inputRange, columnGrids, config: resolved } = lumped.crossbar;
    const { codes, step } = columnGrids![0]!;
    // Converted columns are whole numbers of steps; without that, values that differ in their last bit would count as different.
    const whole = (value: number) =>
      Math.round(value / (step * outputScale(resolved, array, crossbarDrive(resolved, inputRange!)).unit));
    for (let c = 0; c < columns; c++) {
      const [a, b] = [column(lumped.y, c), column(perCell, c)].map((y) => (codes > 0 ? y.map(whole) : y));
      expect(ksDistanceOf(a!, b!)).toBeLessThan(ksLimit(reads, reads));
      expect(Math.abs(moments(a!).std / moments(b!).std - 1)).toBeLessThan(0.015);
    }
  });

  it('is normal with the variance of the closed form, and independent between columns and reads', async () => {
    const { y, cells, crossbar } = await readOften({ device, readVoltageV: 0.1 });
    const unit = outputScale(
      crossbar.config,
      crossbar.array,
      crossbarDrive(crossbar.config, crossbar.inputRange!),
    ).unit;
    const perVolt = 0.1 / crossbar.inputRange!.max;
    const ideal: number[] = [];
    for (let c = 0; c < columns; c++) {
      let [mean, variance] = [0, 0];
      for (let r = 0; r < rows; r++) {
        const [pos, neg] = [cells[r * columns + c]!, cells[(rows + r) * columns + c]!];
        mean += unit * perVolt * x[r]! * (pos - neg);
        variance += (unit * perVolt * x[r]!) ** 2 * (2 * 0.7 ** 2 + 0.04 ** 2 * (pos ** 2 + neg ** 2));
      }
      const sigma = Math.sqrt(variance);
      const got = moments(column(y, c));
      expect(Math.abs(got.mean - mean)).toBeLessThan((4 * sigma) / Math.sqrt(reads));
      expect(Math.abs(got.std / sigma - 1)).toBeLessThan(0.01);
      expect(ksDistance(column(y, c), (value) => normalCdf((value - mean) / sigma))).toBeLessThan(ksLimit(reads));
      ideal.push(mean);
    }
    const deviation = (read: number, c: number) => y[read * columns + c]! - ideal[c]!;
    const correlation = (d: number, c: number, e: number) => {
      let [ab, aa, bb] = [0, 0, 0];
      for (let i = 0; i + d < reads; i++) {
        const [a, b] = [deviation(i, c), deviation(i + d, e)];
        ab += a * b;
        aa += a * a;
        bb += b * b;
      }
      return ab / Math.sqrt(aa * bb);
    };
    for (const [d, c, e] of [
      [0, 0, 1],
      [0, 1, 2],
      [1, 0, 0],
      [1, 0, 1],
    ] as const) {
      expect(Math.abs(correlation(d, c, e))).toBeLessThan(4 / Math.sqrt(reads));
    }
  });
});

describe('read noise that a sum of variances does not have, over 100,000 reads', () => {
  const unitOf = ({ config, array, inputRange }: Crossbar) =>
    outputScale(config, array, crossbarDrive(config, inputRange!)).unit * (0.2 / inputRange!.max);

  it.each<[string, CellChoice['readNoise'], boolean]>([
    ['reads clipped at 0, hard', { absoluteUs: 15, clampUs: [0, 1e4] }, true],
    ['reads clipped where none gets to', { absoluteUs: 15, clampUs: [-1e4, 1e4] }, false],
    ['uniform draws', { absoluteUs: 15, kind: 'uniform' }, false],
  ])('has the moments of the closed form: %s', async (_, readNoise, shifted) => {
    const own = { preset: 'generic', readNoise } as const;
    const { y, cells, crossbar } = await readOften({ device: own });
    expect(crossbar.config.readNoiseForm).toBe('per-cell');
    const lumped = await readOften({ device: { preset: 'generic', readNoise: { absoluteUs: 15 } } });
    for (let c = 0; c < columns; c++) {
      let [mean, variance] = [0, 0];
      for (let r = 0; r < rows; r++) {
        [cells[r * columns + c]!, cells[(rows + r) * columns + c]!].forEach((g, side) => {
          const read = shifted ? clampedMoments(g, 15, 0) : { mean: g, std: 15 };
          const weight = unitOf(crossbar) * x[r]! * (side === 0 ? 1 : -1);
          mean += weight * read.mean;
          variance += (weight * read.std) ** 2;
        });
      }
      const sigma = Math.sqrt(variance);
      const got = moments(column(y, c));
      expect(Math.abs(got.mean - mean)).toBeLessThan((4 * sigma) / Math.sqrt(reads));
      expect(Math.abs(got.std / sigma - 1)).toBeLessThan(0.01);
      // The lumped form is another law where clipping bites, and the same where it does not.
      const distance = ksDistanceOf(column(y, c), column(lumped.y, c));
      if (shifted) expect(distance).toBeGreaterThan(5 * ksLimit(reads, reads));
      else if (own.readNoise?.kind === undefined) expect(distance).toBeLessThan(ksLimit(reads, reads));
    }
  });

  it.each<[string, CrossbarConfig, RegExp]>([
    ['lumped reads that are clipped', { device: { readNoise: { relative: 0.1, clampUs: [0, 9] } } }, /clipped/],
    ['lumped reads that are uniform', { device: { readNoise: { relative: 0.1, kind: 'uniform' } } }, /uniform/],
    ['reads by cell without noise', { readNoiseForm: 'per-cell' }, /no noise/],
    ['a form that there is not', { readNoiseForm: 'summed' as 'lumped' }, /summed/],
  ])('is not given with %s', (_, config, what) => {
    expect(() => resolveCrossbar({ readNoiseForm: 'lumped', ...config })).toThrow(
      expect.objectContaining({ code: 'CROSSBAR_CONFIG', what: expect.stringMatching(what) }),
    );
  });

  it('is refused by machines that add up variances', () => {
    const clipping = { readNoise: { relative: 0.1, clampUs: [0, 9] } } as const;
    for (const resolve of [resolveHardsea, resolveSprint]) {
      expect(() => resolve({ device: clipping })).toThrow(expect.objectContaining({ code: 'CELL_READ' }));
    }
  });
});

describe('a programmed chip', () => {
  it('persists: without read noise two reads are equal bit for bit, with it they differ around the same mean', async () => {
    const gpu = await nodeGpu();
    const inputs = gpu.tensor(x);
    for (const readNoise of [false, true]) {
      const crossbar = await programCrossbar(
        gpu,
        { values: weights, rows, columns },
        { device, readNoise },
        { seed: 3 },
      );
      const batch = gpu.batch();
      const first = batch.read<Float32Array>(crossbar.multiply(batch, inputs));
      const second = batch.read<Float32Array>(crossbar.multiply(batch, inputs));
      const again = batch.read<Float32Array>(crossbar.multiply(batch, inputs, { firstEvent: 0 }));
      await batch.submit();
      expect(again.values()).toEqual(first.values());
      if (readNoise) expect(second.values()).not.toEqual(first.values());
      else expect(second.values()).toEqual(first.values());
      crossbar.destroy();
    }
  });
});
