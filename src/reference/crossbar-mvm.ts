import { readConductanceUs, readVarianceUs2 } from '../device/cell-state.ts';
import { type ConverterGrid, codeOf, codeValue } from '../device/converter.ts';
import { type CrossbarArray, crossbarSizes, offsetConductancesUs } from '../device/crossbar-array.ts';
import { conversionsOf, joinedCycles } from '../device/input-cycles.ts';
import { tileOf, tileSpan } from '../device/tiling.ts';
import type { CrossbarAdcs } from '../kernel/adc-mismatch.ts';
import type { CrossbarDrive, CrossbarReadout } from '../kernel/crossbar-mvm.ts';
import { randomWords, streams, toNormals, toUniform } from './rng.ts';

/** Products of one chip, and how far they are from any rounding decision. */
export interface CrossbarProducts {
  /** [inputs, columns]. */
  readonly y: Float64Array;
  /** Smallest distance of a column current from a tie of its converter, in steps, [inputs, columns]; Infinity without a converter. */
  readonly margin: Float64Array;
}

/** Everything that reading one chip depends on. */
export interface CrossbarReadCase {
  readonly array: CrossbarArray;
  /** As `crossbarProgramReference` returns them. */
  readonly cells: ArrayLike<number>;
  /** [inputs, rows]. */
  readonly x: ArrayLike<number>;
  readonly drive: CrossbarDrive;
  readonly grids: readonly ConverterGrid[];
  readonly readout: CrossbarReadout;
  /** Counts from the population's first chip; default 0. */
  readonly chip?: number;
  /** Converters that are circuits. */
  readonly adcs?: Pick<CrossbarAdcs, 'code'>;
  /** What is added to every column where inputs are shifted, [columns]. */
  readonly constants?: ArrayLike<number>;
}

/**
 * Products in float64, with the GPU's draws: one per conversion, or with `readout.perCell` one per cell and read. With
 * `cellDraw` every cell takes its deviation from there instead, whatever the readout says.
 */
export function crossbarMvmReference(read: CrossbarReadCase, cellDraw?: () => number): CrossbarProducts {
  const { array, drive, readout } = read;
  const { slices, tiles, physicalColumns, referenceColumns, columnTiling } = crossbarSizes(array);
  const offsets = array.offsetSubtraction === 'digital' ? offsetConductancesUs(array) : undefined;
  const inputs = read.x.length / array.rows;
  const converted = conversionsOf(drive);
  const perPass = converted.cycles / converted.passes;
  const sigmas = Float64Array.from(read.cells, (g) => (readout.noisy ? Math.sqrt(readVarianceUs2(array.cell, g)) : 0));
  const y = Float64Array.from({ length: inputs * array.columns }, (_, at) => read.constants?.[at % array.columns] ?? 0);
  const margin = new Float64Array(inputs * array.columns).fill(Number.POSITIVE_INFINITY);
  for (let input = 0; input < inputs; input++) {
    const drives = Array.from({ length: drive.cycles }, (_, cycle) => rowVolts(read, input, cycle));
    for (let slice = 0; slice < slices; slice++) {
      for (let conversion = 0; conversion < converted.cycles; conversion++) {
        const pass = Math.floor(conversion / perPass);
        const shifted = readout.unit * readout.sliceRadix ** slice * readout.cycleRadix ** (conversion % perPass);
        const weight = pass === 1 ? -shifted : shifted;
        const joined = joinedCycles(drive, conversion).map((own) => ({ ...own, volts: drives[own.cycle]! }));
        for (let tile = 0; tile < tiles; tile++) {
          const part = (slice * converted.cycles + conversion) * tiles + tile;
          const columns = Array.from({ length: physicalColumns }, (_, column) =>
            convertColumn({ ...read, sigmas }, joined, { input, slice, tile, part, column }, cellDraw),
          );
          const { from, to } = tileSpan(crossbarSizes(array).rowTiling, tile);
          const total = (volts: Float64Array) => volts.subarray(from, to).reduce((sum, v) => sum + v, 0);
          const driven = joined.reduce((sum, own) => sum + own.weight * total(own.volts), 0);
          const digital = offsets ? offsets[slice]! * driven : 0;
          for (let column = 0; column < array.columns; column++) {
            const at = input * array.columns + column;
            const reference =
              referenceColumns > 0
                ? columns[array.columns + tileOf(columnTiling, column)]!
                : { value: digital, margin: Infinity };
            y[at]! += weight * (columns[column]!.value - reference.value);
            margin[at] = Math.min(margin[at]!, columns[column]!.margin, reference.margin);
          }
        }
      }
    }
  }
  return { y, margin };
}

