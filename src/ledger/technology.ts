import { fail } from '../errors.ts';
import { type Counts, entriesOf } from './counts.ts';
import type { Quantity } from './quantity.ts';

/** What an accelerator is built from: every component's area and the price of every action. */
export interface Technology {
  readonly name: string;
  readonly nodeNm: number;
  readonly supplyV: number;
  readonly description: string;
  readonly components: Readonly<Record<string, Component>>;
  /** Times that the schedule uses, by name (ns). */
  readonly timing: Readonly<Record<string, Quantity>>;
}

/** A building block, how many of it there are, and what one instance takes. */
export interface Component {
  readonly label: string;
  readonly instances: number;
  /** Per instance (um2). */
  readonly areaUm2: Quantity;
  readonly actions: Readonly<Record<string, Action>>;
}

/** Something a component does, and the energy of doing it once (pJ). */
export interface Action {
  readonly energyPj: Quantity;
}

/** One line of an energy table; energy in pJ for all `count` actions together. */
export interface EnergyRow {
  readonly component: string;
  readonly action: string;
  readonly count: number;
  readonly energyPj: number;
}

/** One line of an area table; area in um2 for all `instances` together. */
export interface AreaRow {
  readonly component: string;
  readonly instances: number;
  readonly areaUm2: number;
}

/**
 * Prices a run: one row per action of the technology, in its order, 0 for what was not counted.
 * Throws `LEDGER_UNPRICED` for an action that was counted and has no price, `COUNTS_VALUE` for a bad count.
 */
export function energyByComponent(counts: Counts, technology: Technology): readonly EnergyRow[] {
  for (const { component, action } of entriesOf(counts)) {
    const known = Object.hasOwn(technology.components, component) ? technology.components[component]! : undefined;
    if (!known || !Object.hasOwn(known.actions, action)) {
      const fix = known
        ? `it prices ${Object.keys(known.actions).join(', ')}`
        : `it has ${Object.keys(technology.components).join(', ')}`;
      throw fail('LEDGER_UNPRICED', `${technology.name} has no price for ${component}.${action}`, fix);
    }
  }
  return Object.entries(technology.components).flatMap(([component, { actions }]) =>
    Object.entries(actions).map(([action, { energyPj }]) => {
      const count = counts[component]?.[action] ?? 0;
      return { component, action, count, energyPj: count * energyPj.value };
    }),
  );
}

/** Area of every component (um2), in the technology's order. */
export function areaByComponent(technology: Technology): readonly AreaRow[] {
  return Object.entries(technology.components).map(([component, { instances, areaUm2 }]) => ({
    component,
    instances,
    areaUm2: instances * areaUm2.value,
  }));
}

/** Every constant of a technology with the path that names it. */
export function* constantsOf(technology: Technology): Generator<readonly [path: string, constant: Quantity]> {
  for (const [name, { areaUm2, actions }] of Object.entries(technology.components)) {
    yield [`${name}.areaUm2`, areaUm2];
    for (const [action, { energyPj }] of Object.entries(actions)) yield [`${name}.${action}.energyPj`, energyPj];
  }
  for (const [name, constant] of Object.entries(technology.timing)) yield [`timing.${name}`, constant];
}

/** What the constant of a path is. */
export type ConstantKind = 'energy' | 'time' | 'area';

/** The kind of the constant that a path of {@link constantsOf} names. */
export function constantKind(path: string): ConstantKind {
  if (path.startsWith('timing.')) return 'time';
  return path.endsWith('.areaUm2') ? 'area' : 'energy';
}

/** A copy of a technology in which `change` has replaced every constant; paths as in {@link constantsOf}. */
export function mapConstants(
  technology: Technology,
  change: (path: string, constant: Quantity) => Quantity,
): Technology {
  return {
    ...technology,
    components: mapEntries(technology.components, (name, component) => ({
      ...component,
      areaUm2: change(`${name}.areaUm2`, component.areaUm2),
      actions: mapEntries(component.actions, (action, { energyPj }) => ({
        energyPj: change(`${name}.${action}.energyPj`, energyPj),
      })),
    })),
    timing: mapEntries(technology.timing, (name, constant) => change(`timing.${name}`, constant)),
  };
}

function mapEntries<Value>(
  record: Readonly<Record<string, Value>>,
  change: (name: string, value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(name, value)]));
}
