import { broken } from '../errors.ts';
import { type Elasticity, type FigureLedger, ledgerElasticities, type TechnologyChange } from './elasticity.ts';
import type { Figure, Standing } from './figure.ts';
import { constantsOf } from './technology.ts';

/**
 * How a published figure and ours relate. No outcome says that a paper was reproduced: none of them gives all conditions.
 * `calibrated`: ours comes out because a constant or condition was chosen so. `near`: within 10 %, under conditions of our choice.
 * `around`: ours lie on either side, by a choice that the paper does not tell. `apart`: at least one of ours is further off.
 * `not comparable`: ours is shown, and measures something else. `none`: there is nothing of ours to show.
 */
export type Outcome = 'calibrated' | 'near' | 'around' | 'apart' | 'not comparable' | 'none';

/** A figure of ours beside a published one. */
export interface OwnValue {
  readonly figure: Figure;
  /** Relative distance from the published value (0.1 = 10 % above), 0 within a published range; absent where not comparable. */
  readonly deviation?: number;
  /** The constants that it hangs on most. */
  readonly hangsOn: readonly Elasticity[];
}

/** One claim of a paper, and what we can say about it. */
export interface ValidationRow {
  /** The paper's place in the list, such as `S1`. */
  readonly id: string;
  readonly claim: string;
  /** The paper's figures; none where it claims without a number. */
  readonly published: readonly Figure[];
  readonly ours: readonly OwnValue[];
  /** Weakest standing of our figures; `published` where there is none. */
  readonly standing: Standing;
  readonly outcome: Outcome;
  /** Why ours is what it is, and what is missing for more. */
  readonly reason: string;
}

/** What a row is made of; deviations are from the first published figure. */
export interface RowParts extends Pick<ValidationRow, 'id' | 'claim' | 'published' | 'reason'> {
  readonly ours?: readonly OwnFigure[];
  /** Whether ours measures what the paper does; default true where both are there. */
  readonly comparable?: boolean;
}

/** A figure with its elasticities, all of them, and the constants that were fitted to anything. */
export interface OwnFigure {
  readonly figure: Figure;
  readonly elasticities?: readonly Elasticity[];
  readonly fitted?: ReadonlySet<string>;
}

/**
 * Figures of a ledger with what they hang on, in the order of `names`; a name may be the beginning of one.
 * Throws the run error `VALIDATION_FIGURE` for a name that is not there.
 */
export function ownFigures(
  ledger: (change: TechnologyChange) => FigureLedger,
  names: readonly string[],
): readonly OwnFigure[] {
  const { figures, technology } = ledger((same) => same);
  const found = ledgerElasticities(ledger);
  const fitted = new Set([...constantsOf(technology)].filter(([, { fittedTo }]) => fittedTo).map(([path]) => path));
  return names.map((name) => {
    const figure = figures.find((one) => one.name === name) ?? figures.find((one) => one.name.startsWith(name));
    if (figure) return { figure, elasticities: found[figure.name] ?? [], fitted };
    throw broken('VALIDATION_FIGURE', `${technology.name} has no figure "${name}"`, 'report this as a bug');
  });
}

/**
 * Builds a row: deviations, standing and outcome follow from the figures. Throws the run error `VALIDATION_FITTED` for a figure
 * that is called predicted and hangs on a constant that was fitted to anything.
 */
export function validationRow({ ours = [], published, comparable = true, ...rest }: RowParts): ValidationRow {
  for (const own of ours) refuseFitted(rest.id, own);
  const [target] = published;
  const values = ours.map(({ figure, elasticities = [] }): OwnValue => {
    const deviation = comparable && target ? deviationOf(figure, target) : undefined;
    const hangsOn = elasticities.filter((row) => Math.abs(row.elasticity) >= 0.01).slice(0, 5);
    return { figure, hangsOn, ...(deviation === undefined ? {} : { deviation }) };
  });
  const standing = weakest(values);
  return Object.freeze({ ...rest, published, ours: values, standing, outcome: outcomeOf(values, standing) });
}

function refuseFitted(id: string, { figure, elasticities = [], fitted = new Set() }: OwnFigure): void {
  if (figure.standing !== 'predicted') return;
  const used = elasticities.find((row) => fitted.has(row.constant) && Math.abs(row.elasticity) > 1e-9);
  if (!used) return;
  throw broken(
    'VALIDATION_FITTED',
    `${id}: "${figure.name}" is called predicted and hangs on ${used.constant}, which was fitted`,
    'call it calibrated',
  );
}

function deviationOf(own: Figure, published: Figure): number | undefined {
  if (typeof own.value !== 'number' || own.unit !== published.unit) return undefined;
  const [low, high] = typeof published.value === 'number' ? [published.value, published.value] : published.value;
  if (own.value >= low && own.value <= high) return 0;
  return own.value < low ? own.value / low - 1 : own.value / high - 1;
}

const order: readonly Standing[] = ['measured', 'predicted', 'calibrated', 'published'];

function weakest(values: readonly OwnValue[]): Standing {
  if (values.length === 0) return 'published';
  return order[Math.max(...values.map(({ figure }) => order.indexOf(figure.standing)))]!;
}

function outcomeOf(values: readonly OwnValue[], standing: Standing): Outcome {
  if (values.length === 0) return 'none';
  if (standing === 'calibrated') return 'calibrated';
  const deviations = values.flatMap(({ deviation }) => (deviation === undefined ? [] : [deviation]));
  if (deviations.length === 0) return 'not comparable';
  if (deviations.every((deviation) => Math.abs(deviation) <= 0.1)) return 'near';
  return Math.min(...deviations) <= 0 && Math.max(...deviations) >= 0 ? 'around' : 'apart';
}
