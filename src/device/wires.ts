import { fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { type Source, source } from '../source.ts';
import type { Ladder } from './ladder.ts';
import { wiresPresets } from './presets/wires.ts';

/**
 * The wires of one array. Row i runs along its cells from the left (column 0) to the right, column j from the top (row 0) to the
 * bottom. A row is driven through `driverOhm` and one segment at the ends that `drive` names; a column is sensed at 0 V through one
 * segment and `senseOhm` at the ends that `sense` names; where both ends are, the output is the sum of both. Other ends are open.
 */
export interface WiresModel {
  readonly name: string;
  /**
   * `exact`: the network of all wires and cells, solved. `closed-form`: AIHWKit's approximation, with column wires only: the first
   * row loses nothing, the last row most.
   */
  readonly model: 'exact' | 'closed-form';
  /** Segment of a row wire, from a cell to the next one. */
  readonly rowOhm: number;
  /** Segment of a column wire. */
  readonly columnOhm: number;
  readonly driverOhm: number;
  readonly senseOhm: number;
  readonly drive: 'left' | 'right' | 'both';
  readonly sense: 'bottom' | 'top' | 'both';
  /** Where each number comes from, by field. */
  readonly sources: Readonly<Record<WiresField, Source>>;
}

/** The fields of {@link WiresModel} that carry a source. */
export type WiresField = Exclude<keyof WiresModel, 'name' | 'sources'>;

/** A preset with changes; `preset` defaults to `ideal`. */
export type WiresChoice = { readonly preset?: string } & Partial<Omit<WiresModel, 'sources'>>;

/** Names that {@link wiresModel} knows. */
export const wiresNames: readonly string[] = Object.freeze(Object.keys(wiresPresets));

/** Resolves a preset name, or a preset with changes, to a checked and frozen model. Throws `WIRES_UNKNOWN`, `WIRES_KEY` or `WIRES_VALUE`. */
export function wiresModel(choice: string | WiresChoice = 'ideal'): WiresModel {
  const { preset = 'ideal', ...changes } = typeof choice === 'string' ? { preset: choice } : choice;
  if (!Object.hasOwn(wiresPresets, preset)) {
    throw fail('WIRES_UNKNOWN', `no wires are called "${preset}"`, `use one of ${wiresNames.join(', ')}`);
  }
  const base = wiresPresets[preset]!;
  const sources: Record<string, Source> = { ...base.sources };
  for (const [key, value] of Object.entries(changes)) {
    if (!Object.hasOwn(base, key) || key === 'sources') {
      const [near] = nearNames(key, Object.keys(base.sources), 1);
      const fix = near === undefined ? `use one of ${Object.keys(base.sources).join(', ')}` : `did you mean ${near}?`;
      throw fail('WIRES_KEY', `wires have no "${key}"`, fix);
    }
    if (value !== undefined && key !== 'name')
      sources[key] = source('D', 'the caller', `changed from the ${preset} preset`);
  }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const model: WiresModel = { ...base, ...given, sources: Object.freeze(sources) as WiresModel['sources'] };
  checkWires(model);
  return Object.freeze(model);
}

/** A row wire as a ladder, near end first; it runs from the right to the left where only the right end is driven. */
export function rowLadder({ rowOhm, driverOhm, drive }: WiresModel): Ladder & { readonly reversed: boolean } {
  return ladderOf(rowOhm, driverOhm, drive === 'right', drive === 'both');
}

/** A column wire as a ladder, near end first; it runs from the bottom to the top unless only the top is sensed. */
export function columnLadder({ columnOhm, senseOhm, sense }: WiresModel): Ladder & { readonly reversed: boolean } {
  return ladderOf(columnOhm, senseOhm, sense !== 'top', sense === 'both');
}

function ladderOf(segmentOhm: number, endOhm: number, reversed: boolean, both: boolean) {
  const nearOhm = segmentOhm + endOhm;
  return { nearOhm, segmentOhm, farOhm: both ? nearOhm : Number.POSITIVE_INFINITY, reversed };
}

function checkWires(model: WiresModel): void {
  oneOf('model', model.model, ['exact', 'closed-form']);
  oneOf('drive', model.drive, ['left', 'right', 'both']);
  oneOf('sense', model.sense, ['bottom', 'top', 'both']);
  for (const field of ['rowOhm', 'columnOhm', 'driverOhm', 'senseOhm'] as const) {
    const value = model[field];
    // Smaller ones are 0 to any array, and their inverse would leave f32.
    if (!(value === 0 || (value >= 1e-9 && value <= 1e9))) {
      throw reject(`${field} is ${value}`, 'use 0, or a resistance from 1e-9 to 1e9 ohm');
    }
  }
  if (model.model === 'exact') return;
  for (const field of ['rowOhm', 'driverOhm', 'senseOhm'] as const) {
    if (model[field] > 0) {
      throw reject(
        `${field} is ${model[field]} and the model closed-form has column wires only`,
        'use the model exact',
      );
    }
  }
  if (model.drive !== 'left' || model.sense !== 'bottom') {
    throw reject(
      `the model closed-form is driven at "${model.drive}" and sensed at "${model.sense}"`,
      'use the model exact, or leave drive and sense out',
    );
  }
}

function oneOf(field: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw reject(`${field} is "${value}"`, `use ${allowed.join(', ')}`);
}

const reject = (what: string, fix: string) => fail('WIRES_VALUE', `wires: ${what}`, fix);
