import type { CellModel } from '../device/cell.ts';
import { stuckUs } from '../device/cell-state.ts';

/** Conductances (uS) with the stuck cells of a map in them, one code for each cell: 0 none, 1 low, 2 high. */
export function crossbarFaultsReference(
  cell: CellModel,
  cells: ArrayLike<number>,
  codes: ArrayLike<number>,
): Float64Array {
  const { low, high } = stuckUs(cell);
  return Float64Array.from(cells, (g, i) => (codes[i] === 1 ? low : codes[i] === 2 ? high : g));
}
