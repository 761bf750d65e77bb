import { fail } from '../errors.ts';
import { type Source, source } from '../source.ts';
import { wtaPresets } from './presets/wta.ts';

/**
 * A column of a time-domain winner-take-all; the first to arrive wins. In the form `integrate` its current charges a capacitor to a
 * threshold: T = C Vth / I. In the form `ramp` it holds a voltage in proportion to its current, and a ramp that all columns share
 * falls past it: T = (Imax - I) / (Imax - Imin) of the ramp's time, over a swing of the threshold. A held voltage does not
 * depend on its capacitor, so `capacitorMismatch` has no effect there; offset and thermal noise shift its arrival.
 */
export interface WtaModel {
  readonly name: string;
  readonly form: 'integrate' | 'ramp';
  /** Time of the whole ramp; the form `integrate` ignores it. */
  readonly rampNs: number;
  readonly capacitanceFf: number;
  readonly thresholdV: number;
  /** Static per column: standard deviation of the threshold. */
  readonly offsetSigmaMv: number;
  /** Static per column: relative standard deviation of the capacitance. */
  readonly capacitorMismatch: number;
  /** Fresh per decision: thermal noise of the capacitor, or none. */
  readonly jitter: 'thermal' | 'none';
  /** Fresh per decision: further jitter of reference and comparator. */
  readonly referenceSigmaPs: number;
  /** Arrivals closer than this are a tie; the lower index wins. */
  readonly resolutionPs: number;
  /** Delay that every arrival has. */
  readonly delayPs: number;
  /** A column that arrives later is no winner; 0 = no limit. */
  readonly timeoutNs: number;
  readonly supplyV: number;
  /** Currents that the smallest and the largest score map to. */
  readonly currentMinUa: number;
  readonly currentMaxUa: number;
  readonly temperatureK: number;
  /** Where each number comes from, by field. */
  readonly sources: Readonly<Record<WtaField, Source>>;
}

/** The fields of {@link WtaModel} that carry a source. */
export type WtaField = Exclude<keyof WtaModel, 'name' | 'sources'>;

/** A preset with changes; `preset` defaults to `ideal`. */
export type WtaChoice = { readonly preset?: string } & Partial<Omit<WtaModel, 'sources'>>;

/** Names that {@link wtaModel} knows. */
export const wtaNames: readonly string[] = Object.freeze(Object.keys(wtaPresets));

/** Resolves a preset name, or a preset with changes, to a checked and frozen model. Throws `WTA_UNKNOWN`, `WTA_KEY` or `WTA_VALUE`. */
export function wtaModel(choice: string | WtaChoice = 'ideal'): WtaModel {
  const { preset = 'ideal', ...changes } = typeof choice === 'string' ? { preset: choice } : choice;
  if (!Object.hasOwn(wtaPresets, preset)) {
    throw fail('WTA_UNKNOWN', `no winner-take-all model is called "${preset}"`, `use one of ${wtaNames.join(', ')}`);
  }
  const base = wtaPresets[preset]!;
  const sources: Record<string, Source> = { ...base.sources };
  for (const [key, value] of Object.entries(changes)) {
    if (!Object.hasOwn(base, key) || key === 'sources') {
      throw fail(
        'WTA_KEY',
        `a winner-take-all has no "${key}"`,
        `use one of name, ${Object.keys(base.sources).join(', ')}`,
      );
    }
    if (value !== undefined && key !== 'name')
      sources[key] = source('D', 'the caller', `changed from the ${preset} preset`);
  }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const model: WtaModel = { ...base, ...given, sources: Object.freeze(sources) as WtaModel['sources'] };
  checkWta(model);
  return Object.freeze(model);
}

/**
 * Arrival time (ns) of a nominal column at `currentUa`: C Vth / I + delay, or where the ramp passes it + delay; Infinity for a
 * column that never arrives, which has no current, or lies below a ramp's end.
 */
export function arrivalNs(model: WtaModel, currentUa: number): number {
  if (Number.isNaN(currentUa)) throw fail('WTA_VALUE', 'the column current is NaN', 'give a number of uA');
  const delayNs = model.delayPs / 1000;
  if (model.form === 'ramp') {
    const { currentMinUa, currentMaxUa, rampNs } = model;
    if (currentUa < currentMinUa) return Number.POSITIVE_INFINITY;
    return rampNs * Math.max(0, (currentMaxUa - currentUa) / (currentMaxUa - currentMinUa)) + delayNs;
  }
  if (currentUa <= 0) return Number.POSITIVE_INFINITY;
  return (model.capacitanceFf * model.thresholdV) / currentUa + delayNs;
}

