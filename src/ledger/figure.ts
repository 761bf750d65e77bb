import { fail } from '../errors.ts';
import { type Source, source, worstGrade } from '../source.ts';
import { type ConstantKind, constantKind, constantsOf, type Technology } from './technology.ts';

/** What a figure counts and under which conditions; a field that is absent is not known or does not apply. */
export interface Basis {
  /** Whether operations that sparsity skipped are counted (`dense-equivalent`) or not (`executed`). */
  readonly operations?: 'dense-equivalent' | 'executed';
  readonly bits?: number;
  readonly scope?: 'array' | 'core' | 'chip' | 'system';
  readonly supplyV?: number;
  /** Share of the entries that is skipped, 0 to 1. */
  readonly sparsity?: number;
  readonly note?: string;
}

/** `measured` on this run's adapter, `predicted` from component constants, `calibrated` to come out so, or a paper's own. */
export type Standing = 'measured' | 'predicted' | 'calibrated' | 'published';

/** A reported number, or the two ends of a published range, with what it means and where it comes from. */
export interface Figure {
  readonly name: string;
  readonly value: number | readonly [low: number, high: number];
  readonly unit: string;
  readonly basis: Basis;
  readonly standing: Standing;
  readonly source: Source;
}

/** A figure measured in this run; `where` names the adapter or the data. */
export function measuredFigure(name: string, value: number, unit: string, basis: Basis, where: string): Figure {
  return figure({ name, value, unit, basis, standing: 'measured', source: source('A', 'this run', where) });
}

/** A figure computed from a technology's constants. Its grade is that of the least trusted of them. */
export function predictedFigure(
  name: string,
  value: number,
  unit: string,
  basis: Basis,
  technology: Technology,
): Figure {
  const from = source(
    worstGradeOf(technology),
    technology.name,
    'counts of this run times the constants of this table',
  );
  return figure({ name, value, unit, basis, standing: 'predicted', source: from });
}

/**
 * A figure computed from all constants of some kinds: predicted, or calibrated where any of those was fitted to anything, as
 * it then comes out partly because it was made to.
 */
export function calculatedFigure(
  name: string,
  value: number,
  unit: string,
  basis: Basis,
  technology: Technology,
  kinds: readonly ConstantKind[],
): Figure {
  const fitted = [...constantsOf(technology)].filter(
    ([path, { fittedTo }]) => fittedTo && kinds.includes(constantKind(path)),
  );
  if (fitted.length === 0) return predictedFigure(name, value, unit, basis, technology);
  const where = `counts of this run times the constants of this table, of which ${fitted.map(([path]) => path).join(', ')} ${fitted.length === 1 ? 'is' : 'are'} fitted to published figures`;
  return calibratedFigure(name, value, unit, basis, technology, where);
}

/** A figure that comes out as it does because a constant was set so; `where` names the constant and the target. */
export function calibratedFigure(
  name: string,
  value: number,
  unit: string,
  basis: Basis,
  technology: Technology,
  where: string,
): Figure {
  const from = source(worstGradeOf(technology), technology.name, where);
  return figure({ name, value, unit, basis, standing: 'calibrated', source: from });
}

/** A paper's own figure, shown for reference. */
export function publishedFigure(
  name: string,
  value: Figure['value'],
  unit: string,
  basis: Basis,
  from: Source,
): Figure {
  return figure({ name, value, unit, basis, standing: 'published', source: from });
}

/** Checks and freezes a figure. Throws `FIGURE_VALUE` for a number that is not finite or a range upside down. */
function figure(given: Figure): Figure {
  const { name, value, basis } = given;
  const ends = typeof value === 'number' ? [value, value] : value;
  if (!ends.every(Number.isFinite) || ends.length !== 2 || ends[0]! > ends[1]!) {
    throw fail(
      'FIGURE_VALUE',
      `the figure "${name}" is ${ends.join(' to ')}`,
      'give a finite number, or a range [low, high]',
    );
  }
  if (basis.sparsity !== undefined && !(basis.sparsity >= 0 && basis.sparsity <= 1)) {
    throw fail('FIGURE_VALUE', `the figure "${name}" has a sparsity of ${basis.sparsity}`, 'give a share from 0 to 1');
  }
  const frozenValue = typeof value === 'number' ? value : (Object.freeze([...value]) as unknown as Figure['value']);
  return Object.freeze({ ...given, value: frozenValue, basis: Object.freeze({ ...basis }) });
}

const worstGradeOf = (technology: Technology) =>
  worstGrade([...constantsOf(technology)].map(([, constant]) => constant.source.grade));
