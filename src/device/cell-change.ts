import { fail } from '../errors.ts';
import type { CellChoice, CellModel } from './cell.ts';
import { type Curve, type CurveInput, curveFrom, formula, polynomial, scaleCurve } from './curve.ts';

/** Puts a user's changes over a preset. Throws `CELL_VALUE` for two that say the same, and for curves that are none. */
export function applyChange(base: CellModel, change: CellChoice): CellModel {
  const { programming, relaxation, readNoise, clampUs } = change;
  atMostOne('conductanceMinUs', 'onOffRatio', change);
  const maxUs = base.conductanceMaxUs;
  const byRatio = change.onOffRatio === undefined ? base.conductanceMinUs : maxUs / change.onOffRatio;
  const minUs = change.conductanceMinUs ?? byRatio;
  const ageS = base.ageS;
  const curve = (path: string, input: CurveInput | undefined, otherwise: Curve) =>
    input === undefined ? otherwise : curveFrom(path, input, { minUs, maxUs, ageS });
  return {
    ...base,
    name: change.name ?? base.name,
    source: change.source ?? base.source,
    conductanceMinUs: minUs,
    programming: {
      ...base.programming,
      kind: programming?.kind ?? base.programming.kind,
      sigmaUs: curve(
        'programming.sigmaUs',
        programming?.sigmaUs,
        shorthandSigma(change, maxUs) ?? base.programming.sigmaUs,
      ),
      clampUs: clampUs ?? base.programming.clampUs,
    },
    drift: changedDrift(base, change, curve),
    relaxation: {
      meanShiftUs: curve('relaxation.meanShiftUs', relaxation?.meanShiftUs, base.relaxation.meanShiftUs),
      sigmaUs: curve('relaxation.sigmaUs', relaxation?.sigmaUs, base.relaxation.sigmaUs),
    },
    slowNoise: { ...base.slowNoise, ...change.slowNoise },
    clampUs: clampUs ?? base.clampUs,
    readNoise: {
      ...base.readNoise,
      ...readNoise,
      sigmaUs: curve('readNoise.sigmaUs', readNoise?.sigmaUs, base.readNoise.sigmaUs),
    },
    stuckAt: { ...base.stuckAt, ...change.stuckAt },
    levels: change.levels ?? base.levels,
  };
}

type Changed = (path: string, input: CurveInput | undefined, otherwise: Curve) => Curve;

function changedDrift(base: CellModel, { drift }: CellChoice, curve: Changed): CellModel['drift'] {
  const referenceS = drift?.referenceS ?? base.drift.referenceS;
  if (!(referenceS > 0 && Number.isFinite(referenceS))) {
    throw fail('CELL_VALUE', `drift.referenceS is ${referenceS}`, 'give a time above 0 s');
  }
  return {
    referenceS,
    logTime: Math.log((base.ageS + referenceS) / referenceS),
    exponentMean: curve('drift.exponentMean', drift?.exponentMean, base.drift.exponentMean),
    exponentSigma: curve('drift.exponentSigma', drift?.exponentSigma, base.drift.exponentSigma),
    direction: drift?.direction ?? base.drift.direction,
  };
}

const shorthands = ['relativeSigma', 'absoluteSigmaUs', 'independentSigma', 'inverseSigma'] as const;

function shorthandSigma(change: CellChoice, maxUs: number): Curve | undefined {
  const given = shorthands.filter((name) => change[name] !== undefined);
  const names = [...given, ...(change.programming?.sigmaUs === undefined ? [] : ['programming.sigmaUs'])];
  if (names.length > 1) throw fail('CELL_VALUE', `both ${names[0]} and ${names[1]} are given`, 'give one of the two');
  const [name] = given;
  if (name === undefined) return undefined;
  const value = change[name]!;
  if (name === 'relativeSigma') return polynomial(0, value);
  if (name === 'absoluteSigmaUs') return polynomial(value);
  if (name === 'independentSigma') return polynomial(value * maxUs);
  // A cell that does not conduct has no error: the quotient has no value there.
  return scaleCurve(formula(maxUs, { below: 1e-6, polynomial: [0] }, { power: [value, -1] }), maxUs);
}

function atMostOne(one: keyof CellChoice, other: keyof CellChoice, change: CellChoice): void {
  if (change[one] === undefined || change[other] === undefined) return;
  throw fail('CELL_VALUE', `both ${one} and ${other} are given`, 'give one of the two');
}