/**
 * Standard deviation of an arrival from the capacitor's noise, as a share of the charging time or of the whole ramp:
 * sqrt(kT / C) / Vth; 0 without jitter.
 */
export function thermalJitterRelative(model: WtaModel): number {
  if (model.jitter === 'none') return 0;
  return Math.sqrt((boltzmann * model.temperatureK) / (model.capacitanceFf * 1e-15)) / model.thresholdV;
}

/**
 * Smallest relative gap between winner and runner-up that a detector with delay `detectionNs` separates, when the winner draws
 * `currentUa`. Integrating it is k / (1 + k) with k = I t / (Vth C), so it falls as the winner's own charging time grows; on a
 * ramp it is the current that passes in that time, over I, so it falls as the ramp slows down.
 */
export function resolvableGap(model: WtaModel, currentUa: number, detectionNs = model.resolutionPs / 1000): number {
  if (model.form === 'ramp') {
    return ((model.currentMaxUa - model.currentMinUa) * detectionNs) / (model.rampNs * currentUa);
  }
  const k = (currentUa * detectionNs) / (model.thresholdV * model.capacitanceFf);
  return k / (1 + k);
}

/**
 * Number of arrivals that steps of `stepNs` tell apart between the largest and the smallest current. A ramp spreads them evenly
 * over the currents; integration crowds them at the large ones. Infinity without a step.
 */
export function timeCodes(model: WtaModel, stepNs = model.resolutionPs / 1000): number {
  const spanNs = arrivalNs(model, model.currentMinUa) - arrivalNs(model, model.currentMaxUa);
  return stepNs > 0 ? Math.floor(spanNs / stepNs) + 1 : Number.POSITIVE_INFINITY;
}

/** Timeout (ns) that a reference column of `currentUa` sets: columns with less current never win. */
export function referenceTimeoutNs(model: WtaModel, currentUa: number): number {
  const timeoutNs = arrivalNs(model, currentUa);
  if (timeoutNs > 0 && Number.isFinite(timeoutNs)) return timeoutNs;
  throw reject(
    `a reference of ${currentUa} uA arrives after ${timeoutNs} ns`,
    'use a current between the smallest and the largest',
  );
}

/** Energy (pJ) of one column charged in full from the supply: C Vdd^2. */
export function columnChargePj(model: WtaModel): number {
  return model.capacitanceFf * model.supplyV ** 2 * 1e-3;
}

const boltzmann = 1.380649e-23;

function checkWta(model: WtaModel): void {
  const positive = [
    'rampNs',
    'capacitanceFf',
    'thresholdV',
    'supplyV',
    'currentMinUa',
    'currentMaxUa',
    'temperatureK',
  ] as const;
  const notNegative = [
    'offsetSigmaMv',
    'capacitorMismatch',
    'referenceSigmaPs',
    'resolutionPs',
    'delayPs',
    'timeoutNs',
  ] as const;
  for (const field of positive) {
    if (!(model[field] > 0 && Number.isFinite(model[field])))
      throw reject(`${field} is ${model[field]}`, 'give a finite number above 0');
  }
  for (const field of notNegative) {
    if (!(model[field] >= 0 && Number.isFinite(model[field])))
      throw reject(`${field} is ${model[field]}`, 'give a finite number of 0 or more');
  }
  if (model.form !== 'integrate' && model.form !== 'ramp')
    throw reject(`form is "${model.form}"`, 'use integrate or ramp');
  if (model.jitter !== 'thermal' && model.jitter !== 'none')
    throw reject(`jitter is "${model.jitter}"`, 'use thermal or none');
  if (model.currentMinUa >= model.currentMaxUa) {
    throw reject(
      `the current range is ${model.currentMinUa} to ${model.currentMaxUa} uA`,
      'give currentMinUa below currentMaxUa',
    );
  }
  if (model.thresholdV > model.supplyV) {
    throw reject(
      `thresholdV ${model.thresholdV} is above supplyV ${model.supplyV}`,
      'a column cannot charge past its supply',
    );
  }
}

const reject = (what: string, fix: string) => fail('WTA_VALUE', what, fix);
