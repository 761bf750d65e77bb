import { describe, expect, it } from 'vitest';
import { type CrossbarPopulation, programCrossbar } from '../../src/accelerator/crossbar.ts';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { crossbarWindows } from '../../src/accelerator/crossbar-windows.ts';
import { convert } from '../../src/device/converter.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const error = (code: string, what?: RegExp) =>
  expect.objectContaining({ code, kind: 'input', ...(what ? { what: expect.stringMatching(what) } : {}) });

describe('resolveCrossbar', () => {
  it('is ideal by default', () => {
    const config = resolveCrossbar();
    expect(config).toMatchObject({
      mapping: 'differential',
      weightBits: 0,
      readNoise: false,
      output: 'product',
      cycles: 1,
    });
    expect(config.dac.bits + config.adc.bits).toBe(0);
  });

  it('cuts the magnitude of signed inputs, and whole codes of unsigned ones, into cycles', () => {
    expect(resolveCrossbar({ dac: { bits: 8, mode: 'bit-serial' } }).cycles).toBe(7);
    expect(resolveCrossbar({ dac: { bits: 8, mode: 'bit-serial' }, signedInputs: false }).cycles).toBe(8);
    expect(resolveCrossbar({ dac: { bits: 8, mode: 'bit-serial', sliceBits: 3 } }).cycles).toBe(3);
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown key', { maping: 'offset' }, /maping/],
    ['an unknown converter key', { adc: { bit: 8 } }, /adc\.bit/],
    ['an unknown mapping', { mapping: 'single' }, /mapping/],
    ['a circuit without bits', { adc: { circuit: 'sar' } }, /adc\.circuit .*bits 0/],
    ['a circuit of too many bits', { adc: { bits: 15, circuit: 'ramp' } }, /bits 15/],
    ['a circuit on another grid', { adc: { bits: 8, circuit: 'sar', grid: 'uniform' } }, /grid uniform/],
    [
      'too few ranges',
      { weightBits: 5, bitsPerSlice: 2, adc: { bits: 6, range: { kind: 'slices', limits: [{ min: -1, max: 1 }] } } },
      /1 ranges.* 2 slices/,
    ],
    ['an unknown relation of ranges', { adc: { bits: 6, sliceRanges: 'equal' } }, /sliceRanges/],
    ['a circuit with ties', { adc: { bits: 8, circuit: { kind: 'ramp' }, ties: 'up' } }, /ties up/],
    ['an unknown output', { output: 'volts' }, /output/],
    ['one bit of weight', { weightBits: 1 }, /weightBits/],
    ['slices of analog weights', { bitsPerSlice: 2 }, /analog/],
    ['slices wider than what is stored', { weightBits: 4, bitsPerSlice: 4 }, /bitsPerSlice/],
    ['levels that the slices miss', { weightBits: 5, bitsPerSlice: 2, device: { levels: 6 } }, /levels/],
    ['a fraction of a wordline', { tileRows: 1.5 }, /tileRows/],
    ['a negative largest weight', { weightMax: -1 }, /weightMax/],
    ['a read voltage of 0', { readVoltageV: 0 }, /readVoltageV/],
    ['no integration time', { integrationNs: 0 }, /integrationNs/],
    ['noise of a device without any', { readNoise: true }, /readNoise/],
    ['bit-serial without bits', { dac: { mode: 'bit-serial' } }, /bit-serial/],
    ['bit-serial on a grid without 0', { dac: { bits: 4, grid: 'uniform', mode: 'bit-serial' } }, /uniform/],
    ['a slice wider than the magnitude', { dac: { bits: 4, mode: 'bit-serial', sliceBits: 4 } }, /sliceBits/],
    [
      'a negative limit of unsigned inputs',
      { signedInputs: false, dac: { range: { kind: 'fixed', min: -1, max: 1 } } },
      /signed/,
    ],
    [
      'a limit of 0 for signed inputs',
      { dac: { grid: 'uniform', range: { kind: 'fixed', min: 0, max: 1 } } },
      /signed/,
    ],
    ['an unknown range rule', { adc: { range: { kind: 'auto' } } }, /range/],
    ['a full range of inputs', { dac: { range: { kind: 'full' } } }, /range/],
    ['a percentile of 0', { adc: { range: { kind: 'percentile', percentile: 0 } } }, /percentile/],
    ['a current behind an ADC', { output: 'current', adc: { bits: 8 } }, /ADC/],
    ['a charge of slices', { output: 'charge', weightBits: 8, bitsPerSlice: 2 }, /slices/],
    ['a charge of bit-serial inputs', { output: 'charge', dac: { bits: 4, mode: 'bit-serial' } }, /bit-serial/],
  ])('rejects %s', (_, config, what) => {
    expect(() => resolveCrossbar(config as CrossbarConfig)).toThrow(error('CROSSBAR_CONFIG', what));
  });

  it('passes on what cells and converters reject', () => {
    expect(() => resolveCrossbar({ device: 'nothing' })).toThrow(error('CELL_UNKNOWN'));
    expect(() => resolveCrossbar({ adc: { bits: 40 } })).toThrow(error('CONVERTER_VALUE'));
    expect(() => resolveCrossbar({ dac: { bits: 1 } })).toThrow(error('CONVERTER_VALUE'));
  });
});

