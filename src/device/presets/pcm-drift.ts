import { fail } from '../../errors.ts';
import type { CellModel } from '../cell.ts';
import { type CurvePiece, formula, scaleCurve } from '../curve.ts';

/** A power law of time and slow noise as AIHWKit's fits give them, in shares of the highest conductance. */
export interface DriftFit {
  /** Age after programming at which the conductance was first read. */
  readonly referenceS: number;
  /** Length of one read, which ends the slow noise's spectrum. */
  readonly readS: number;
  readonly exponentMean: readonly CurvePiece[];
  readonly exponentSigma: readonly CurvePiece[];
  /** Slow noise over one e-fold of time, as a share of the conductance. */
  readonly slowShare: readonly CurvePiece[];
}

/** The cell at an age; just programmed it has neither drift nor slow noise. Throws `CELL_AGE`. */
export function drifting(fresh: CellModel, ageS: number, fit: DriftFit): CellModel {
  if (!(ageS >= 0 && Number.isFinite(ageS))) {
    throw fail('CELL_AGE', `${fresh.name} has no data at ${ageS} s`, 'use 0 (just programmed) or an age above 0 s');
  }
  const { referenceS, readS, exponentMean, exponentSigma, slowShare } = fit;
  const max = fresh.conductanceMaxUs;
  // The source counts its clock from the reference time, and the noise with it.
  const clockS = ageS + referenceS;
  const accumulated = ageS === 0 ? 0 : Math.sqrt(Math.log((clockS + readS) / (2 * readS)));
  return {
    ...fresh,
    ageS,
    drift: {
      referenceS,
      logTime: Math.log(clockS / referenceS),
      exponentMean: formula(max, ...exponentMean),
      exponentSigma: formula(max, ...exponentSigma),
      direction: 'down',
    },
    slowNoise: {
      sigma: scaleCurve(formula(max, ...slowShare), accumulated),
      relative: true,
      of: 'programmed',
      drawn: 'once',
    },
  };
}
