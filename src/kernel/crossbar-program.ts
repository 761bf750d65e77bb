import { cellEffects } from '../device/cell-state.ts';
import { cellTableLength, curveEndUs } from '../device/cell-tables.ts';
import {
  type CrossbarArray,
  crossbarSizes,
  holdsOffsetCode,
  isAboutMidRange,
  weightCodeMax,
} from '../device/crossbar-array.ts';
import type { Launch } from '../gpu/launch.ts';
import { foldGrid } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { cellParams } from './cell-params.ts';
import { readVarianceParams } from './cell-read.ts';

/** Whose draws are made. */
export interface Draws {
  /** Unsigned 32-bit seed. */
  readonly seed: number;
  /** Index of the first chip: chip c of the population draws as chip `firstChip + c` of any other. */
  readonly firstChip: number;
  /** Programs the targets themselves, without error, relaxation or faults. */
  readonly nominal?: boolean;
}

/**
 * Plans the programming of an array. Binds `weights` [rows, columns], `curves` as `cellTables` makes them (any tensor for
 * nominal draws), and `conductance` (uS) [chips, slices, sides, rows, physical columns], each chip padded to a multiple of 4
 * elements.
 */
export function planCrossbarProgram(array: CrossbarArray, draws: Draws): Launch {
  const { rows, columns, chips, cell } = array;
  const { sides, physicalColumns, cellStride } = crossbarSizes(array);
  const quads = cellStride / 4;
  const [gridX, gridY] = foldGrid(Math.ceil(quads / 64));
  const codeMax = weightCodeMax(array);
  const written = cellParams(cell, draws.nominal);
  return {
    program: shaders['crossbar-program'],
    entry: 'main',
    constants: {
      MIDRANGE: isAboutMidRange(array) ? 1 : 0,
      OFFSET_CODE: holdsOffsetCode(array) ? 1 : 0,
      INTEGER: array.weightBits === 0 ? 0 : 1,
      ...written.constants,
    },
    params: {
      rows,
      columns,
      physical_columns: physicalColumns,
      sides,
      quads,
      grid_x: gridX,
      seed: draws.seed,
      first_chip: draws.firstChip,
      weight_step: array.weightMax / Math.max(1, codeMax),
      code_max: codeMax,
      digit_bits: array.weightBits === 0 ? 0 : array.sliceBits,
      digit_max: array.weightBits === 0 ? 0 : 2 ** array.sliceBits - 1,
      ...written.params,
    },
    workgroups: [gridX, gridY, chips],
    elements: {
      weights: rows * columns,
      curves: draws.nominal ? 0 : cellTableLength(cell),
      conductance: chips * cellStride,
    },
  };
}

/**
 * Plans the layout for multiplication. Binds `conductance` as programmed, `curves` as for programming, `difference` (uS) and
 * `variance` (uS^2) [chips, slices, padded rows, column blocks * 4]; `variance` may be any tensor where `withVariance` is
 * false, and `curves` where the read noise has none. With `wired` it also binds `effective` and `gain` as the wires make them;
 * they may be any tensors otherwise.
 */
export function planCrossbarCombine(array: CrossbarArray, withVariance: boolean, wired = false): Launch {
  const { sides, slices, physicalColumns, cellStride, columnBlocks, rowTiling, tileQuads, paddedRows } =
    crossbarSizes(array);
  const quads = slices * paddedRows * columnBlocks;
  const [gridX, gridY] = foldGrid(Math.ceil(quads / 64));
  const curved = withVariance && cellEffects(array.cell).curvedRead;
  return {
    program: shaders['crossbar-combine'],
    entry: 'main',
    constants: { VARIANCE: curved ? 2 : withVariance ? 1 : 0, WIRES: wired ? 1 : 0 },
    params: {
      rows: array.rows,
      physical_columns: physicalColumns,
      sides,
      cells_stride: cellStride,
      tile_rows: rowTiling.base,
      longer_tiles: rowTiling.longer,
      tile_stride: tileQuads * 4,
      padded_rows: paddedRows,
      column_blocks: columnBlocks,
      blocks: quads,
      grid_x: gridX,
      ...readVarianceParams(array.cell),
      per_curve_us: 1 / curveEndUs(array.cell),
    },
    workgroups: [gridX, gridY, array.chips],
    elements: {
      conductance: array.chips * cellStride,
      curves: curved ? cellTableLength(array.cell) : 0,
      effective: wired ? array.chips * cellStride : 0,
      gain: wired ? array.chips * cellStride : 0,
      difference: array.chips * quads * 4,
      variance: withVariance ? array.chips * quads * 4 : 0,
    },
  };
}
