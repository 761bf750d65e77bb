import { type CrossbarArray, crossbarSizes, faultThresholds, weightCodeMax } from '../device/crossbar-array.ts';
import type { Launch } from '../gpu/launch.ts';
import { foldGrid } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

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
 * Plans the programming of an array. Binds `weights` [rows, columns] and `conductance` (uS)
 * [chips, slices, sides, rows, physical columns], each chip padded to a multiple of 4 elements.
 */
export function planCrossbarProgram(array: CrossbarArray, draws: Draws): Launch {
  const { rows, columns, chips, cell } = array;
  const { sides, physicalColumns, cellStride } = crossbarSizes(array);
  const quads = cellStride / 4;
  const [gridX, gridY] = foldGrid(Math.ceil(quads / 64));
  const span = cell.conductanceMaxUs - cell.conductanceMinUs;
  const { levels, programming, relaxation, stuckAt } = cell;
  const codeMax = weightCodeMax(array);
  const [e0, e1, e2, e3, e4] = programming.sigmaUs;
  const [r0, r1, r2, r3, r4] = relaxation.sigmaUs;
  const hasError = !draws.nominal && programming.sigmaUs.some((c) => c !== 0);
  const hasRelaxation = !draws.nominal && (relaxation.meanShiftUs !== 0 || relaxation.sigmaUs.some((c) => c !== 0));
  const thresholds = faultThresholds(stuckAt);
  return {
    program: shaders['crossbar-program'],
    entry: 'main',
    constants: {
      OFFSET: array.mapping === 'offset' ? 1 : 0,
      INTEGER: array.weightBits === 0 ? 0 : 1,
      ERROR: hasError ? (programming.kind === 'uniform' ? 2 : 1) : 0,
      RELAXATION: hasRelaxation ? 1 : 0,
      FAULTS: !draws.nominal && thresholds.high > 0 ? 1 : 0,
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
      min_us: cell.conductanceMinUs,
      span_us: span,
      level_step: levels > 0 ? span / (levels - 1) : 1,
      level_max: levels > 0 ? levels - 1 : 0,
      ...{ e0, e1, e2, e3, e4, r0, r1, r2, r3, r4 },
      shift_us: relaxation.meanShiftUs,
      clamp_low: cell.clampUs[0],
      clamp_high: cell.clampUs[1],
      low_below: thresholds.low,
      high_below: thresholds.high,
    },
    workgroups: [gridX, gridY, chips],
    elements: { weights: rows * columns, conductance: chips * cellStride },
  };
}

/**
 * Plans the layout for multiplication. Binds `conductance` as programmed, `difference` and `squares`
 * [chips, slices, padded rows, column blocks * 4]; `squares` may be any tensor where `withSquares` is false.
 */
export function planCrossbarCombine(array: CrossbarArray, withSquares: boolean): Launch {
  const { sides, slices, physicalColumns, cellStride, columnBlocks, tileQuads, paddedRows } = crossbarSizes(array);
  const quads = slices * paddedRows * columnBlocks;
  const [gridX, gridY] = foldGrid(Math.ceil(quads / 64));
  return {
    program: shaders['crossbar-combine'],
    entry: 'main',
    constants: { SQUARES: withSquares ? 1 : 0 },
    params: {
      rows: array.rows,
      physical_columns: physicalColumns,
      sides,
      cells_stride: cellStride,
      tile_rows: array.tileRows,
      tile_stride: tileQuads * 4,
      padded_rows: paddedRows,
      column_blocks: columnBlocks,
      blocks: quads,
      grid_x: gridX,
    },
    workgroups: [gridX, gridY, array.chips],
    elements: {
      conductance: array.chips * cellStride,
      difference: array.chips * quads * 4,
      squares: withSquares ? array.chips * quads * 4 : 0,
    },
  };
}
