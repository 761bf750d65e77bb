import { type Crossbar, programCrossbar } from '../../src/accelerator/crossbar.ts';
import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { crossbarDrive, outputScale } from '../../src/accelerator/crossbar-ranges.ts';
import type { CellChoice } from '../../src/device/cell.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { crossbarMvmReference } from '../../src/reference/crossbar-mvm.ts';
import { assertClose, assertEqual, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

interface Size {
  readonly rows: number;
  readonly columns: number;
  readonly inputs: number;
}

const sizes: readonly Size[] = [
  { rows: 1, columns: 1, inputs: 1 },
  { rows: 5, columns: 4, inputs: 63 },
  { rows: 4, columns: 5, inputs: 32 },
  { rows: 3, columns: 257, inputs: 1 },
];

const clipped = {
  preset: 'generic',
  readNoise: { absoluteUs: 5, relative: 0.1, clampUs: [0, 100] },
  relativeSigma: 0.1,
} as const;

const configs: readonly CrossbarConfig[] = [
  { device: { ...clipped, readNoise: { absoluteUs: 5, kind: 'uniform' } }, weightBits: 5, bitsPerSlice: 2 },
  { device: 'sonos', readNoiseForm: 'per-cell', mapping: 'offset' },
  {
    device: clipped,
    mapping: 'offset',
    weightBits: 4,
    bitsPerSlice: 2,
    dac: { bits: 5, mode: 'bit-serial', sliceBits: 2 },
    adc: { bits: 12, range: { kind: 'full' } },
    tileRows: 3,
    tileSplit: 'balanced',
  },
];

/** Read noise drawn in every cell, clipped and not, against the float64 reference with the same draws. */
export const crossbarCellsCases: readonly KernelCase[] = [
  ...sizes.map((size) => cellsCase(size, { device: clipped })),
  ...configs.map((config) => cellsCase({ rows: 7, columns: 6, inputs: 9 }, config)),
  { name: 'crossbar read cell by cell: chips and windows', run: windows },
];

function cellsCase(size: Size, config: CrossbarConfig): KernelCase {
  const { rows, columns, inputs } = size;
  const name = `crossbar read cell by cell ${rows} x ${columns}, ${inputs} inputs, ${JSON.stringify(config)}`;
  return {
    name,
    async run(gpu) {
      const x = normals(inputs * rows, 5);
      const [weights, chips] = [{ values: normals(rows * columns, 4), rows, columns }, 2];
      const crossbar = await programCrossbar(gpu, weights, config, { seed: 9, firstChip: 3, chips });
      await crossbar.calibrate(x);
      const { y, cells } = await read(gpu, crossbar, x, 40);
      const drive = crossbarDrive(crossbar.config, crossbar.inputRange!);
      const scale = outputScale(crossbar.config, crossbar.array, drive);
      const grids = crossbar.columnGrids!;
      const readout = {
        ...{ noisy: true, perCell: true, rounding: grids[0]!.rounding, seed: 9, firstChip: 3, firstEvent: 40 },
        ...{ sliceRadix: 2 ** crossbar.array.sliceBits, ...scale },
      };
      const { cellStride, cellsPerChip, slices, tiles } = crossbar.sizes;
      for (let chip = 0; chip < chips; chip++) {
        const own = cells.subarray(chip * cellStride, chip * cellStride + cellsPerChip);
        const { array } = crossbar;
        const expected = crossbarMvmReference({ array, cells: own, x, drive, grids, readout, chip });
        // A shader's sin and cos may be off by 2^-11, at a radius of at most 6, in cells of at most 15 uS of sigma (both sides and
        // the reference column), and a conversion may fall on either side of a tie, by a step in each slice, cycle and tile.
        const weight = scale.unit * readout.sliceRadix ** (slices - 1) * scale.cycleRadix ** (drive.cycles - 1);
        const currents = rows * crossbar.config.readVoltageV * (2 * 15 * 6 * 2 ** -11 + 200 * 2 ** -22);
        const steps = grids[0]!.codes > 0 ? 2 * tiles * grids[0]!.step : 0;
        const absolute = 2 * slices * drive.cycles * weight * (currents + steps);
        const got = y.subarray(chip * inputs * columns, (chip + 1) * inputs * columns);
        assertClose(got, expected.y, { absolute, relative: 0 }, `${name} chip ${chip}`);
      }
      crossbar.destroy();
    },
  };
}

/** A chip and a read are the same in any population and batch, bit for bit. */
async function windows(gpu: Gpu): Promise<void> {
  const [rows, columns, inputs, chips] = [9, 5, 6, 3];
  const weights = { values: normals(rows * columns, 6), rows, columns };
  const x = normals(rows * inputs, 7);
  const device: CellChoice = clipped;
  const all = await programCrossbar(gpu, weights, { device }, { seed: 4, chips });
  const together = await read(gpu, all, x, 0);
  const one = await programCrossbar(gpu, weights, { device }, { seed: 4, firstChip: 2 });
  const { y } = await read(gpu, one, x.slice(4 * rows), 4);
  assertEqual(y, together.y.subarray((2 * inputs + 4) * columns), 'chip 2 from read 4 on');
  for (const crossbar of [all, one]) crossbar.destroy();
}

async function read(gpu: Gpu, crossbar: Crossbar, x: Float32Array, firstEvent: number) {
  const { array } = crossbar;
  const output = unwritten(gpu, 'f32', [array.chips, x.length / array.rows, array.columns]);
  const batch = gpu.batch();
  const y = batch.read<Float32Array>(crossbar.multiply(batch, gpu.tensor(x), { output, firstEvent }));
  const cells = batch.read<Float32Array>(crossbar.conductance);
  await batch.submit();
  return { y: y.values(), cells: cells.values() };
}
