import { fail } from '../errors.ts';
import type { Source } from '../source.ts';
import { applyChange } from './cell-change.ts';
import { checkCell, checkCellKeys } from './cell-check.ts';
import { type Curve, type CurveInput, polynomial, stretchCurve } from './curve.ts';
import { cellPresets } from './presets/index.ts';

/** Law of a random deviation; draws have mean 0 and variance 1 in both cases (uniform: half width sqrt(3)). */
export type Distribution = 'normal' | 'uniform';

/**
 * One memory cell's behaviour at one age, as data; conductances in microsiemens (uS), ages in seconds since programming.
 * Everything but `readNoise` persists: it is drawn when a cell is written, and faults when the chip is made.
 */
export interface CellModel {
  readonly name: string;
  readonly source: Source;
  /** Range that targets are mapped into. */
  readonly conductanceMinUs: number;
  readonly conductanceMaxUs: number;
  /**
   * Deviation after programming: its standard deviation at the target, or at the target with the mean shift added; the
   * sum is kept within `clampUs`.
   */
  readonly programming: {
    readonly sigmaUs: Curve;
    readonly at: 'target' | 'shifted-target';
    readonly kind: Distribution;
    readonly clampUs: readonly [low: number, high: number];
  };
  /**
   * Power law of time: g exp(-`logTime` nu) with logTime = ln((age + referenceS) / referenceS) and nu = |mean + sigma xi| of
   * the target, one for each cell; `random` lets half of the cells rise instead.
   */
  readonly drift: {
    readonly referenceS: number;
    readonly logTime: number;
    readonly exponentMean: Curve;
    readonly exponentSigma: Curve;
    readonly direction: 'down' | 'random';
  };
  /** What time adds besides: a shift of the mean and a normal spread of its own draw, both of the target (uS). */
  readonly relaxation: { readonly meanShiftUs: Curve; readonly sigmaUs: Curve };
  /**
   * Low-frequency noise, piled up from programming to the age: a standard deviation of the conductance as `programmed` or
   * as `aged`, in uS or (`relative`) as a share of the aged conductance; drawn `once` with the age, or in `every-read`.
   */
  readonly slowNoise: {
    readonly sigma: Curve;
    readonly relative: boolean;
    readonly of: 'programmed' | 'aged';
    readonly drawn: 'once' | 'every-read';
  };
  /** Bounds of the conductance after all of that (uS). */
  readonly clampUs: readonly [low: number, high: number];
  /**
   * Fresh per read: independent parts in uS, as a share of the conductance g, as a share of sqrt(g * highest), and by a curve
   * of g (uS). The conductance that a read sees is kept within `clampUs` where that is given.
   */
  readonly readNoise: {
    readonly absoluteUs: number;
    readonly relative: number;
    readonly root: number;
    readonly sigmaUs: Curve;
    readonly kind: Distribution;
    readonly clampUs?: readonly [low: number, high: number];
  };
  /** Share of cells stuck at the lowest and at the highest conductance. */
  readonly stuckAt: { readonly lowRate: number; readonly highRate: number };
  readonly ageS: number;
  /** Number of programmable targets, evenly spaced from lowest to highest conductance; 0 = any. */
  readonly levels: number;
}

/**
 * A preset with changes, or a device of one's own: what is not given comes from `preset` (default `ideal`). Curves are numbers,
 * coefficients, points, or functions of conductance and age; four of them make a device: `programming.sigmaUs`,
 * `relaxation.meanShiftUs`, `relaxation.sigmaUs` and `readNoise.sigmaUs`.
 */
