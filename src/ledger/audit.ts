import { type FigureLedger, type TechnologyChange, unchanged, usedElasticities } from './elasticity.ts';
import type { Figure } from './figure.ts';
import type { Source } from './quantity.ts';
import { type ConstantKind, constantKind, constantsOf, type Technology } from './technology.ts';

/** Complaints about a technology's constants: no usable source, not a number of 0 or more, a span that leaves the value out. Empty = sound. */
export function auditTechnology(technology: Technology): readonly string[] {
  const complaints: string[] = [];
  for (const [path, constant] of constantsOf(technology)) {
    const { value, unit, low = value, high = value } = constant;
    if (!hasSource(constant.source)) complaints.push(`${technology.name}: ${path} has no source`);
    if (!(Number.isFinite(value) && value >= 0)) complaints.push(`${technology.name}: ${path} is ${value}`);
    if (!(low <= value && value <= high))
      complaints.push(`${technology.name}: ${path} is not between ${low} and ${high}`);
    const wanted = units[constantKind(path)];
    if (unit !== wanted) complaints.push(`${technology.name}: ${path} is in "${unit}", not "${wanted}"`);
  }
  for (const [name, { instances }] of Object.entries(technology.components)) {
    if (!(Number.isFinite(instances) && instances >= 0))
      complaints.push(`${technology.name}: ${name} has ${instances} instances`);
  }
  return complaints;
}

/** Complaints about figures: no source, or called predicted although a constant of `technology` was fitted to them. Empty = sound. */
export function auditFigures(figures: readonly Figure[], technology: Technology): readonly string[] {
  const complaints: string[] = [];
  for (const figure of figures) {
    if (!hasSource(figure.source)) complaints.push(`${figure.name} has no source`);
    if (figure.standing !== 'predicted') continue;
    for (const [path, constant] of constantsOf(technology)) {
      if (!constant.fittedTo?.includes(figure.name)) continue;
      complaints.push(`${figure.name} is called predicted, but ${technology.name}: ${path} was fitted to it`);
    }
  }
  return complaints;
}

/**
 * Complaints about a ledger: its table, its figures, and figures that are called predicted although they hang on a constant that
 * was fitted to anything, be it under another name. Empty = sound.
 */
export function auditLedger(ledger: (change: TechnologyChange) => FigureLedger): readonly string[] {
  const { technology, figures } = ledger(unchanged);
  const complaints = [...auditTechnology(technology), ...auditFigures(figures, technology)];
  const fitted = new Map([...constantsOf(technology)].filter(([, { fittedTo }]) => fittedTo));
  const standing = new Map(figures.map((figure) => [figure.name, figure.standing]));
  for (const [name, rows] of Object.entries(usedElasticities(ledger))) {
    if (standing.get(name) !== 'predicted') continue;
    for (const { constant, elasticity } of rows) {
      const targets = fitted.get(constant)?.fittedTo;
      if (!targets || elasticity === 0) continue;
      complaints.push(
        `${name} is called predicted, but hangs on ${constant}, which was fitted to ${targets.join('; ')}`,
      );
    }
  }
  return complaints;
}

const units: Readonly<Record<ConstantKind, string>> = { energy: 'pJ', time: 'ns', area: 'um2' };

function hasSource(source: Source | undefined): boolean {
  return !!source && !!source.ref?.trim() && !!source.where?.trim() && ['A', 'B', 'C', 'D'].includes(source.grade);
}
