import { fail } from '../errors.ts';
import type { Grade } from '../source.ts';
import type { Counts } from './counts.ts';
import type { Figure } from './figure.ts';
import type { Quantity } from './quantity.ts';
import { constantsOf, energyByComponent, mapConstants, type Technology } from './technology.ts';

/** How much a figure hangs on one constant. */
export interface Elasticity {
  /** Path of the constant, as `constantsOf` names it. */
  readonly constant: string;
  /** d ln(figure) / d ln(constant): by how many per cent the figure moves when the constant moves by one; 0 where it is not used. */
  readonly elasticity: number;
  readonly value: number;
  readonly unit: string;
  readonly grade: Grade;
  /** The figure with the constant at either end of its span, as a multiple of the figure; where the constant has a span. */
  readonly span?: { readonly atLow: number; readonly atHigh: number };
}

/** What figures hang on, by the figure's name and largest first. */
export type Elasticities = Readonly<Record<string, readonly Elasticity[]>>;

/**
 * Makes a changed cost table out of one that a ledger has built; a ledger applies it to each of its tables before it prices
 * anything. A ledger with tables at several points, such as supplies, has all of them moved by the same factor.
 */
export type TechnologyChange = (technology: Technology) => Technology;

/** The change that changes nothing. */
export const unchanged: TechnologyChange = (technology) => technology;

/** A ledger as far as its figures go. */
export interface FigureLedger {
  readonly figures: readonly Figure[];
  readonly technology: Technology;
}

/**
 * Elasticities of the energy of `counts` to every constant of `technology`, largest first. They are the constants' shares of the
 * total, exactly, and add up to 1; all are 0 for a run without energy. Throws as `energyByComponent`.
 */
export function elasticities(counts: Counts, technology: Technology): readonly Elasticity[] {
  const rows = energyByComponent(counts, technology);
  const total = rows.reduce((sum, row) => sum + row.energyPj, 0);
  const countOf = new Map(rows.map((row) => [`${row.component}.${row.action}.energyPj`, row.count]));
  const found = [...constantsOf(technology)].map(([path, constant]) => {
    const count = total > 0 ? (countOf.get(path) ?? 0) : 0;
    const share = (value: number) => (count * value) / (total || 1);
    return elasticityOf(path, constant, share(constant.value), (value) => 1 + share(value - constant.value));
  });
  return found.sort(byWeight);
}

/**
 * Elasticities of every calculated figure that `ledger` gives as one number, by the figure's name and largest first. The ledger
 * is evaluated again with each constant a ten-thousandth down and up, so that a slowest stage counts as it does in the
 * schedule, and at the ends of its span. Published and measured figures hang on no constant, ranges have no one slope: they are left out.
 * Throws `LEDGER_FIGURES` for a ledger whose figures change their names with a constant.
 */
export function ledgerElasticities(ledger: (change: TechnologyChange) => FigureLedger): Elasticities {
  const { technology, figures } = ledger(unchanged);
  const base = valuesOf(figures);
  const found = new Map([...base.keys()].map((name) => [name, [] as Elasticity[]]));
  for (const [path, constant] of constantsOf(technology)) {
    const figuresAt = remember((value: number) => valuesOf(ledger(withConstant(path, constant.value, value)).figures));
    for (const [name, rows] of found) {
      const at = (value: number) => valueAt(figuresAt(value), name, path, value);
      const relative = (value: number) => (value === constant.value ? 1 : at(value) / base.get(name)!);
      rows.push(elasticityOf(path, constant, slopeAt(constant.value, at), relative));
    }
  }
  return Object.fromEntries([...found].map(([name, rows]) => [name, rows.sort(byWeight)]));
}

/** {@link ledgerElasticities} without the constants that do not move a figure: those that are not named have 0. */
export function usedElasticities(ledger: (change: TechnologyChange) => FigureLedger): Elasticities {
  const moves = ({ elasticity, span }: Elasticity) =>
    Math.abs(elasticity) > negligible ||
    (span && Math.max(Math.abs(span.atLow - 1), Math.abs(span.atHigh - 1)) > negligible);
  return Object.fromEntries(
    Object.entries(ledgerElasticities(ledger)).map(([name, rows]) => [name, rows.filter(moves)]),
  );
}

// Far above the rounding of a difference of float64 numbers.
const negligible = 1e-9;

// Small enough for the second order to vanish (1e-8), large enough for a difference of float64 numbers.
const step = 1e-4;

/** d ln(at) / d ln(value); 0 where the constant or the figure is 0. */
function slopeAt(value: number, at: (value: number) => number): number {
  if (value === 0) return 0;
  const slope = Math.log(at(value * (1 + step)) / at(value * (1 - step))) / Math.log((1 + step) / (1 - step));
  return Number.isFinite(slope) ? slope : 0;
}

function elasticityOf(
  path: string,
  { value, unit, source, low, high }: Quantity,
  elasticity: number,
  relative: (value: number) => number,
): Elasticity {
  const row = { constant: path, elasticity, value, unit, grade: source.grade };
  if (low === undefined && high === undefined) return row;
  return { ...row, span: { atLow: relative(low ?? value), atHigh: relative(high ?? value) } };
}

/** Moves a constant from `base` to `value`; by the factor between them, where the table at hand has it at another point. */
function withConstant(path: string, base: number, value: number): TechnologyChange {
  const moved = (own: number) => (own === base || base === 0 ? value : own * (value / base));
  return (technology) =>
    mapConstants(technology, (other, constant) =>
      other === path ? { ...constant, value: moved(constant.value) } : constant,
    );
}

/** Figures that follow from constants and have one value, by name. */
function valuesOf(figures: readonly Figure[]): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const { name, value, standing } of figures) {
    if (typeof value === 'number' && (standing === 'predicted' || standing === 'calibrated')) values.set(name, value);
  }
  return values;
}

function valueAt(values: ReadonlyMap<string, number>, name: string, path: string, value: number): number {
  const found = values.get(name);
  if (found !== undefined) return found;
  const what = `the figure "${name}" is gone when ${path} is ${value}`;
  throw fail('LEDGER_FIGURES', what, 'give figures names that do not depend on constants');
}

function remember<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key)!;
  };
}

const byWeight = (a: Elasticity, b: Elasticity) =>
  Math.abs(b.elasticity) - Math.abs(a.elasticity) || (a.constant < b.constant ? -1 : 1);
