import { cellModel } from '../../src/device/cell.ts';
import { type CrossbarArray, crossbarSizes } from '../../src/device/crossbar-array.ts';
import { currentElements, planCrossbarMvm } from '../../src/kernel/crossbar-mvm.ts';
import { hasBroadcast } from '../../src/kernel/shared-lanes.ts';
import { assertClose, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
  readonly chips?: number;
}

const sizes: readonly Size[] = [
  { rows: 1, columns: 1, inputs: 1 },
  { rows: 9, columns: 260, inputs: 15, chips: 2 },
  { rows: 8, columns: 257, inputs: 16 },
  { rows: 11, columns: 63, inputs: 65 },
  { rows: 4, columns: 65, inputs: 64 },
];

/** Column currents at tile edges, in the plain form and by subgroups. */
export const crossbarCurrentCases: readonly KernelCase[] = sizes.map(currentCase);

/** Both forms of the column current kernel, with and without the second sum, on any voltages and conductances. */
function currentCase({ rows, columns, inputs, chips = 1 }: Size): KernelCase {
  const name = `crossbar currents ${rows} x ${columns}, ${inputs} inputs`;
  return {
    name,
    async run(gpu) {
      const cell = cellModel('ideal');
      const weights = { mapping: 'differential', weightBits: 0, sliceBits: 0, weightMax: 1 } as const;
      const array: CrossbarArray = { rows, columns, chips: chips + 1, ...weights, tileRows: 4, cell };
      const { paddedRows, columnBlocks, tiles } = crossbarSizes(array);
      const width = columnBlocks * 4;
      const cycles = 2;
      const window = { firstChip: 1, chips, firstInput: 0, inputs, allInputs: inputs };
      const [drive, difference, variance] = [cycles * inputs, (chips + 1) * width, (chips + 1) * width].map(
        (lines, i) => normals(lines * paddedRows, 20 + i),
      ) as [Float32Array, Float32Array, Float32Array];
      const expected = [difference, variance].map((cells, power) =>
        Array.from({ length: currentElements(array, cycles, chips, inputs) }, (_, at) => {
          const column = at % width;
          const input = Math.floor(at / width) % inputs;
          const tile = Math.floor(at / (width * inputs)) % tiles;
          const cycle = Math.floor(at / (width * inputs * tiles)) % cycles;
          const chip = 1 + Math.floor(at / (width * inputs * tiles * cycles));
          let sum = 0;
          for (let r = tile * 4; r < Math.min(tile * 4 + 4, Math.ceil(rows / 4) * 4); r++) {
            const volts = drive[(cycle * inputs + input) * paddedRows + r]!;
            sum += volts ** (power + 1) * cells[(chip * paddedRows + r) * width + column]!;
          }
          return sum;
        }),
      );
      const tolerance = { absolute: 4e-5, relative: 1e-5 };
      for (const subgroups of hasBroadcast(gpu) ? [false, true] : [false]) {
        for (const withSpread of [false, true]) {
          const current = unwritten(gpu, 'f32', [expected[0]!.length]);
          const spread = unwritten(gpu, 'f32', [expected[0]!.length]);
          const tensors = { drive: gpu.tensor(drive), difference: gpu.tensor(difference), current };
          const batch = gpu
            .batch()
            .run(
              planCrossbarMvm(array, cycles, window, withSpread, subgroups),
              withSpread ? { ...tensors, variance: gpu.tensor(variance), spread } : tensors,
            );
          const readings = [current, spread].map((tensor) => batch.read<Float32Array>(tensor));
          await batch.submit();
          assertClose(readings[0]!.values(), expected[0]!, tolerance, `${name} current, subgroups ${subgroups}`);
          if (withSpread) assertClose(readings[1]!.values(), expected[1]!, tolerance, `${name} spread`);
        }
      }
    },
  };
}
