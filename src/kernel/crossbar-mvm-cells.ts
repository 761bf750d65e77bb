import { cellEffects } from '../device/cell-state.ts';
import { cellTableLength } from '../device/cell-tables.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { noisyReadParams } from './cell-read.ts';
import { type CrossbarReadout, type CrossbarWindow, currentElements } from './crossbar-mvm.ts';

/**
 * Plans the column currents with read noise in every cell. Binds `drive`, `conductance` as programmed, `curves` as
 * `cellTables` makes them (any tensor where the read noise has none) and `current` (uA), as `planCrossbarMvm` writes it.
 * Throws `CROSSBAR_SIZE` for more cells and cycles than the generator can tell apart.
 */
export function planCrossbarMvmCells(
  array: CrossbarArray,
  cycles: number,
  window: CrossbarWindow,
  readout: Pick<CrossbarReadout, 'seed' | 'firstChip' | 'firstEvent'>,
): Launch {
  const { slices, sides, tiles, tileQuads, paddedRows, physicalColumns, columnBlocks, cellStride, rowTiling } =
    crossbarSizes(array);
  const draws = cycles * slices * sides * array.rows * columnBlocks;
  if (draws >= 2 ** 32) {
    throw fail(
      'CROSSBAR_SIZE',
      `a read takes ${draws} blocks of 4 draws`,
      'use fewer than 2^32: fewer rows or columns',
    );
  }
  const items = window.inputs * columnBlocks;
  const [gridX, gridY] = foldGrid(Math.ceil(items / 64));
  const noise = noisyReadParams(array.cell);
  return {
    program: shaders['crossbar-mvm-cells'],
    entry: 'main',
    constants: noise.constants,
    params: {
      rows: array.rows,
      physical_columns: physicalColumns,
      sides,
      cells_stride: cellStride,
      inputs: window.inputs,
      first_chip: window.firstChip,
      slices,
      cycles,
      tiles,
      tile_rows: rowTiling.base,
      longer_tiles: rowTiling.longer,
      tile_quads: tileQuads,
      column_blocks: columnBlocks,
      items,
      grid_x: gridX,
      seed: readout.seed,
      chip_index: readout.firstChip + window.firstChip,
      event: readout.firstEvent + window.firstInput,
      ...noise.params,
    },
    workgroups: [gridX, gridY, window.chips * slices * cycles * tiles],
    elements: {
      drive: cycles * window.inputs * paddedRows,
      conductance: (window.firstChip + window.chips) * cellStride,
      curves: cellEffects(array.cell).curvedRead ? cellTableLength(array.cell) : 0,
      current: currentElements(array, cycles, window.chips, window.inputs),
    },
  };
}
