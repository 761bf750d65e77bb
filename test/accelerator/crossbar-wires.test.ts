import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { programCrossbar } from '../../src/accelerator/crossbar.ts';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { solveEffective } from '../../src/accelerator/effective-matrix.ts';
import { cellModel } from '../../src/device/cell.ts';
import { type CrossbarArray, crossbarSizes } from '../../src/device/crossbar-array.ts';
import { type WiresChoice, wiresModel, wiresNames } from '../../src/device/wires.ts';
import { effectiveMatrix, solveWires } from '../../src/reference/wires.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { wireCases } from '../support/wire-cases.ts';

// Weights are conductances in units of 100 uS, inputs are volts, outputs uA.
const plain = {
  device: 'ideal',
  weightMax: 1,
  output: 'current',
  dac: { range: { kind: 'fixed', min: -0.2, max: 0.2 } },
} as const satisfies CrossbarConfig;

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe('runCrossbar with wires', () => {
  it.each(wireCases)('$name', async ({ rows, columns, conductanceUs, wires, volts, currentUa, effectiveUs }) => {
    const weights = { values: Float32Array.from(conductanceUs, (g) => g / 100), rows, columns };
    const config = { ...plain, wires };
    const { outputs, effectives } = await runCrossbar(await nodeGpu(), {
      weights,
      inputs: Float32Array.from(volts),
      config,
    });
    const most = largest(currentUa);
    currentUa.forEach((value, j) => {
      expect(Math.abs(outputs.values[j]! - value) / most).toBeLessThan(2e-5);
    });
    const { shape, values } = effectives['effective']!;
    expect(shape).toEqual([rows, columns]);
    const expected = effectiveUs ?? effectiveMatrix({ rows, columns, conductanceUs }, wiresModel(wires));
    expected.forEach((value, at) => {
      expect(Math.abs(values[at]! - value)).toBeLessThan(2e-5 * 100);
    });
  });

  it('128 x 128 cells of which the wires take more than half', async () => {
    const gpu = await nodeGpu();
    const size = 128;
    const wires = wiresModel({ rowOhm: 2, columnOhm: 2, senseOhm: 20 });
    const cell = cellModel('ideal');
    const sizes = { rows: size, columns: size, chips: 1, tileRows: size, weightBits: 0, sliceBits: 0, weightMax: 1 };
    const array: CrossbarArray = { ...sizes, mapping: 'offset', offsetSubtraction: 'digital', cell };
    const cells = normals(size * size, 3).map((value) => Math.min(100, 40 * Math.abs(value)));
    const conductance = gpu.tensor(cells);
    const { effective, gain } = await solveEffective(gpu, { array, wires }, conductance);
    const batch = gpu.batch();
    const reading = batch.read<Float32Array>(effective);
    await batch.submit();
    for (const tensor of [conductance, effective, gain]) tensor.destroy();
    const matrix = { rows: size, columns: size, conductanceUs: reading.values() };
    const lost: number[] = [];
    for (const sign of [1, -1]) {
      const volts = Float64Array.from({ length: size }, (_, i) => (i % 3 === 0 ? sign : 1) * (0.1 + (i % 7) / 70));
      const { currentUa } = solveWires({ rows: size, columns: size, conductanceUs: cells }, wires, volts);
      const most = largest(currentUa);
      const column = (j: number, g: ArrayLike<number>) => volts.reduce((sum, v, i) => sum + v * g[i * size + j]!, 0);
      currentUa.forEach((value, j) => {
        expect(Math.abs(column(j, matrix.conductanceUs) - value) / most).toBeLessThan(2e-5);
        lost.push(1 - value / column(j, cells));
      });
    }
    expect(Math.max(...lost.slice(0, size))).toBeGreaterThan(0.5);
  });

  it('mv-02, closed form', async () => {
    const { expected } = JSON.parse(readFileSync('test/cases/mv-02-closed-form-ir-drop.json', 'utf8'));
    const rows = 128;
    const of = [() => 0.5, (j: number) => ((37 * j + 5) % 101) / 50 - 1, (j: number) => (j < 64 ? 0.8 : -0.3)];
    const values = Float32Array.from({ length: 3 * rows }, (_, at) => of[at % 3]!(Math.floor(at / 3)));
    const inputs = Float32Array.from({ length: rows }, (_, j) => ((29 * j + 11) % 101) / 50 - 1);
    const job = { weights: { values, rows, columns: 3 }, inputs };
    const device = { preset: 'ideal', conductanceMaxUs: 5 } as const;
    const run = (wires?: WiresChoice) =>
      nodeGpu().then((gpu) =>
        runCrossbar(gpu, { ...job, config: { device, weightMax: 1, ...(wires ? { wires } : {}) } }),
      );
    const ideal = await run();
    const dropped = await run({ preset: 'aihwkit-closed-form' });
    dropped.outputs.values.forEach((y, i) => {
      // The loss is a thousandth of the product, which f32 holds to 1e-7 of the sum of its terms.
      expect(Math.abs((y - ideal.outputs.values[i]!) / expected.delta[i] - 1)).toBeLessThan(3e-3);
      expect(Math.abs(y - expected.y[i])).toBeLessThan(2e-6);
    });
    expect(dropped.effectives).toEqual({});
  });

  it('takes its range from currents that went through the wires', async () => {
    const gpu = await nodeGpu();
    const weights = { values: normals(12 * 5, 1).map(Math.abs), rows: 12, columns: 5 };
    const job = { weights, inputs: normals(12 * 4, 2) };
    const wires = { rowOhm: 100, columnOhm: 100 };
    const currents = await runCrossbar(gpu, { ...job, config: { output: 'current', wires } });
    const { columnGrids } = await runCrossbar(gpu, { ...job, config: { adc: { bits: 6 }, wires } });
    expect(columnGrids[0]!.offset / -largest(currents.outputs.values)).toBeCloseTo(1, 4);
  });

  it('gives a chip the same matrix in every population', async () => {
    const gpu = await nodeGpu();
    const weights = { values: normals(20 * 9, 3), rows: 20, columns: 9 };
    const device = { preset: 'generic', readNoise: { relative: 0.02 } } as const;
    const config = { mapping: 'offset', tileRows: 8, adc: { bits: 8 }, device, wires: 'neurosim-65nm' } as const;
    const job = { weights, inputs: normals(40, 4), config, seed: 5 };
    const all = await runCrossbar(gpu, { ...job, chips: 3 });
    const one = await runCrossbar(gpu, { ...job, chips: 1, firstChip: 2 });
    expect(one.outputs.values).toEqual(all.outputs.values.slice(2 * 18));
    expect(one.effectives['effective']!.values).toEqual(all.effectives['effective']!.values.slice(2 * 180));
    expect(all.effectives['effective_reference']!.shape).toEqual([3, 20, 1]);
  });
});

