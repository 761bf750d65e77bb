import { readConductanceUs } from '../device/cell-state.ts';
import { type CrossbarArray, crossbarSizes, offsetConductancesUs } from '../device/crossbar-array.ts';
import { tileOf } from '../device/tiling.ts';
import type { CellReadout } from '../kernel/crossbar-compensate.ts';
import { randomWords, streams, toNormals, toUniform } from './rng.ts';

/** Magnitudes of the weights of each column of one chip, summed over rows, in uS of the lowest slice; `chip` counts from the population's first. */
export function crossbarReadoutReference(
  array: CrossbarArray,
  cells: ArrayLike<number>,
  readout: CellReadout,
  chip = 0,
): Float64Array {
  const { slices, sides, physicalColumns, columnBlocks, columnTiling, referenceColumns } = crossbarSizes(array);
  const offsets = array.offsetSubtraction === 'digital' ? offsetConductancesUs(array) : new Array(slices).fill(0);
  const uniform = array.cell.readNoise.kind === 'uniform';
  const read = (slice: number, side: number, row: number, column: number) => {
    const line = (slice * sides + side) * array.rows + row;
    const g = cells[line * physicalColumns + column]!;
    if (!readout.noisy) return g;
    const element = line * columnBlocks + Math.floor(column / 4);
    const index = readout.firstChip + chip;
    const words = randomWords(readout.seed, index, streams.driftReadout, element, readout.firstEvent + row);
    const draw = uniform ? (2 * toUniform(words[column % 4]!) - 1) * Math.sqrt(3) : toNormals(words)[column % 4]!;
    return readConductanceUs(array.cell, g, draw);
  };
  const seen = (slice: number, row: number, column: number) =>
    read(slice, 0, row, column) - (sides === 2 ? read(slice, 1, row, column) : 0);
  const sums = new Float64Array(array.columns);
  for (let column = 0; column < array.columns; column++) {
    const reference = array.columns + tileOf(columnTiling, column);
    for (let row = 0; row < array.rows; row++) {
      let weight = 0;
      for (let slice = 0; slice < slices; slice++) {
        const zero = referenceColumns > 0 ? seen(slice, row, reference) : offsets[slice]!;
        const radix = array.weightBits === 0 ? 1 : 2 ** array.sliceBits;
        weight += radix ** slice * (seen(slice, row, column) - zero);
      }
      sums[column]! += Math.abs(weight);
    }
  }
  return sums;
}