describe('programCrossbar', () => {
  const weights = { values: normals(12, 1), rows: 3, columns: 4 };

  it.each<[string, string, object, CrossbarPopulation]>([
    ['no rows', 'CROSSBAR_SIZE', { rows: 0, values: new Float32Array(0) }, {}],
    ['no columns', 'CROSSBAR_SIZE', { columns: 0, values: new Float32Array(0) }, {}],
    ['a missing weight', 'CROSSBAR_SIZE', { values: normals(11, 1) }, {}],
    ['NaN', 'CROSSBAR_WEIGHTS', { values: normals(12, 1).fill(Number.NaN, 5, 6) }, {}],
    ['infinity', 'CROSSBAR_WEIGHTS', { values: normals(12, 1).fill(Number.POSITIVE_INFINITY, 5, 6) }, {}],
    ['no chips', 'CROSSBAR_CHIPS', {}, { chips: 0 }],
    ['half a chip', 'CROSSBAR_CHIPS', {}, { chips: 1.5 }],
    ['a negative seed', 'CROSSBAR_CHIPS', {}, { seed: -1 }],
  ])('rejects %s', async (_, code, change, population) => {
    const gpu = await nodeGpu();
    const before = gpu.memory.bytes;
    await expect(programCrossbar(gpu, { ...weights, ...change }, {}, population)).rejects.toThrow(error(code));
    expect(gpu.memory.bytes).toBe(before);
  });

  it('names the weight that is wrong', async () => {
    const values = normals(12, 1).fill(Number.NaN, 5, 6);
    await expect(programCrossbar(await nodeGpu(), { ...weights, values })).rejects.toThrow(/\[1, 1\] is NaN/);
  });

  it('rejects inputs of a wrong length, and products before a range is measured', async () => {
    const gpu = await nodeGpu();
    const crossbar = await programCrossbar(gpu, weights, { adc: { bits: 4 } });
    expect(() => crossbar.multiply(gpu.batch(), gpu.tensor(normals(4, 1)))).toThrow(error('CROSSBAR_INPUTS'));
    expect(() => crossbar.multiply(gpu.batch(), gpu.tensor(normals(3, 1)))).toThrow(error('CROSSBAR_RANGE'));
    await expect(crossbar.calibrate(normals(4, 1))).rejects.toThrow(error('CROSSBAR_INPUTS'));
    await crossbar.calibrate(normals(6, 1));
    expect(crossbar.multiply(gpu.batch(), gpu.tensor(normals(3, 1))).shape).toEqual([1, 1, 4]);
    crossbar.destroy();
  });

  it('gives all its memory back', async () => {
    const gpu = await nodeGpu();
    const before = gpu.memory.bytes;
    await runCrossbar(gpu, {
      weights,
      inputs: normals(6, 1),
      config: { adc: { bits: 4 }, device: 'hfox-neurram' },
      chips: 2,
    });
    expect(gpu.memory.bytes).toBe(before);
  });
});

