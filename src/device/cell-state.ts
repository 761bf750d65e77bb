import type { CellModel } from './cell.ts';
import { evaluateCurve, isZero, quarticOf } from './curve.ts';

/** The draws that one write of one cell takes, each of mean 0 and variance 1. */
export interface CellDraws {
  readonly programming: number;
  readonly exponent?: number;
  /** Whether the cell rises where the direction of its drift is random. */
  readonly rises?: boolean;
  readonly relaxation?: number;
  readonly slow?: number;
}

/** Conductance (uS) that a cell holds at the model's age: programmed, clamped, drifted, relaxed, with slow noise, clamped again. */
export function programConductanceUs(model: CellModel, targetUs: number, draws: CellDraws): number {
  const { drift, relaxation, slowNoise } = model;
  const target = targetLevelUs(model, targetUs);
  const programmed = clamp(target + programmingSigmaUs(model, target) * draws.programming, model.programming.clampUs);
  const exponent = Math.abs(
    evaluateCurve(drift.exponentMean, target) + evaluateCurve(drift.exponentSigma, target) * (draws.exponent ?? 0),
  );
  const falls = drift.direction === 'random' && draws.rises ? -1 : 1;
  const aged =
    programmed * Math.exp(-falls * exponent * drift.logTime) +
    evaluateCurve(relaxation.meanShiftUs, target) +
    evaluateCurve(relaxation.sigmaUs, target) * (draws.relaxation ?? 0);
  if (slowNoise.drawn !== 'once') return clamp(aged, model.clampUs);
  const sigma = evaluateCurve(slowNoise.sigma, slowNoise.of === 'programmed' ? programmed : aged);
  return clamp(aged + sigma * (slowNoise.relative ? Math.abs(aged) : 1) * (draws.slow ?? 0), model.clampUs);
}

/** Standard deviation (uS) of a cell programmed to `targetUs`, before clamping; never below 0. */
export function programmingSigmaUs(model: CellModel, targetUs: number): number {
  const shift = model.programming.at === 'target' ? 0 : evaluateCurve(model.relaxation.meanShiftUs, targetUs);
  return Math.max(0, evaluateCurve(model.programming.sigmaUs, targetUs + shift));
}

/** Variance (uS^2) of one read of a cell that holds `g` uS. */
export function readVarianceUs2(model: CellModel, g: number): number {
  const { absoluteUs, relative, root } = model.readNoise;
  return (
    absoluteUs ** 2 +
    (relative * g) ** 2 +
    root ** 2 * Math.max(0, g) * model.conductanceMaxUs +
    curvedReadSigmaUs(model, g) ** 2
  );
}

/** Conductance (uS) that one read of a cell sees which holds `g` uS, for a draw of mean 0 and variance 1. */
export function readConductanceUs(model: CellModel, g: number, draw: number): number {
  const value = g + Math.sqrt(readVarianceUs2(model, g)) * draw;
  return model.readNoise.clampUs ? clamp(value, model.readNoise.clampUs) : value;
}

/**
 * Whether the noise of a sum of reads is normal with the summed variances, so that one draw for the sum does. A uniform draw
 * or a clipped read must be made in every cell.
 */
export function lumpedReadIsExact({ readNoise }: CellModel): boolean {
  return readNoise.kind === 'normal' && readNoise.clampUs === undefined;
}

/** The part of a read's standard deviation (uS) that comes by curves: the device's own, and slow noise that every read draws anew. */
export function curvedReadSigmaUs(model: CellModel, g: number): number {
  const { slowNoise, readNoise } = model;
  const own = Math.max(0, evaluateCurve(readNoise.sigmaUs, g));
  if (slowNoise.drawn === 'once') return own;
  return Math.hypot(own, Math.max(0, evaluateCurve(slowNoise.sigma, g)) * (slowNoise.relative ? Math.abs(g) : 1));
}

/** The programmable conductance (uS) nearest to `targetUs`; the target itself when `levels` is 0. */
export function targetLevelUs(model: CellModel, targetUs: number): number {
  if (model.levels === 0) return targetUs;
  const step = (model.conductanceMaxUs - model.conductanceMinUs) / (model.levels - 1);
  const index = Math.round((targetUs - model.conductanceMinUs) / step);
  return model.conductanceMinUs + step * Math.min(model.levels - 1, Math.max(0, index));
}

/** Conductances (uS) of cells that are stuck: the ends of the range, within the bounds of any cell. */
export function stuckUs({ conductanceMinUs, conductanceMaxUs, clampUs }: CellModel): {
  readonly low: number;
  readonly high: number;
} {
  return { low: clamp(conductanceMinUs, clampUs), high: clamp(conductanceMaxUs, clampUs) };
}

/** Programming and relaxation as polynomials, where they are no more than that: shaders then need no sampled curves for them. */
export function plainCurves({ programming, drift, relaxation }: CellModel) {
  const [sigma, spread, shift] = [programming.sigmaUs, relaxation.sigmaUs, relaxation.meanShiftUs].map(quarticOf);
  const steady = shift?.slice(1).every((c) => c === 0);
  if (!sigma || !spread || !shift || !steady || drift.logTime > 0 || programming.at !== 'target') return undefined;
  return { sigma, spread, shiftUs: shift[0] };
}

/** Which effects a model has; what it has not is left out of shaders. */
export function cellEffects(model: CellModel): {
  readonly error: boolean;
  readonly drift: boolean;
  readonly relaxation: boolean;
  readonly slowNoise: boolean;
  /** Noise of a read: `state` where it depends on the conductance. */
  readonly readNoise: 'none' | 'absolute' | 'state';
  /** Whether a part of the read noise comes by curves. */
  readonly curvedRead: boolean;
} {
  const { programming, drift, relaxation, slowNoise, readNoise } = model;
  const hasSlow = !isZero(slowNoise.sigma);
  const curvedRead = !isZero(readNoise.sigmaUs) || (hasSlow && slowNoise.drawn === 'every-read');
  const ofState = readNoise.relative > 0 || readNoise.root > 0 || curvedRead;
  return {
    error: !isZero(programming.sigmaUs),
    drift: drift.logTime > 0 && !(isZero(drift.exponentMean) && isZero(drift.exponentSigma)),
    relaxation: !(isZero(relaxation.meanShiftUs) && isZero(relaxation.sigmaUs)),
    slowNoise: hasSlow && slowNoise.drawn === 'once',
    readNoise: ofState ? 'state' : readNoise.absoluteUs > 0 ? 'absolute' : 'none',
    curvedRead,
  };
}

const clamp = (value: number, [low, high]: readonly [number, number]) => Math.min(high, Math.max(low, value));
