import { solveEffective } from '../../src/accelerator/effective-matrix.ts';
import { cellModel } from '../../src/device/cell.ts';
import { type CrossbarArray, crossbarSizes } from '../../src/device/crossbar-array.ts';
import { tileSpan } from '../../src/device/tiling.ts';
import { type WiresChoice, wiresModel } from '../../src/device/wires.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { planCrossbarDrive, planCrossbarMvm } from '../../src/kernel/crossbar-mvm.ts';
import { planClosedForm } from '../../src/kernel/wires-closed-form.ts';
import { wiresSweeps } from '../../src/kernel/wires-sweeps.ts';
import { closedFormCurrents, effectiveMatrix } from '../../src/reference/wires.ts';
import { assert, assertClose, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

const plain = { rowOhm: 2, columnOhm: 3 } as const;
const ends = { rowOhm: 2, columnOhm: 1, driverOhm: 200, senseOhm: 100 } as const;

const offset = { mapping: 'offset', tileColumns: 5, tileRows: 7 } as const;

const cases: readonly [string, Partial<CrossbarArray> & { rows: number; columns: number }, WiresChoice][] = [
  ['one cell', { rows: 1, columns: 1 }, ends],
  ['one row', { rows: 1, columns: 19 }, ends],
  ['one column', { rows: 19, columns: 1 }, ends],
  ['as many rows as columns', { rows: 16, columns: 16 }, plain],
  ['more columns', { rows: 15, columns: 17 }, { ...ends, drive: 'both', sense: 'both' }],
  ['more rows', { rows: 33, columns: 16 }, { ...ends, drive: 'right', sense: 'top' }],
  ['ideal rows', { rows: 6, columns: 9 }, { columnOhm: 500, sense: 'both' }],
  ['ideal columns', { rows: 6, columns: 9 }, { rowOhm: 500, driverOhm: 10 }],
  ['drivers only', { rows: 9, columns: 6 }, { driverOhm: 3000 }],
  ['wires that take most', { rows: 12, columns: 17 }, { rowOhm: 300, columnOhm: 300, senseOhm: 500 }],
  ['tiles, the last ones smaller', { rows: 17, columns: 13, tileRows: 7, tileColumns: 5 }, ends],
  ['tiles that differ by one', { rows: 17, columns: 13, tileRows: 7, tileColumns: 5, tileSplit: 'balanced' }, ends],
  ['reference columns', { ...offset, rows: 17, columns: 13 }, { ...ends, sense: 'both' }],
];

/** Effective matrices against the float64 solution, and the closed form. */
export const wiresCases: readonly KernelCase[] = [
  ...cases.map(([name, array, wires]) => effectiveCase(name, array, wires)),
  { name: 'wires: without resistance, bit for bit', run: withoutResistance },
  ...[1, 5].map((tileRows) => closedFormCase(tileRows)),
];

function arrayOf(given: Partial<CrossbarArray> & { rows: number; columns: number }): CrossbarArray {
  const { rows } = given;
  const base = { chips: 2, mapping: 'differential', weightBits: 0, sliceBits: 0, weightMax: 1 } as const;
  return { ...base, tileRows: rows, cell: cellModel('ideal'), ...given };
}

// One cell in eight is 0, as G- mostly is.
function cellsOf(array: CrossbarArray): Float32Array {
  const values = normals(array.chips * crossbarSizes(array).cellStride, array.rows);
  return values.map((value, at) => (at % 8 === 0 ? 0 : Math.min(100, Math.abs(value) * 40)));
}

function effectiveCase(
  name: string,
  given: Partial<CrossbarArray> & { rows: number; columns: number },
  choice: WiresChoice,
): KernelCase {
  return {
    name: `wires: ${name}`,
    async run(gpu) {
      const array = arrayOf(given);
      const wires = wiresModel(choice);
      const cells = cellsOf(array);
      const got = await solve(gpu, array, choice, cells);
      const { slices, sides, rowTiling, columnTiling, referenceColumns, physicalColumns, cellStride } =
        crossbarSizes(array);
      let compared = 0;
      for (let plane = 0; plane < array.chips * slices * sides; plane++) {
        const chip = Math.floor(plane / (slices * sides));
        const base = chip * cellStride + (plane % (slices * sides)) * array.rows * physicalColumns;
        for (let tile = 0; tile < rowTiling.tiles * columnTiling.tiles; tile++) {
          const rows = tileSpan(rowTiling, Math.floor(tile / columnTiling.tiles));
          const columns = tileSpan(columnTiling, tile % columnTiling.tiles);
          const places: number[] = [];
          for (let row = rows.from; row < rows.to; row++) {
            const line = base + row * physicalColumns;
            for (let column = columns.from; column < columns.to; column++) places.push(line + column);
            if (referenceColumns > 0) places.push(line + array.columns + (tile % columnTiling.tiles));
          }
          const size = rows.to - rows.from;
          const own = { rows: size, columns: places.length / size, conductanceUs: places.map((at) => cells[at]!) };
          const expected = effectiveMatrix(own, wires);
          const largest = expected.reduce((most, value) => Math.max(most, value), 0);
          // What the sweeps leave by their own measure, and 3 roundings for each node of the two wires; both are shares of the drop.
          const absolute = largest * (1e-6 + 3 * (own.rows + own.columns) * 2 ** -24);
          assertClose(
            places.map((at) => got[at]!),
            expected,
            { absolute, relative: 0 },
            `${name}, plane ${plane}, tile ${tile}`,
          );
          compared += places.length;
        }
      }
      assert(compared === array.chips * slices * sides * array.rows * physicalColumns, `${compared} cells compared`);
    },
  };
}

async function solve(gpu: Gpu, array: CrossbarArray, choice: WiresChoice, cells: Float32Array): Promise<Float32Array> {
  const conductance = gpu.tensor(cells);
  const { effective, gain } = await solveEffective(gpu, { array, wires: wiresModel(choice) }, conductance);
  const batch = gpu.batch();
  const reading = batch.read<Float32Array>(effective);
  await batch.submit();
  for (const tensor of [conductance, effective, gain]) tensor.destroy();
  return reading.values();
}

async function withoutResistance(gpu: Gpu): Promise<void> {
  const array = arrayOf({ rows: 7, columns: 9 });
  assert(wiresSweeps({ array, wires: wiresModel() }).weights.length === 1, 'one sweep is enough');
  const cells = cellsOf(array);
  const { cellsPerChip } = crossbarSizes(array);
  const got = await solve(gpu, array, {}, cells);
  for (let at = 0; at < cellsPerChip; at++) assert(got[at] === cells[at], `[${at}] is ${got[at]}, not ${cells[at]}`);
}

function closedFormCase(tileRows: number): KernelCase {
  return {
    name: `wires: closed form, tiles of ${tileRows} rows`,
    async run(gpu) {
      const [rows, columns, inputs, chips] = [7, 6, 5, 2];
      const array = arrayOf({ rows, columns, tileRows, chips });
      const { tiles, paddedRows, columnBlocks, tileQuads } = crossbarSizes(array);
      const cells = normals(chips * paddedRows * columnBlocks * 4, 3).map((value) => 40 * value);
      const x = normals(inputs * rows, 4);
      const window = { firstChip: 0, chips, firstInput: 0, inputs, allInputs: inputs };
      const grid = { offset: 0, step: 1, codes: 0, rounding: 0, low: 0, high: 0 };
      const drive = {
        grid,
        voltsPerUnit: 0.2,
        cycles: 1,
        serial: false,
        sliceBits: 1,
        zeroCode: 0,
        readVoltageV: 0.2,
        shift: undefined,
        passes: 1,
        joinsPasses: false,
        joinsSlices: false,
      } as const;
      const volts = gpu.empty('f32', [inputs * paddedRows]);
      const sums = gpu.empty('f32', [tiles * inputs]);
      const difference = gpu.tensor(cells);
      const current = unwritten(gpu, 'f32', [chips, tiles, inputs, columnBlocks * 4]);
      const batch = gpu.batch();
      batch
        .run(planCrossbarDrive(array, drive, window), {
          x: gpu.tensor(x),
          drive: volts,
          power: sums,
          total: gpu.empty('f32', [tiles * inputs]),
        })
        .run(planCrossbarMvm(array, 1, window, false), { drive: volts, difference, current })
        .run(planClosedForm(array, 1, window, 900, 0.2), { drive: volts, difference, current });
      const reading = batch.read<Float32Array>(current);
      await batch.submit();
      const width = columnBlocks * 4;
      for (let part = 0; part < chips * tiles; part++) {
        const tile = part % tiles;
        const { from, to } = tileSpan(crossbarSizes(array).rowTiling, tile);
        const start = (Math.floor(part / tiles) * paddedRows + tile * tileQuads * 4) * width;
        const own = {
          rows: to - from,
          columns: width,
          conductanceUs: cells.subarray(start, start + (to - from) * width),
        };
        for (let input = 0; input < inputs; input++) {
          const driven = x.subarray(input * rows + from, input * rows + to).map((value) => 0.2 * value);
          const expected = closedFormCurrents(own, 900, driven, 0.2);
          const at = (part * inputs + input) * width;
          // 7 rows of a dozen roundings each, of currents of up to 100 uA.
          assertClose(
            reading.values().subarray(at, at + width),
            expected,
            { absolute: 1e-3, relative: 1e-5 },
            `part ${part}`,
          );
        }
      }
    },
  };
}