describe('runCrossbar', () => {
  const weights = { values: normals(40, 2), rows: 10, columns: 4 };

  it('names and shapes conductances by mapping, slices and chips', async () => {
    const gpu = await nodeGpu();
    const inputs = normals(20, 3);
    const pair = await runCrossbar(gpu, { weights, inputs });
    expect(pair.outputs.shape).toEqual([2, 4]);
    expect(Object.entries(pair.conductances).map(([name, { shape }]) => [name, shape])).toEqual([
      ['conductance_pos', [10, 4]],
      ['conductance_neg', [10, 4]],
    ]);
    const config = { mapping: 'offset', weightBits: 8, bitsPerSlice: 4 } as const;
    const offset = await runCrossbar(gpu, { weights, inputs, config, chips: 3 });
    expect(offset.outputs.shape).toEqual([3, 2, 4]);
    expect(Object.entries(offset.conductances).map(([name, { shape }]) => [name, shape])).toEqual([
      ['conductance', [3, 2, 10, 4]],
      ['conductance_reference', [3, 2, 10, 1]],
    ]);
    // The reference column holds the code 128: the upper slice's 8 of 15, and nothing in the lower slice.
    const reference = offset.conductances['conductance_reference']!.values;
    expect(reference[0]).toBe(0);
    expect(reference[10]).toBeCloseTo((100 * 8) / 15, 4);
  });

  it('holds max(w, 0) and max(-w, 0) in an ideal pair', async () => {
    const { conductances } = await runCrossbar(await nodeGpu(), { weights, inputs: normals(10, 3) });
    const largest = weights.values.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    weights.values.forEach((w, i) => {
      expect(conductances['conductance_pos']!.values[i]).toBeCloseTo((100 * Math.max(w, 0)) / largest, 4);
      expect(conductances['conductance_neg']!.values[i]).toBeCloseTo((100 * Math.max(-w, 0)) / largest, 4);
    });
  });

  it('gives the current and the charge that a column carries', async () => {
    const gpu = await nodeGpu();
    const job = { weights: { values: Float32Array.of(1, -0.5), rows: 2, columns: 1 }, inputs: Float32Array.of(3, 2) };
    // 0.2 V on 100 uS, less 2/3 of that on 50 uS.
    const current = await runCrossbar(gpu, { ...job, config: { output: 'current' } });
    expect(current.outputs.values[0]).toBeCloseTo(20 - 20 / 3, 4);
    const charge = await runCrossbar(gpu, { ...job, config: { output: 'charge', integrationNs: 7 } });
    expect(charge.outputs.values[0]).toBeCloseTo(7 * (20 - 20 / 3), 3);
  });

  it('converts as the converter model says', async () => {
    const gpu = await nodeGpu();
    const job = { weights: { values: Float32Array.of(1), rows: 1, columns: 1 }, inputs: normals(200, 9) };
    const range = { kind: 'fixed', min: -2, max: 2 } as const;
    for (const grid of ['uniform', 'mid-tread', 'mid-rise', 'sign-magnitude'] as const) {
      const { outputs } = await runCrossbar(gpu, { ...job, config: { dac: { bits: 5, grid, range } } });
      job.inputs.forEach((x, i) => {
        expect(outputs.values[i]).toBeCloseTo(convert({ bits: 5, grid, range }, x), 5);
      });
      // 0.2 V for the input 2 on 100 uS: 10 uA per unit of x w.
      const columnRange = { kind: 'fixed', min: -15, max: 15 } as const;
      const config = { dac: { range }, adc: { bits: 5, grid, range: columnRange } };
      const read = await runCrossbar(gpu, { ...job, config });
      job.inputs.forEach((x, i) => {
        expect(read.outputs.values[i]).toBeCloseTo(convert({ bits: 5, grid, range: columnRange }, 10 * x) / 10, 5);
      });
    }
  });

  it('counts writes, drives, reads, conversions and additions, with slices, cycles and tiles', async () => {
    const config = {
      mapping: 'offset',
      weightBits: 8,
      bitsPerSlice: 4,
      tileRows: 4,
      dac: { bits: 5, mode: 'bit-serial' },
      adc: { bits: 6 },
    } as const;
    const { counts } = await runCrossbar(await nodeGpu(), { weights, inputs: normals(30, 3), config, chips: 2 });
    const cells = 2 * 10 * 5; // slices, rows, columns with the reference
    expect(counts).toEqual({
      dac: { drive: 2 * 3 * 4 * 10 },
      crossbar: { cellWrite: 2 * cells, cellRead: 2 * 3 * 4 * cells },
      adc: { conversion: 2 * 3 * 4 * 2 * 3 * 5 },
      adder: { add: 2 * 3 * 4 * (2 * 4 * 3 - 1) + 2 * 3 * 4 * (2 * 4 * 3) },
    });
    const analog = await runCrossbar(await nodeGpu(), { weights, inputs: normals(30, 3) });
    expect(analog.counts).toEqual({ dac: { drive: 30 }, crossbar: { cellWrite: 80, cellRead: 240 } });
  });

  it('measures ranges on the targets, the same for every chip', async () => {
    const gpu = await nodeGpu();
    const job = { weights, inputs: normals(50, 4), config: { device: 'generic', adc: { bits: 6 } } };
    const one = await runCrossbar(gpu, { ...job, seed: 1 });
    const other = await runCrossbar(gpu, { ...job, seed: 2, chips: 5 });
    expect(other.columnGrids).toEqual(one.columnGrids);
    const ideal = await runCrossbar(gpu, {
      ...job,
      config: { device: { preset: 'ideal', onOffRatio: 100 }, output: 'current' },
    });
    const largest = ideal.outputs.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(one.columnGrids[0]!.offset).toBeCloseTo(-largest, 4);
  });

  it.each<[string, CrossbarConfig, Float32Array]>([
    ['a wrong length', {}, normals(11, 1)],
    ['NaN', {}, normals(10, 1).fill(Number.NaN, 3, 4)],
    ['a negative value where inputs are unsigned', { signedInputs: false }, normals(10, 1)],
  ])('rejects inputs with %s', async (_, config, inputs) => {
    await expect(runCrossbar(await nodeGpu(), { weights, inputs, config })).rejects.toThrow(error('CROSSBAR_INPUTS'));
  });

  it('multiplies zeros, and weights that are all zero', async () => {
    const config = { dac: { bits: 4 }, adc: { bits: 4 } };
    const zero = { values: new Float32Array(40), rows: 10, columns: 4 };
    for (const [w, x] of [
      [weights, new Float32Array(10)],
      [zero, normals(10, 3)],
    ] as const) {
      const { outputs } = await runCrossbar(await nodeGpu(), { weights: w, inputs: x, config });
      expect(Math.max(...outputs.values.map(Math.abs))).toBeLessThan(1e-6);
    }
  });
});

