import { fail } from '../errors.ts';
import { randomWords, streams, toNormals } from '../reference/rng.ts';
import { type Source, source } from '../source.ts';

/**
 * A comparator at the foot of a memory column, which says whether an estimate reaches a threshold. Its errors are in steps
 * (LSB) of the estimate: one step is the product of two nibbles that differ by one.
 */
export interface ComparatorModel {
  readonly name: string;
  /** Static per comparator: standard deviation of the offset before calibration. */
  readonly offsetSigmaLsb: number;
  /** Fresh per decision: standard deviation. */
  readonly noiseSigmaLsb: number;
  /** Offsets are trimmed in steps of this and keep the rest, up to half of it; 0 = no calibration. */
  readonly calibrationStepLsb: number;
  /** Where each number comes from, by field. */
  readonly sources: Readonly<Record<ComparatorField, Source>>;
}

/** The fields of {@link ComparatorModel} that carry a source. */
export type ComparatorField = 'offsetSigmaLsb' | 'noiseSigmaLsb' | 'calibrationStepLsb';

/** A preset with changes; `preset` defaults to `ideal`. */
export type ComparatorChoice = { readonly preset?: string } & Partial<Omit<ComparatorModel, 'sources'>>;

const ideal = source('D', 'this package', 'no error by definition');
const unknown = source('D', 'this package', 'no public value; left out');

const presets: Readonly<Record<string, ComparatorModel>> = {
  ideal: {
    name: 'ideal',
    offsetSigmaLsb: 0,
    noiseSigmaLsb: 0,
    calibrationStepLsb: 0,
    sources: { offsetSigmaLsb: ideal, noiseSigmaLsb: ideal, calibrationStepLsb: ideal },
  },
  'sprint-assumed': {
    name: 'sprint-assumed',
    offsetSigmaLsb: 0.5,
    noiseSigmaLsb: 0,
    calibrationStepLsb: 0,
    sources: {
      offsetSigmaLsb: source('D', 'this package', 'half a step assumed; the paper gives no offset'),
      noiseSigmaLsb: unknown,
      calibrationStepLsb: unknown,
    },
  },
};

/** Names that {@link comparatorModel} knows. */
export const comparatorNames: readonly string[] = Object.freeze(Object.keys(presets));

/** Resolves a preset name, or a preset with changes, to a checked and frozen model. Throws `COMPARATOR_UNKNOWN`, `COMPARATOR_KEY` or `COMPARATOR_VALUE`. */
export function comparatorModel(choice: string | ComparatorChoice = 'ideal'): ComparatorModel {
  const { preset = 'ideal', ...changes } = typeof choice === 'string' ? { preset: choice } : choice;
  if (!Object.hasOwn(presets, preset)) {
    const fix = `use one of ${comparatorNames.join(', ')}`;
    throw fail('COMPARATOR_UNKNOWN', `no comparator is called "${preset}"`, fix);
  }
  const base = presets[preset]!;
  const sources: Record<string, Source> = { ...base.sources };
  for (const [key, value] of Object.entries(changes)) {
    if (key !== 'name' && !Object.hasOwn(base.sources, key)) {
      const fix = `use one of name, ${Object.keys(base.sources).join(', ')}`;
      throw fail('COMPARATOR_KEY', `a comparator has no "${key}"`, fix);
    }
    if (value === undefined || key === 'name') continue;
    if (!(typeof value === 'number' && value >= 0 && Number.isFinite(value)))
      throw fail('COMPARATOR_VALUE', `${key} is ${value}`, 'give a finite number of 0 or more');
    sources[key] = source('D', 'the caller', `changed from the ${preset} preset`);
  }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return Object.freeze({ ...base, ...given, sources: Object.freeze(sources) as ComparatorModel['sources'] });
}

/**
 * The offsets of a population's comparators after calibration, `[chips, heads, columns]` in steps. A comparator of chip n is
 * the same in any population.
 */
export function comparatorOffsets(
  model: ComparatorModel,
  population: {
    readonly chips: number;
    readonly heads: number;
    readonly columns: number;
    readonly seed: number;
    readonly firstChip?: number;
  },
): Float32Array {
  const { chips, heads, columns, seed, firstChip = 0 } = population;
  const line = heads * columns;
  const offsets = new Float32Array(chips * line);
  if (model.offsetSigmaLsb === 0) return offsets;
  const step = model.calibrationStepLsb;
  for (let chip = 0; chip < chips; chip++) {
    for (let quad = 0; 4 * quad < line; quad++) {
      const draws = toNormals(randomWords(seed, firstChip + chip, streams.comparatorOffset, quad, 0));
      for (let i = 0; i < 4 && 4 * quad + i < line; i++) {
        const offset = model.offsetSigmaLsb * draws[i]!;
        offsets[chip * line + 4 * quad + i] = step === 0 ? offset : offset - step * Math.round(offset / step);
      }
    }
  }
  return offsets;
}
