import { fail } from '../errors.ts';
import type { Source } from '../source.ts';
import { checkCell, checkCellKeys } from './cell-check.ts';
import { evaluatePolynomial, type Polynomial, polynomial, stretchPolynomial } from './polynomial.ts';
import { cellPresets } from './presets/index.ts';

/** Law of a random deviation; draws have mean 0 and variance 1 in both cases (uniform: half width sqrt(3)). */
export type Distribution = 'normal' | 'uniform';

/** One memory cell's behaviour as plain numbers; conductances in microsiemens (uS), ages in seconds. */
export interface CellModel {
  readonly name: string;
  readonly source: Source;
  /** Range that targets are mapped into. */
  readonly conductanceMinUs: number;
  readonly conductanceMaxUs: number;
  /** Deviation from the target after programming: standard deviation (uS) as a polynomial in the target (uS). */
  readonly programming: { readonly sigmaUs: Polynomial; readonly kind: Distribution };
  /** What time adds after programming: a shift of the mean and a normal spread of its own draw (uS). */
  readonly relaxation: { readonly meanShiftUs: number; readonly sigmaUs: Polynomial };
  /** Bounds that a conductance is clamped to, once, after programming and relaxation (uS). */
  readonly clampUs: readonly [low: number, high: number];
  /** Fresh per read: standard deviation in uS whatever the conductance, and as a share of the conductance. */
  readonly readNoise: { readonly absoluteUs: number; readonly relative: number };
  /** Share of cells stuck at the lowest and at the highest conductance. */
  readonly stuckAt: { readonly lowRate: number; readonly highRate: number };
  /** Time since programming that the numbers above describe. */
  readonly ageS: number;
  /** Number of programmable targets, evenly spaced from lowest to highest conductance; 0 = any. */
  readonly levels: number;
}

/** A preset with changes. What is not given comes from `preset` (default `ideal`). */
export interface CellChoice {
  readonly preset?: string;
  readonly name?: string;
  readonly source?: Source;
  readonly conductanceMinUs?: number;
  /** Other than the preset's own: every quantity in uS is stretched with it before the other changes apply. */
  readonly conductanceMaxUs?: number;
  readonly programming?: { readonly sigmaUs?: readonly number[]; readonly kind?: Distribution };
  /** Shorthand: programming sigma as a share of the target. */
  readonly relativeSigma?: number;
  /** Shorthand: lowest conductance as highest / ratio. */
  readonly onOffRatio?: number;
  readonly relaxation?: { readonly meanShiftUs?: number; readonly sigmaUs?: readonly number[] };
  readonly clampUs?: readonly [number, number];
  readonly readNoise?: { readonly absoluteUs?: number; readonly relative?: number };
  readonly stuckAt?: { readonly lowRate?: number; readonly highRate?: number };
  /** One of the preset's ages; `cmo-hfox` takes 0 or any age from 1 s. */
  readonly ageS?: number;
  /** `cmo-hfox` only: window of the program-and-verify loop, 0.2 or 2 percent. */
  readonly acceptancePercent?: number;
  readonly levels?: number;
}

/** Names that {@link cellModel} knows. */
export const cellNames: readonly string[] = Object.freeze(Object.keys(cellPresets));

/**
 * Resolves a preset name, or a preset with changes, to a checked and frozen {@link CellModel}.
 * Throws `CELL_UNKNOWN`, `CELL_KEY`, `CELL_AGE` or `CELL_VALUE`.
 */
export function cellModel(choice: string | CellChoice = 'ideal'): CellModel {
  const change: CellChoice = typeof choice === 'string' ? { preset: choice } : choice;
  checkCellKeys(change);
  const presetName = change.preset ?? 'ideal';
  if (!Object.hasOwn(cellPresets, presetName)) {
    throw fail('CELL_UNKNOWN', `no cell model is called "${presetName}"`, `use one of ${cellNames.join(', ')}`);
  }
  const preset = cellPresets[presetName]!({ ageS: change.ageS, acceptancePercent: change.acceptancePercent });
  const model = applyChange(rescaleCell(preset, change.conductanceMaxUs ?? preset.conductanceMaxUs), change);
  checkCell(model);
  return freezeCell(model);
}

