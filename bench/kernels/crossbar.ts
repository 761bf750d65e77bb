import { programCrossbar } from '../../src/accelerator/crossbar.ts';
import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { crossbarDrive, outputScale } from '../../src/accelerator/crossbar-ranges.ts';
import { cellModel } from '../../src/device/cell.ts';
import { cellTables } from '../../src/device/cell-tables.ts';
import { type CrossbarArray, crossbarSizes } from '../../src/device/crossbar-array.ts';
import { planCrossbarProgram } from '../../src/kernel/crossbar-program.ts';
import { crossbarMvmReference } from '../../src/reference/crossbar-mvm.ts';
import { crossbarProgramReference } from '../../src/reference/crossbar-program.ts';
import { assert, assertClose, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';
import { Recorder } from '../repeat.ts';

/**
 * `crossbar-program`: a cell takes a word each for its programming error, its relaxation and its faults, and by 12 operations
 * becomes a target, two deviations by one line between samples of their curves, two sums and a clamp.
 */
export function crossbarProgramBench({
  rows,
  columns,
  chips,
}: {
  rows: number;
  columns: number;
  chips: number;
}): BenchKernel {
  const cell = cellModel({
    preset: 'generic',
    relaxation: { meanShiftUs: -0.3, sigmaUs: [0.2, 0.01, 0, 0, 0] },
    stuckAt: { lowRate: 0.01, highRate: 0.01 },
  });
  const weightMax = 4;
  const weights = { mapping: 'differential', weightBits: 0, sliceBits: 0, weightMax } as const;
  const array: CrossbarArray = { rows, columns, chips, ...weights, tileRows: rows, cell };
  const { cellsPerChip, cellStride } = crossbarSizes(array);
  const cells = chips * cellsPerChip;
  return {
    name: 'crossbar-program',
    sizes: { rows, columns, chips },
    work: { flops: 12 * cells, randomWords: 3 * cells, bytes: 4 * (rows * columns + cells) },
    async setup(gpu) {
      const draws = { seed: 7, firstChip: 3 };
      const values = normals(rows * columns, 3);
      const conductance = unwritten(gpu, 'f32', [chips, cellStride]);
      return {
        dispatches: [
          {
            launch: planCrossbarProgram(array, draws),
            tensors: { weights: gpu.tensor(values), curves: gpu.tensor(cellTables(cell)), conductance },
          },
        ],
        outputs: { conductance },
        check({ conductance: got }) {
          const chip = chips - 1;
          const expected = crossbarProgramReference(array, draws, values, chip);
          // A shader's sin and cos may be off by 2^-11: that share of deviations of together 4.3 uS, times a radius of 5.
          const own = got!.subarray(chip * cellStride, chip * cellStride + cellsPerChip);
          assertClose(own, expected, { absolute: 4.3 * 5 * 2 ** -11, relative: 1e-6 }, `chip ${chip}`);
        },
      };
    },
  };
}

/**
 * `crossbar-mvm` as users run it: drive, column currents, read-out. A pair of cells is one conductance difference, so a weight
 * takes one multiply-add per input; noise takes a word per conversion and, in proportion to the conductance, a second one for the
 * variance.
 */
export function crossbarMvmBench(size: {
  rows: number;
  columns: number;
  inputs: number;
  noisy: boolean;
  name?: string;
  /** Of a read: in shares of a cell's conductance, or in uS whatever that is. */
  readNoise?: { readonly relative: number } | { readonly absoluteUs: number };
}): BenchKernel {
  const { rows, columns, inputs, noisy, name = 'crossbar-mvm', readNoise = { relative: 0.02 } } = size;
  const tileRows = Math.min(128, rows);
  const products = rows * columns * inputs;
  const conversions = Math.ceil(rows / tileRows) * columns * inputs;
  const planes = noisy && 'relative' in readNoise ? 2 : 1;
  return {
    name: noisy ? `${name}-noisy` : name,
    sizes: { rows, columns, inputs, tileRows },
    work: {
      flops: 2 * planes * products,
      randomWords: noisy ? conversions : 0,
      bytes: 4 * (inputs * rows + planes * rows * columns + inputs * columns),
    },
    async setup(gpu) {
      const device = noisy ? { preset: 'generic', readNoise } : 'generic';
      const config: CrossbarConfig = { device, tileRows, dac: { bits: 8 }, adc: { bits: 8 } };
      const x = normals(inputs * rows, 5);
      const crossbar = await programCrossbar(gpu, { values: normals(rows * columns, 4), rows, columns }, config, {
        seed: 9,
      });
      await crossbar.calibrate(x);
      const recorder = new Recorder(gpu, 'bench');
      const y = unwritten(gpu, 'f32', [1, inputs, columns]);
      crossbar.multiply(recorder, gpu.tensor(x), { output: y, firstEvent: 40 });
      return {
        dispatches: recorder.dispatches,
        outputs: { y, cells: crossbar.conductance },
        check(values) {
          const { config: resolved, array } = crossbar;
          const drive = crossbarDrive(resolved, crossbar.inputRange!);
          const grids = crossbar.columnGrids!;
          let compared = 0;
          for (const input of samples(inputs, 3)) {
            const readout = {
              noisy,
              rounding: grids[0]!.rounding,
              seed: 9,
              firstChip: 0,
              firstEvent: 40 + input,
              sliceRadix: 1,
              ...outputScale(resolved, array, drive),
            };
            const own = x.subarray(input * rows, (input + 1) * rows);
            const expected = crossbarMvmReference({ array, cells: values['cells']!, x: own, drive, grids, readout });
            const largest = expected.y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
            expected.y.forEach((value, column) => {
              // A current nearer to a tie than f32 can tell (or sin and cos, with noise) may fall on either side.
              if (expected.margin[column]! < (noisy ? 2e-2 : 5e-3)) return;
              compared++;
              const got = values['y']![input * columns + column]!;
              assert(
                Math.abs(got - value) <= 1e-4 * largest,
                `input ${input} column ${column} is ${got}, expected ${value}`,
              );
            });
          }
          assert(compared > columns, `only ${compared} outputs were away from ties`);
        },
        destroy: () => {
          crossbar.destroy();
          for (const tensor of recorder.made) tensor.destroy();
        },
      };
    },
  };
}

/** A large array (`scale` of them side by side) as peers are timed on: 3 % programming error, converters of 8 bits, 64 inputs, with 1 % of read noise or without. */
export function crossbar1024Bench(noisy: boolean, scale = 1): BenchKernel {
  const size = { rows: 1024, columns: 1024 * scale, inputs: 64 };
  return crossbarMvmBench({ ...size, noisy, name: 'crossbar-1024', readNoise: { relative: 0.01 } });
}