/** Row voltages (V) of one input in one cycle, [rows]. */
export function rowVolts(
  { array, x, drive }: Pick<CrossbarReadCase, 'array' | 'x' | 'drive'>,
  input: number,
  cycle: number,
): Float64Array {
  const slices = drive.cycles / drive.passes;
  return Float64Array.from({ length: array.rows }, (_, row) => {
    const volts = signedVolts(drive, x[input * array.rows + row]!, cycle % slices);
    if (drive.passes === 1) return volts;
    return Math.max(0, cycle < slices ? volts : -volts);
  });
}

function signedVolts(drive: CrossbarDrive, value: number, slice: number): number {
  const { grid, shift, voltsPerUnit } = drive;
  if (grid.codes === 0) return (shift === undefined ? value : Math.max(0, value - shift)) * voltsPerUnit;
  const code = codeOf(grid, value);
  if (!drive.serial) return (codeValue(grid, code) - (shift ?? 0)) * voltsPerUnit;
  const radix = 2 ** drive.sliceBits;
  const signed = code - drive.zeroCode;
  const digit = Math.floor(Math.abs(signed) / radix ** slice) % radix;
  return (Math.sign(signed) * digit * drive.readVoltageV) / (radix - 1);
}

interface Place {
  readonly input: number;
  readonly slice: number;
  readonly tile: number;
  readonly part: number;
  readonly column: number;
}

function convertColumn(
  { array, cells, sigmas, grids, readout, chip = 0, adcs }: CrossbarReadCase & { readonly sigmas: Float64Array },
  joined: readonly { readonly cycle: number; readonly weight: number; readonly volts: Float64Array }[],
  { input, slice, tile, part, column }: Place,
  cellDraw: (() => number) | undefined,
): { value: number; margin: number } {
  const { slices, sides, physicalColumns, columnBlocks, rowTiling } = crossbarSizes(array);
  const cellwise = cellDraw !== undefined || (readout.noisy && readout.perCell === true);
  const { seed, firstChip, firstEvent } = readout;
  const words = (stream: number, element: number) =>
    randomWords(seed, firstChip + chip, stream, element, firstEvent + input);
  const drawOf = (cycle: number, line: number) => {
    if (cellDraw) return cellDraw();
    const cell = (cycle * slices * sides * array.rows + line) * columnBlocks + Math.floor(column / 4);
    const drawn = words(streams.cellReadNoise, cell);
    const uniform = array.cell.readNoise.kind === 'uniform';
    return uniform ? (2 * toUniform(drawn[column % 4]!) - 1) * Math.sqrt(3) : toNormals(drawn)[column % 4]!;
  };
  let current = 0;
  let variance = 0;
  const { from, to } = tileSpan(rowTiling, tile);
  for (const { cycle, weight, volts } of joined) {
    for (let row = from; row < to; row++) {
      for (let side = 0; side < sides; side++) {
        const line = (slice * sides + side) * array.rows + row;
        const at = line * physicalColumns + column;
        const g = cells[at]!;
        const sigma = sigmas[at]!;
        const read = cellwise ? readConductanceUs(array.cell, g, drawOf(cycle, line)) : g;
        current += (side === 1 ? -1 : 1) * weight * volts[row]! * read;
        variance += (weight * volts[row]! * sigma) ** 2;
      }
    }
  }
  if (!cellwise && variance > 0) {
    const drawn = words(streams.readNoise, part * columnBlocks + Math.floor(column / 4));
    current += Math.sqrt(variance) * toNormals(drawn)[column % 4]!;
  }
  const grid = grids[slice]!;
  if (grid.codes === 0) return { value: current, margin: Number.POSITIVE_INFINITY };
  const position = (current - grid.offset) / grid.step;
  if (adcs) {
    const code = (steps: number) =>
      adcs.code(chip, slice, tile, column, (2 * (position + steps) + 1 - grid.codes) / grid.codes);
    const isClear = [-decided, decided].every((steps) => code(steps) === code(0));
    return { value: codeValue(grid, code(0)), margin: isClear ? decided : 0 };
  }
  const inside = position > -0.5 && position < grid.codes - 0.5;
  const edge = Math.min(Math.abs(position + 0.5), Math.abs(position - grid.codes + 0.5));
  return {
    value: codeValue(grid, codeOf(grid, current)),
    margin: inside ? Math.abs(position - Math.floor(position) - 0.5) : edge,
  };
}

// A circuit's decision levels are not known beforehand: a current is away from them where its neighbours have its code.
const decided = 5e-3;