describe('read noise through wires', () => {
  // The standard deviation of a column to first order: each cell's noise, times the cell's own voltage under these inputs, times the
  // voltage that the cell would have with 1 V at the column's end and the rows at 0 V.
  function exactSigmaUa(
    array: { rows: number; columns: number; conductanceUs: Float32Array },
    volts: Float64Array,
    choice: WiresChoice,
    sigmaUs: (g: number) => number,
  ) {
    const { rows, columns, conductanceUs } = array;
    const { rowV, columnV } = solveWires(array, wiresModel(choice), volts);
    const turned = {
      rows: columns,
      columns: rows,
      conductanceUs: Float64Array.from(
        conductanceUs,
        (_, at) => conductanceUs[(at % rows) * columns + Math.floor(at / rows)]!,
      ),
    };
    const wires = wiresModel({
      rowOhm: choice.columnOhm!,
      columnOhm: choice.rowOhm!,
      drive: 'right',
      sense: 'top',
    });
    return Float64Array.from({ length: columns }, (_, j) => {
      const back = solveWires(turned, wires, new Float64Array(columns).fill(1, j, j + 1));
      let sum = 0;
      for (let at = 0; at < rows * columns; at++) {
        const own = rowV[at]! - columnV[at]!;
        const place = (at % columns) * rows + Math.floor(at / columns);
        sum += (sigmaUs(conductanceUs[at]!) * own * (back.rowV[place]! - back.columnV[place]!)) ** 2;
      }
      return Math.sqrt(sum);
    });
  }

  it.each([
    ['by the conductance', { relative: 0.05 }, (g: number) => 0.05 * g],
    ['the same for all cells', { absoluteUs: 2 }, () => 2],
  ] as const)('%s: its spread is right to the share that the wires take', async (_, readNoise, sigma) => {
    const gpu = await nodeGpu();
    const [rows, columns, reads] = [24, 8, 20000];
    const values = normals(rows * columns, 5).map((value) => Math.min(1, 0.2 + 0.4 * Math.abs(value)));
    const volts = Float64Array.from({ length: rows }, (_unused, i) => 0.2 * Math.sin(1 + 3.7 * i));
    const wires = { rowOhm: 50, columnOhm: 20 };
    const device = { preset: 'ideal', readNoise } as const;
    const inputs = Float32Array.from({ length: reads * rows }, (_unused, at) => volts[at % rows]!);
    const job = { weights: { values, rows, columns }, inputs };
    const { outputs, conductances } = await runCrossbar(gpu, { ...job, config: { ...plain, device, wires } });
    const positive = { rows, columns, conductanceUs: conductances['conductance_pos']!.values };
    const negative = { rows, columns, conductanceUs: conductances['conductance_neg']!.values };
    const sides = [positive, negative].map((array) => exactSigmaUa(array, volts, wires, sigma));
    const free = exactSigmaUa(positive, volts, { rowOhm: 0, columnOhm: 0 }, sigma);
    let drop = 0;
    for (let j = 0; j < columns; j++) {
      const exact = Math.hypot(sides[0]![j]!, sides[1]![j]!);
      let [sum, squares] = [0, 0];
      for (let read = 0; read < reads; read++) {
        const value = outputs.values[read * columns + j]!;
        sum += value;
        squares += value * value;
      }
      const spread = Math.sqrt(squares / reads - (sum / reads) ** 2);
      drop = 1 - sides[0]![j]! / free[j]!;
      // 20,000 reads tell a standard deviation to 0.5 %; 5 of those, and a tenth of what the wires take.
      expect(Math.abs(spread / exact - 1)).toBeLessThan(0.025 + 0.1 * Math.abs(drop));
    }
    expect(drop).toBeGreaterThan(0.05);
  });
});

