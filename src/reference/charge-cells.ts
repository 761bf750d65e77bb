import type { ChargeModel } from '../device/charge-array.ts';
import { lineShares } from './charge-mvm.ts';
import { randomWords, streams, toNormals } from './rng.ts';

/** Shares of the cells of one column of a chip's array for one head, `[dim, 4 planes]` in float64, with the draws of charge-cells. */
export function chargeCellsReference(
  model: ChargeModel,
  place: { readonly chip: number; readonly head: number; readonly column: number; readonly dim: number },
  seed: number,
): Float64Array {
  const { chip, head, column, dim } = place;
  const capacitances = new Float64Array(4 * dim);
  for (let n = 0; n < dim; n++) {
    const element = (head * model.columns + column) * dim + n;
    const draws = toNormals(randomWords(seed, chip, streams.capacitorMismatch, element, 0));
    draws.forEach((draw, p) => {
      capacitances[4 * n + p] = 1 + model.capacitorMismatch * draw;
    });
  }
  return lineShares(capacitances, model.parasiticRatio);
}
