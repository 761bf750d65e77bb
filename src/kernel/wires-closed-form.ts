import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type CrossbarWindow, currentElements } from './crossbar-mvm.ts';

/**
 * Plans AIHWKit's closed form of the drop along column wires, on currents as the product left them. Binds `drive`, `difference` and
 * `current` as `planCrossbarMvm`. `fullV` is the row voltage that counts as an input of 1.
 */
export function planClosedForm(
  array: CrossbarArray,
  cycles: number,
  window: CrossbarWindow,
  columnOhm: number,
  fullV: number,
): Launch {
  const { slices, tiles, rowTiling, tileQuads, paddedRows, columnBlocks } = crossbarSizes(array);
  const currents = currentElements(array, cycles, window.chips, window.inputs);
  const lanes = currents / 4;
  const [gridX, gridY] = foldGrid(Math.ceil(lanes / 64));
  return {
    program: shaders['wires-closed-form'],
    entry: 'main',
    constants: {},
    params: {
      rows: array.rows,
      inputs: window.inputs,
      first_chip: window.firstChip,
      slices,
      cycles,
      tiles,
      tile_rows: rowTiling.base,
      longer_tiles: rowTiling.longer,
      tile_quads: tileQuads,
      column_blocks: columnBlocks,
      ohm_per_volt: (columnOhm * 1e-6) / fullV,
      lanes,
      grid_x: gridX,
    },
    workgroups: [gridX, gridY, 1],
    elements: {
      drive: cycles * window.inputs * paddedRows,
      difference: (window.firstChip + window.chips) * slices * paddedRows * columnBlocks * 4,
      current: currents,
    },
  };
}
