import type { CellModel } from '../device/cell.ts';
import { cellEffects } from '../device/cell-state.ts';
import { curveEndUs } from '../device/cell-tables.ts';

/** Form of a read's variance in the shaders: 0 the same for all cells, 1 by the conductance, 2 with a curve as well. */
export function readVarianceForm(cell: CellModel): 0 | 1 | 2 {
  const { readNoise, curvedRead } = cellEffects(cell);
  return readNoise !== 'state' ? 0 : curvedRead ? 2 : 1;
}

/** Overrides and parameters of the shaders that draw a read's deviation in every cell, and bind `cellTables(cell)` as `curves`. */
export function noisyReadParams(cell: CellModel) {
  const { kind, clampUs } = cell.readNoise;
  return {
    constants: {
      VARIANCE: cellEffects(cell).curvedRead ? 2 : 1,
      UNIFORM_READ: kind === 'uniform' ? 1 : 0,
      CLAMP_READ: clampUs ? 1 : 0,
    },
    params: {
      ...readVarianceParams(cell),
      per_curve_us: 1 / curveEndUs(cell),
      read_low: clampUs?.[0] ?? 0,
      read_high: clampUs?.[1] ?? 0,
    },
  };
}

/** Variance (uS^2) of a read as a quadratic of the conductance, lowest power first, as the shaders take it. */
export function readVarianceParams({ readNoise, conductanceMaxUs }: CellModel) {
  return {
    variance0: readNoise.absoluteUs ** 2,
    variance1: readNoise.root ** 2 * conductanceMaxUs,
    variance2: readNoise.relative ** 2,
  };
}
