import type { CellModel } from '../device/cell.ts';
import { cellEffects } from '../device/cell-state.ts';

/** Form of a read's variance in the shaders: 0 the same for all cells, 1 by the conductance, 2 with a curve as well. */
export function readVarianceForm(cell: CellModel): 0 | 1 | 2 {
  const { readNoise, curvedRead } = cellEffects(cell);
  return readNoise !== 'state' ? 0 : curvedRead ? 2 : 1;
}

/** Variance (uS^2) of a read as a quadratic of the conductance, lowest power first, as the shaders take it. */
export function readVarianceParams({ readNoise, conductanceMaxUs }: CellModel) {
  return {
    variance0: readNoise.absoluteUs ** 2,
    variance1: readNoise.root ** 2 * conductanceMaxUs,
    variance2: readNoise.relative ** 2,
  };
}
