import { fail } from '../errors.ts';
import { type Source, source } from '../source.ts';
import { comparatorPresets } from './presets/comparator.ts';

/**
 * A comparator that keeps a key when the estimate of its score reaches a threshold. Sizes are in units of the estimate (lsb):
 * one step of the product of two upper nibbles.
 */
export interface ComparatorModel {
  readonly name: string;
  /** Static per comparator: standard deviation of the offset before calibration. */
  readonly offsetSigmaLsb: number;
  /** Fresh per decision: standard deviation of the input noise. */
  readonly noiseSigmaLsb: number;
  /** Step in which offsets are calibrated away, so that half of it remains at most; 0 = no calibration. */
  readonly calibrationStepLsb: number;
  /** Where each number comes from, by field. */
  readonly sources: Readonly<Record<ComparatorField, Source>>;
}

/** The fields of {@link ComparatorModel} that carry a source. */
export type ComparatorField = Exclude<keyof ComparatorModel, 'name' | 'sources'>;

/** A preset with changes; `preset` defaults to `ideal`. */
export type ComparatorChoice = { readonly preset?: string } & Partial<Omit<ComparatorModel, 'sources'>>;

/** Names that {@link comparatorModel} knows. */
export const comparatorNames: readonly string[] = Object.freeze(Object.keys(comparatorPresets));

/**
 * Resolves a preset name, or a preset with changes, to a checked and frozen model. Throws `COMPARATOR_UNKNOWN`,
 * `COMPARATOR_KEY` or `COMPARATOR_VALUE`.
 */
export function comparatorModel(choice: string | ComparatorChoice = 'ideal'): ComparatorModel {
  const { preset = 'ideal', ...changes } = typeof choice === 'string' ? { preset: choice } : choice;
  if (!Object.hasOwn(comparatorPresets, preset)) {
    const fix = `use one of ${comparatorNames.join(', ')}`;
    throw fail('COMPARATOR_UNKNOWN', `no comparator is called "${preset}"`, fix);
  }
  const base = comparatorPresets[preset]!;
  const sources: Record<string, Source> = { ...base.sources };
  for (const [key, value] of Object.entries(changes)) {
    if (!Object.hasOwn(base, key) || key === 'sources') {
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

/** What calibration leaves of an offset: its distance from the nearest whole step. */
export function calibratedLsb(model: ComparatorModel, offsetLsb: number): number {
  const step = model.calibrationStepLsb;
  return step > 0 ? offsetLsb - step * Math.round(offsetLsb / step) : offsetLsb;
}
