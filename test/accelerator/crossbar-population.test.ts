import { describe, expect, it } from 'vitest';
import { type FaultMaps, faultNames, packFaults } from '../../src/accelerator/crossbar-faults.ts';
import { cellModel } from '../../src/device/cell.ts';
import type { CrossbarArray } from '../../src/device/crossbar-array.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const noisy = {
  preset: 'generic',
  readNoise: { relative: 0.01 },
  stuckAt: { lowRate: 0.01, highRate: 0.01 },
} as const;

describe('a population of 64 chips of 256 x 256', () => {
  it('is, chip by chip and bit for bit, what each chip is alone; and says what memory it takes', async () => {
    const gpu = await nodeGpu();
    const weights = { values: normals(256 * 256, 1), rows: 256, columns: 256 };
    const config = { device: noisy, tileRows: 128, dac: { bits: 8 }, adc: { bits: 8 } } as const;
    const job = { weights, inputs: normals(2 * 256, 2), config, seed: 5 };
    const before = gpu.memory.bytes;
    const all = await runCrossbar(gpu, { ...job, chips: 64 });
    expect(gpu.memory.bytes).toBe(before);
    const perChip = 2 * 256;
    for (const chip of [31, 63]) {
      const one = await runCrossbar(gpu, { ...job, firstChip: chip });
      const part = all.outputs.values.subarray(chip * perChip, (chip + 1) * perChip);
      expect(part.every((value, i) => Object.is(value, one.outputs.values[i]))).toBe(true);
      for (const [name, { values }] of Object.entries(one.conductances)) {
        const own = all.conductances[name]!.values.subarray(chip * 65536, (chip + 1) * 65536);
        expect(own.every((value, i) => Object.is(value, values[i]))).toBe(true);
      }
    }
    const other = await runCrossbar(gpu, { ...job, firstChip: 32 });
    expect(other.outputs.values).not.toEqual(all.outputs.values.subarray(31 * perChip, 32 * perChip));
    // A pair of cells a weight, their difference, and the variance of reading them; a few tables besides.
    const cells = 64 * 65536 * 4 * (2 + 1 + 1);
    expect(all.memory.programmedBytes).toBeGreaterThan(cells);
    expect(all.memory.programmedBytes).toBeLessThan(cells + 2 ** 20);
    expect(all.memory.peakBytes).toBeGreaterThan(all.memory.programmedBytes + all.outputs.values.length * 4);
  });
});

describe('maps of stuck cells', () => {
  const weights = { values: Float32Array.of(1, -0.5, 0.25, 0.75, -1, 0.5), rows: 3, columns: 2 };
  const inputs = Float32Array.of(1, 1, 1);
  const run = async (config: object, faults: FaultMaps, chips?: number) =>
    (await runCrossbar(await nodeGpu(), { weights, inputs, config, faults, ...(chips ? { chips } : {}) })).conductances;

  it('hold their cells whatever is written, through drift too, and leave the others', async () => {
    const map = { values: [0, 1, 2, 0, 0, 2], shape: [3, 2] };
    const device = { preset: 'generic', ageS: 1e5, drift: { exponentMean: 0.05 } } as const;
    const free = await run({ device }, {});
    const stuck = await run({ device }, { faults_neg: map });
    expect(stuck['conductance_pos']).toEqual(free['conductance_pos']);
    const expected = Array.from(free['conductance_neg']!.values, (g, i) => [g, 1, 100][map.values[i]!]);
    expect([...stuck['conductance_neg']!.values]).toEqual(expected);
  });

  it('follow chips, slices and the reference column', async () => {
    const config = { mapping: 'offset', weightBits: 4, bitsPerSlice: 2 };
    const shape = [2, 2, 3, 1];
    const faults = { faults_reference: { values: Array.from({ length: 12 }, (_, i) => (i === 7 ? 2 : 1)), shape } };
    const { conductance, conductance_reference } = await run(config, faults, 2);
    expect([...conductance_reference!.values]).toEqual(faults.faults_reference.values.map((c) => (c === 2 ? 100 : 0)));
    expect(conductance!.values).toEqual((await run(config, {}, 2))['conductance']!.values);
  });

  const array = { rows: 3, columns: 2, chips: 2, weightBits: 0, sliceBits: 0, weightMax: 1, tileRows: 3 } as const;
  const pairs: CrossbarArray = { ...array, mapping: 'differential', cell: cellModel() };
  it.each<[string, FaultMaps, RegExp]>([
    ['another name', { faults: { values: new Array(6).fill(0), shape: [3, 2] } }, /no map "faults"/],
    ['another shape', { faults_pos: { values: new Array(6).fill(0), shape: [2, 3] } }, /shape \[2, 3\]/],
    ['too few values', { faults_pos: { values: [0], shape: [3, 2] } }, /1 values/],
    ['an unknown code', { faults_pos: { values: [0, 0, 0, 3, 0, 0], shape: [3, 2] } }, /faults_pos\[1, 1\] is 3/],
    [
      'an unknown code in a chip',
      { faults_neg: { values: new Array(12).fill(0).with(8, 0.5), shape: [2, 3, 2] } },
      /faults_neg\[1, 1, 0\] is 0.5/,
    ],
  ])('are refused with %s', (_, maps, what) => {
    const error = expect.objectContaining({ code: 'CROSSBAR_FAULTS', what: expect.stringMatching(what) });
    expect(() => packFaults(pairs, maps)).toThrow(error);
  });

  it('have the names of the conductances', () => {
    expect(faultNames(pairs)).toEqual(['faults_pos', 'faults_neg']);
    expect(faultNames({ ...pairs, mapping: 'offset' })).toEqual(['faults', 'faults_reference']);
    expect(faultNames({ ...pairs, mapping: 'offset', offsetSubtraction: 'digital' })).toEqual(['faults']);
    expect(packFaults(pairs, {})).toBeUndefined();
  });
});