describe('crossbarWindows', () => {
  const array = resolveArray(4096, 4096, 70);

  it('covers every chip and input once, within 64 MiB', () => {
    const windows = crossbarWindows(array, 7, 300);
    expect(windows.length).toBeGreaterThan(1);
    expect(windows.reduce((sum, w) => sum + w.chips * w.inputs, 0)).toBe(70 * 300);
    for (const { chips, inputs } of windows) {
      expect(chips * inputs * 7 * 32 * 4096).toBeLessThanOrEqual(2 ** 24);
      expect([windows[0]!.chips >= chips, windows[0]!.inputs >= inputs]).toEqual([true, true]);
    }
  });
});

it('cuts what does not fit in memory without a trace in the results', async () => {
  const gpu = await nodeGpu();
  const [rows, columns, inputs, chips] = [64, 2048, 70, 3];
  const weights = { values: normals(rows * columns, 5), rows, columns };
  const device = { preset: 'generic', readNoise: { relative: 0.01 } } as const;
  const config: CrossbarConfig = { device, tileRows: 1, adc: { bits: 8, range: { kind: 'full' } }, dac: unitRange };
  const x = normals(rows * inputs, 6);
  const product = async (part: Float32Array, population: CrossbarPopulation, firstEvent: number) => {
    const crossbar = await programCrossbar(gpu, weights, config, population);
    const tensor = gpu.tensor(part);
    const batch = gpu.batch();
    const y = crossbar.multiply(batch, tensor, { firstEvent });
    const reading = batch.read<Float32Array>(y);
    await batch.submit();
    const cuts = crossbarWindows(crossbar.array, 1, part.length / rows).length;
    for (const owner of [crossbar, tensor, y]) owner.destroy();
    return { values: reading.values(), cuts };
  };
  const all = await product(x, { chips }, 0);
  expect(all.cuts).toBeGreaterThan(2);
  const last = await product(x.slice(rows * (inputs - 3)), { firstChip: 2 }, inputs - 3);
  expect(last.cuts).toBe(1);
  expect(last.values).toEqual(all.values.slice(all.values.length - 3 * columns));
});

const unitRange = { range: { kind: 'fixed', min: -4, max: 4 } } as const;

function resolveArray(rows: number, columns: number, chips: number) {
  const { device: cell, mapping } = resolveCrossbar();
  return { rows, columns, chips, mapping, weightBits: 0, sliceBits: 0, weightMax: 1, tileRows: 128, cell };
}
