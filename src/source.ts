/**
 * Where a constant comes from.
 * `ref` names the publication or code, `where` the place in it or the arithmetic, `grade` how far to trust it:
 * A = the authors' own words or code, B = a third party that read the original, C = derived by arithmetic from A or B,
 * D = an engineering default of this package.
 */
export interface Source {
  readonly ref: string;
  readonly where: string;
  readonly grade: Grade;
}

/** Trust in a constant, best first; see {@link Source}. */
export type Grade = 'A' | 'B' | 'C' | 'D';

/** Builds a frozen {@link Source}. */
export function source(grade: Grade, ref: string, where: string): Source {
  return Object.freeze({ ref, where, grade });
}

/** The least trusted of some grades; `A` for none. */
export function worstGrade(grades: Iterable<Grade>): Grade {
  let worst: Grade = 'A';
  for (const grade of grades) if (grade > worst) worst = grade;
  return worst;
}
