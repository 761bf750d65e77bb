import { stuckUs } from '../device/cell-state.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/**
 * Plans putting stuck cells of a given map into a programmed array. Binds `faults`, a byte for each cell (0 none, 1 stuck low,
 * 2 stuck high) in words of 4, lowest byte first: [cell stride / 4], or with `perChip` [chips, cell stride / 4]; and
 * `conductance` (uS) as programmed.
 */
export function planCrossbarFaults(array: CrossbarArray, perChip: boolean): Launch {
  const { cellStride } = crossbarSizes(array);
  const quads = cellStride / 4;
  const [gridX, gridY] = foldGrid(Math.ceil(quads / 64));
  const { low, high } = stuckUs(array.cell);
  return {
    program: shaders['crossbar-faults'],
    entry: 'main',
    constants: { PER_CHIP: perChip ? 1 : 0 },
    params: { quads, grid_x: gridX, low_us: low, high_us: high },
    workgroups: [gridX, gridY, array.chips],
    elements: { faults: quads * (perChip ? array.chips : 1), conductance: array.chips * cellStride },
  };
}