export interface CellChoice {
  readonly preset?: string;
  readonly name?: string;
  readonly source?: Source;
  readonly conductanceMinUs?: number;
  /** Other than the preset's own: every quantity in uS is stretched with it before the other changes apply. */
  readonly conductanceMaxUs?: number;
  /** False: `conductanceMaxUs` ends the part of the preset's own range that is used, and nothing is stretched. */
  readonly stretch?: boolean;
  readonly programming?: { readonly sigmaUs?: CurveInput; readonly kind?: Distribution };
  /** Shorthands of `programming.sigmaUs`: share of the target, uS, share of the highest conductance, that share over the target's own. */
  readonly relativeSigma?: number;
  readonly absoluteSigmaUs?: number;
  readonly independentSigma?: number;
  readonly inverseSigma?: number;
  /** Shorthand: lowest conductance as highest / ratio. */
  readonly onOffRatio?: number;
  readonly drift?: {
    readonly exponentMean?: CurveInput;
    readonly exponentSigma?: CurveInput;
    readonly referenceS?: number;
    readonly direction?: 'down' | 'random';
  };
  readonly relaxation?: { readonly meanShiftUs?: CurveInput; readonly sigmaUs?: CurveInput };
  readonly slowNoise?: { readonly drawn?: 'once' | 'every-read' };
  readonly clampUs?: readonly [number, number];
  readonly readNoise?: {
    readonly absoluteUs?: number;
    readonly relative?: number;
    readonly root?: number;
    readonly sigmaUs?: CurveInput;
    readonly kind?: Distribution;
    readonly clampUs?: readonly [number, number];
  };
  readonly stuckAt?: { readonly lowRate?: number; readonly highRate?: number };
  /** Time since programming; measured presets know their own ages or spans of them. */
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
  const model = applyChange(ranged(preset, change), change);
  checkCell(model);
  return freezeDeep(model);
}

/** The device as it is right after programming: its preset's first age, with neither drift, relaxation nor slow noise. */
export function cellAtProgramming(choice: string | CellChoice = 'ideal'): CellModel {
  const { ageS: _, ...change } = typeof choice === 'string' ? ({ preset: choice } as CellChoice) : choice;
  const model = cellModel(change);
  const zero = polynomial(0);
  return freezeDeep({
    ...model,
    drift: { ...model.drift, logTime: 0 },
    relaxation: { meanShiftUs: zero, sigmaUs: zero },
    slowNoise: { ...model.slowNoise, sigma: zero },
  });
}

/** The same device with its highest conductance at `conductanceMaxUs`: every quantity in uS is stretched alike. */
export function rescaleCell(model: CellModel, conductanceMaxUs: number): CellModel {
  const s = conductanceMaxUs / model.conductanceMaxUs;
  if (!(s > 0 && Number.isFinite(s))) {
    throw fail('CELL_VALUE', `conductanceMaxUs is ${conductanceMaxUs}`, 'give a finite positive number of uS');
  }
  if (s === 1) return model;
  const { programming, drift, relaxation, slowNoise, clampUs, readNoise } = model;
  const uS = (curve: Curve) => stretchCurve(curve, s, true);
  const pure = (curve: Curve) => stretchCurve(curve, s, false);
  const both = ([low, high]: readonly [number, number]) => [low * s, high * s] as const;
  return {
    ...model,
    conductanceMinUs: model.conductanceMinUs * s,
    conductanceMaxUs,
    programming: { ...programming, sigmaUs: uS(programming.sigmaUs), clampUs: both(programming.clampUs) },
    drift: { ...drift, exponentMean: pure(drift.exponentMean), exponentSigma: pure(drift.exponentSigma) },
    relaxation: { meanShiftUs: uS(relaxation.meanShiftUs), sigmaUs: uS(relaxation.sigmaUs) },
    slowNoise: { ...slowNoise, sigma: stretchCurve(slowNoise.sigma, s, !slowNoise.relative) },
    clampUs: both(clampUs),
    readNoise: {
      ...readNoise,
      absoluteUs: readNoise.absoluteUs * s,
      sigmaUs: uS(readNoise.sigmaUs),
      ...(readNoise.clampUs ? { clampUs: both(readNoise.clampUs) } : {}),
    },
  };
}

function ranged(preset: CellModel, { conductanceMaxUs = preset.conductanceMaxUs, stretch = true }: CellChoice) {
  if (stretch) return rescaleCell(preset, conductanceMaxUs);
  if (conductanceMaxUs <= preset.conductanceMaxUs) return { ...preset, conductanceMaxUs };
  throw fail(
    'CELL_VALUE',
    `conductanceMaxUs is ${conductanceMaxUs}, and ${preset.name} has no data above ${preset.conductanceMaxUs} uS`,
    'stay below, or let the preset be stretched',
  );
}

function freezeDeep<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeDeep(part);
  return Object.freeze(value);
}
