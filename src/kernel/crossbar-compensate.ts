import { cellEffects } from '../device/cell-state.ts';
import { cellTableLength } from '../device/cell-tables.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { noisyReadParams } from './cell-read.ts';
import type { CrossbarWindow } from './crossbar-mvm.ts';

/** How an array is read out for drift compensation. */
export interface CellReadout {
  /** Whether cells are read with their noise, each by itself. */
  readonly noisy: boolean;
  readonly seed: number;
  readonly firstChip: number;
  /** Number of the first wordline's read, in the stream of such reads. */
  readonly firstEvent: number;
}

/** Elements of `sums`: [chips, columns padded to a multiple of 4]. */
export function readoutElements({ chips, columns }: Pick<CrossbarArray, 'chips' | 'columns'>): number {
  return chips * Math.ceil(columns / 4) * 4;
}

/**
 * Plans the read-out of every cell. Binds `conductance` as programmed, `curves` as `cellTables` makes them (any tensor where
 * the read noise has none), `offsets` (uS) [slices], what is taken away digitally, and `sums` as {@link readoutElements}: per
 * column the magnitudes of its weights, in uS of the lowest slice.
 */
export function planCrossbarReadout(array: CrossbarArray, readout: CellReadout): Launch {
  const { slices, sides, physicalColumns, columnBlocks, cellStride, columnTiling, referenceColumns } =
    crossbarSizes(array);
  const outputBlocks = Math.ceil(array.columns / 4);
  const noise = noisyReadParams(array.cell);
  return {
    program: shaders['crossbar-readout'],
    entry: 'main',
    constants: { ...noise.constants, NOISE: readout.noisy ? 1 : 0, REFERENCE: referenceColumns > 0 ? 1 : 0 },
    params: {
      rows: array.rows,
      columns: array.columns,
      physical_columns: physicalColumns,
      sides,
      slices,
      cells_stride: cellStride,
      column_blocks: columnBlocks,
      output_blocks: outputBlocks,
      tile_columns: columnTiling.base,
      longer_tiles: columnTiling.longer,
      seed: readout.seed,
      chip_index: readout.firstChip,
      event: readout.firstEvent,
      radix: array.weightBits === 0 ? 1 : 2 ** array.sliceBits,
      ...noise.params,
    },
    workgroups: [Math.ceil(outputBlocks / 64), 1, array.chips],
    elements: {
      conductance: array.chips * cellStride,
      curves: cellEffects(array.cell).curvedRead ? cellTableLength(array.cell) : 0,
      offsets: slices,
      sums: readoutElements(array),
    },
  };
}

/** Plans multiplying products by their factors. Binds `factors` [all chips, columns] and `y` [all chips, all inputs, columns]. */
export function planCrossbarCompensate({ columns }: Pick<CrossbarArray, 'columns'>, window: CrossbarWindow): Launch {
  const items = window.inputs * columns;
  const [gridX, gridY] = foldGrid(Math.ceil(items / 64));
  const chips = window.firstChip + window.chips;
  return {
    program: shaders['crossbar-compensate'],
    entry: 'main',
    constants: {},
    params: {
      columns,
      inputs: window.inputs,
      all_inputs: window.allInputs,
      first_input: window.firstInput,
      first_chip: window.firstChip,
      items,
      grid_x: gridX,
    },
    workgroups: [gridX, gridY, window.chips],
    elements: { factors: chips * columns, y: chips * window.allInputs * columns },
  };
}
