import type { CellModel } from './cell.ts';
import { cellEffects, curvedReadSigmaUs, plainCurves, programmingSigmaUs } from './cell-state.ts';
import { evaluateCurve } from './curve.ts';

/** Intervals of a cell's sampled curves; the shader has the same number. */
export const curveIntervals = 1024;

/** Highest conductance (uS) that the sampled curves of a cell reach: twice what is programmed, beyond any error. */
export function curveEndUs(cell: CellModel): number {
  return 2 * cell.conductanceMaxUs;
}

/**
 * The curves of a cell as shaders read them, sampled at (i / intervals)^2 of {@link curveEndUs}, i from 0 to the number of
 * intervals: first, for targets, (programming sigma, mean shift, relaxation sigma, mean of the drift exponent); then (sigma
 * of the drift exponent by target; slow noise by conductance; curved read sigma by conductance; 0). Lines between samples
 * follow the published fits to 1e-5 of their value, but for the interval round a corner. Empty where polynomials do.
 */
export function cellTables(cell: CellModel): Float32Array {
  const table = new Float32Array(cellTableLength(cell));
  if (table.length === 0) return table;
  const second = 4 * (curveIntervals + 1);
  for (let i = 0; i <= curveIntervals; i++) {
    const g = curveEndUs(cell) * (i / curveIntervals) ** 2;
    table[4 * i] = programmingSigmaUs(cell, g);
    table[4 * i + 1] = evaluateCurve(cell.relaxation.meanShiftUs, g);
    table[4 * i + 2] = Math.max(0, evaluateCurve(cell.relaxation.sigmaUs, g));
    table[4 * i + 3] = evaluateCurve(cell.drift.exponentMean, g);
    table[second + 4 * i] = evaluateCurve(cell.drift.exponentSigma, g);
    table[second + 4 * i + 1] = evaluateCurve(cell.slowNoise.sigma, g);
    table[second + 4 * i + 2] = curvedReadSigmaUs(cell, g);
  }
  return table;
}

/** Elements of {@link cellTables}. */
export function cellTableLength(cell: CellModel): number {
  const { slowNoise, curvedRead } = cellEffects(cell);
  return slowNoise || curvedRead || !plainCurves(cell) ? 8 * (curveIntervals + 1) : 0;
}