describe('what is rejected', () => {
  const weights = { values: normals(12, 1), rows: 3, columns: 4 };
  const error = (code: string, what: RegExp) => expect.objectContaining({ code, what: expect.stringMatching(what) });

  it('wires that outweigh the cells, before anything is allocated', async () => {
    const gpu = await nodeGpu();
    const before = gpu.memory.bytes;
    const config = { wires: { rowOhm: 1e8, columnOhm: 1e8 } };
    await expect(programCrossbar(gpu, weights, config)).rejects.toThrow(error('WIRES_VALUE', /3 x 4 cells/));
    expect(gpu.memory.bytes).toBe(before);
  });

  it('noise that is drawn cell by cell', () => {
    const device = { preset: 'ideal', readNoise: { relative: 0.1 } } as const;
    const config = { device, readNoiseForm: 'per-cell' } as const;
    expect(() => resolveCrossbar({ ...config, wires: { rowOhm: 1 } })).toThrow(error('CROSSBAR_CONFIG', /no wires/));
    expect(resolveCrossbar({ ...config, wires: 'aihwkit-closed-form' }).readNoiseForm).toBe('per-cell');
  });

  it('a matrix that the sweeps did not reach', async () => {
    const gpu = await nodeGpu();
    const array = { rows: 16, columns: 16, chips: 1, tileRows: 16, weightBits: 0, sliceBits: 0, weightMax: 1 };
    const population = {
      array: { ...array, mapping: 'offset', offsetSubtraction: 'digital', cell: cellModel('ideal') } as CrossbarArray,
      wires: wiresModel({ rowOhm: 1, columnOhm: 1 }),
    };
    const { cellStride } = crossbarSizes(population.array);
    const before = gpu.memory.bytes;
    const conductance = gpu.tensor(new Float32Array(cellStride).fill(1e5));
    await expect(solveEffective(gpu, population, conductance)).rejects.toThrow(
      expect.objectContaining({ code: 'WIRES_SWEEPS', kind: 'run' }),
    );
    conductance.destroy();
    expect(gpu.memory.bytes).toBe(before);
  });

  it('knows its presets', () => {
    expect(wiresNames).toContain('neurosim-65nm');
    for (const name of wiresNames) expect(resolveCrossbar({ wires: name }).wires).toMatchObject({ name });
    expect(() => resolveCrossbar({ wires: 'copper' })).toThrow(error('WIRES_UNKNOWN', /copper/));
  });
});
