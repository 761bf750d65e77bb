import { describe, expect, it } from 'vitest';
import { programCrossbar } from '../../src/accelerator/crossbar.ts';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { profileOf } from '../../src/device/value-profile.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const [rows, columns, count] = [12, 5, 40];
const weights = { values: normals(rows * columns, 3), rows, columns };
const inputs = normals(rows * count, 4);

describe('a profile of values', () => {
  it('has their moments, percentiles, bins and what clips', () => {
    const profile = profileOf([1, 2, 2, 3, 12], { min: 1.5, max: 3 }, { bins: 11, percentiles: [0, 50, 75, 100] });
    expect(profile).toMatchObject({ count: 5, min: 1, max: 12, mean: 4, histogram: { low: 1, high: 12 } });
    expect(profile.standardDeviation).toBeCloseTo(Math.sqrt(82 / 5), 12);
    expect(profile.skewness).toBeCloseTo((-27 - 8 - 8 - 1 + 512) / 5 / (82 / 5) ** 1.5, 12);
    expect(profile.kurtosis).toBeCloseTo((81 + 16 + 16 + 1 + 4096) / 5 / (82 / 5) ** 2, 12);
    expect(profile.percentiles.map(({ value }) => value)).toEqual([1, 2, 3, 12]);
    expect(profile.histogram.counts).toEqual([1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(profile.clips).toEqual({ below: 0.2, above: 0.2 });
    expect(profileOf([]).count).toBe(0);
    expect(profileOf([3, 3])).toMatchObject({ standardDeviation: 0, skewness: 0, min: 3, max: 3 });
  });
});

describe('Crossbar.profile', () => {
  it.each<[string, CrossbarConfig['device']]>([
    ['no read noise', 'generic'],
    ['the same noise for every cell', { preset: 'generic', readNoise: { absoluteUs: 3 } }],
    ['noise cell by cell', { preset: 'generic', readNoise: { relative: 0.1, kind: 'uniform' } }],
    ['noise by the conductance', { preset: 'generic', readNoise: { relative: 0.1 } }],
  ])('sees the currents of the very read: %s', async (_, device) => {
    const config = { device, output: 'current' } as const;
    const { outputs, profile } = await runCrossbar(await nodeGpu(), {
      weights,
      inputs,
      config,
      chips: 2,
      profile: true,
    });
    const expected = profileOf(outputs.values);
    expect(profile).toHaveLength(1);
    const [own] = profile!;
    expect(own!.count).toBe(2 * count * columns);
    expect(own!.clips).toBeUndefined();
    for (const key of ['min', 'max', 'mean', 'standardDeviation', 'skewness', 'kurtosis'] as const)
      expect(own![key], key).toBeCloseTo(expected[key], 2);
  });

  it('counts every slice, cycle, tile and reference column, and what clips', async () => {
    const config: CrossbarConfig = {
      mapping: 'offset',
      weightBits: 5,
      bitsPerSlice: 2,
      tileRows: 5,
      dac: { bits: 4, mode: 'bit-serial' },
      adc: { bits: 6, range: { kind: 'percentile', percentile: 90 } },
    };
    const crossbar = await programCrossbar(await nodeGpu(), weights, config);
    await crossbar.calibrate(inputs);
    const profile = await crossbar.profile(inputs, { bins: 10, percentiles: [90] });
    expect(crossbar.nextEvent).toBe(count);
    expect(profile.map(({ slice }) => slice)).toEqual([0, 1, 2]);
    for (const { count: seen, histogram, clips, range } of profile) {
      expect(seen).toBe(3 * 3 * count * (columns + 1));
      expect(histogram.counts.reduce((sum, n) => sum + n, 0)).toBe(seen);
      // The range was measured on the same values: a tenth of the magnitudes lies beyond it, but for values that equal it.
      expect(clips!.below + clips!.above).toBeGreaterThan(0.02);
      expect(clips!.below + clips!.above).toBeLessThanOrEqual(0.1001);
      expect(range).toEqual(crossbar.columnRanges![profile.findIndex((own) => own.histogram === histogram)]);
    }
    expect((await crossbar.profile(new Float32Array(0)))[0]).toMatchObject({ count: 0 });
    crossbar.destroy();
  });
});

describe('ranges of column converters', () => {
  const sliced = { weightBits: 7, bitsPerSlice: 3 } as const;
  const rangesOf = async (adc: CrossbarConfig['adc']) => {
    const crossbar = await programCrossbar(await nodeGpu(), weights, { ...sliced, adc: { bits: 5, ...adc } });
    await crossbar.calibrate(inputs);
    const limits = crossbar.columnRanges!.map(({ min, max }) => [min, max]);
    crossbar.destroy();
    return limits;
  };

  it('are given for each slice', async () => {
    const limits = [
      { min: -3, max: 3 },
      { min: -12, max: 12 },
    ];
    expect(await rangesOf({ range: { kind: 'slices', limits } })).toEqual([
      [-3, 3],
      [-12, 12],
    ]);
    const range = {
      kind: 'slices',
      limits: [
        { min: -3, max: 3 },
        { min: -5, max: 5 },
      ],
    } as const;
    expect(() => resolveCrossbar({ ...sliced, adc: { bits: 5, range, sliceRanges: 'powers-of-two' } })).toThrow(
      expect.objectContaining({ code: 'RANGE_VALUE' }),
    );
  });

  it.each(['max', 'optimised'] as const)('by the rule %s become powers of two of the highest', async (kind) => {
    const free = await rangesOf({ range: { kind } });
    const joined = await rangesOf({ range: { kind }, sliceRanges: 'powers-of-two' });
    expect(joined[1]).toEqual(free[1]);
    const exponent = Math.log2(joined[0]![1]! / joined[1]![1]!);
    expect(exponent).toBeCloseTo(Math.round(exponent), 9);
    const ratio = joined[0]![1]! / free[0]![1]!;
    expect(ratio).toBeGreaterThanOrEqual(kind === 'max' ? 1 : 0.5);
    expect(ratio).toBeLessThan(2);
    expect(Math.abs(Math.log2(free[0]![1]! / free[1]![1]!) % 1)).toBeGreaterThan(1e-6);
  });

  it('optimised lose less than the largest value gives', async () => {
    const gpu = await nodeGpu();
    const exact = await runCrossbar(gpu, { weights, inputs });
    const errorOf = async (kind: 'max' | 'optimised') => {
      const { outputs } = await runCrossbar(gpu, { weights, inputs, config: { adc: { bits: 3, range: { kind } } } });
      return outputs.values.reduce((sum, y, i) => sum + (y - exact.outputs.values[i]!) ** 2, 0);
    };
    expect(await errorOf('optimised')).toBeLessThan(0.8 * (await errorOf('max')));
  });
});