/** The same device with its highest conductance at `conductanceMaxUs`: every quantity in uS is stretched alike. */
export function rescaleCell(model: CellModel, conductanceMaxUs: number): CellModel {
  const s = conductanceMaxUs / model.conductanceMaxUs;
  if (!(s > 0 && Number.isFinite(s))) {
    throw fail('CELL_VALUE', `conductanceMaxUs is ${conductanceMaxUs}`, 'give a finite positive number of uS');
  }
  if (s === 1) return model;
  return {
    ...model,
    conductanceMinUs: model.conductanceMinUs * s,
    conductanceMaxUs,
    programming: { ...model.programming, sigmaUs: stretchPolynomial(model.programming.sigmaUs, s) },
    relaxation: {
      meanShiftUs: model.relaxation.meanShiftUs * s,
      sigmaUs: stretchPolynomial(model.relaxation.sigmaUs, s),
    },
    clampUs: [model.clampUs[0] * s, model.clampUs[1] * s],
    readNoise: { ...model.readNoise, absoluteUs: model.readNoise.absoluteUs * s },
  };
}

/** Standard deviation (uS) of a cell programmed to `targetUs`, before clamping; never below 0. */
export function programmingSigmaUs(model: CellModel, targetUs: number): number {
  return Math.max(0, evaluatePolynomial(model.programming.sigmaUs, targetUs));
}

/** The programmable conductance (uS) nearest to `targetUs`; the target itself when `levels` is 0. */
export function targetLevelUs(model: CellModel, targetUs: number): number {
  if (model.levels === 0) return targetUs;
  const step = (model.conductanceMaxUs - model.conductanceMinUs) / (model.levels - 1);
  const index = Math.round((targetUs - model.conductanceMinUs) / step);
  return model.conductanceMinUs + step * Math.min(model.levels - 1, Math.max(0, index));
}

/**
 * Conductance (uS) that a cell holds at `ageS`: target level, plus sigma times `draw`, plus the mean shift and its spread
 * times `ageDraw`, clamped once. Both spreads are taken at the target. Draws have mean 0 and variance 1.
 */
export function programConductanceUs(model: CellModel, targetUs: number, draw: number, ageDraw = 0): number {
  const target = targetLevelUs(model, targetUs);
  const aged = model.relaxation.meanShiftUs + evaluatePolynomial(model.relaxation.sigmaUs, target) * ageDraw;
  const value = target + programmingSigmaUs(model, target) * draw + aged;
  return Math.min(model.clampUs[1], Math.max(model.clampUs[0], value));
}

function applyChange(base: CellModel, change: CellChoice): CellModel {
  const max = base.conductanceMaxUs;
  const shorthandMin = change.onOffRatio === undefined ? base.conductanceMinUs : max / change.onOffRatio;
  const shorthandSigma = change.relativeSigma === undefined ? undefined : [0, change.relativeSigma, 0, 0, 0];
  return {
    ...base,
    name: change.name ?? base.name,
    source: change.source ?? base.source,
    conductanceMinUs: change.conductanceMinUs ?? shorthandMin,
    programming: {
      kind: change.programming?.kind ?? base.programming.kind,
      sigmaUs: asPolynomial(
        'programming.sigmaUs',
        change.programming?.sigmaUs ?? shorthandSigma,
        base.programming.sigmaUs,
      ),
    },
    relaxation: {
      meanShiftUs: change.relaxation?.meanShiftUs ?? base.relaxation.meanShiftUs,
      sigmaUs: asPolynomial('relaxation.sigmaUs', change.relaxation?.sigmaUs, base.relaxation.sigmaUs),
    },
    clampUs: change.clampUs ?? base.clampUs,
    readNoise: { ...base.readNoise, ...change.readNoise },
    stuckAt: { ...base.stuckAt, ...change.stuckAt },
    levels: change.levels ?? base.levels,
  };
}

function asPolynomial(path: string, given: readonly number[] | undefined, otherwise: Polynomial): Polynomial {
  if (given === undefined) return otherwise;
  if (given.length !== 5) {
    throw fail('CELL_VALUE', `${path} has ${given.length} coefficients`, 'give five, c0 to c4, lowest power first');
  }
  return polynomial(...given);
}

function freezeCell(model: CellModel): CellModel {
  for (const part of [model.programming, model.relaxation, model.clampUs, model.readNoise, model.stuckAt]) {
    Object.freeze(part);
  }
  return Object.freeze(model);
}
