import type { WtaModel } from '../device/time-domain.ts';
import { isTimed, wtaParams } from '../kernel/wta-params.ts';
import { randomWords, streams, toNormals } from './rng.ts';

/** What one row's winner-take-all decides. */
export interface WtaRow {
  readonly kept: readonly number[];
  /** Arrival of the last winner in ns; the timeout where fewer columns arrive than the row waits for. */
  readonly stopNs: number;
  /**
   * Charges of a column's capacitor. Integrating, each column by its share until the last winner, late ones as if they came at
   * the timeout, which is the most. On a ramp each in full, for the voltage it holds, and again by the ramp's share that ran.
   */
  readonly charges: number;
}

/** Where a row's draws come from. */
export interface WtaDraws {
  readonly seed: number;
  readonly chip: number;
  /** First element index of the row's columns, in quads. */
  readonly element: number;
  readonly event: number;
}

/**
 * k-winner-take-all of one row on the host: the `keep` first arrivals among `scores`, ties within one resolution step to
 * the lower index, late columns out. `factors` are those of `columnMismatch`.
 */
export function wtaSelectReference(
  scores: ArrayLike<number>,
  keep: number,
  model: WtaModel,
  range: readonly [offset: number, gain: number],
  factors: ArrayLike<number> = [],
  draws?: WtaDraws,
): WtaRow {
  const timed = isTimed(model);
  const isRamp = model.form === 'ramp';
  const { charge, delay, jitter, reference_jitter: reference, resolution } = wtaParams(model);
  const columns = Array.from({ length: scores.length }, (_, j) => {
    const current = Math.min(Math.max(range[0] + range[1] * scores[j]!, model.currentMinUa), model.currentMaxUa);
    const shake = timed && draws && jitter > 0 ? jitter * normal(draws, streams.selectJitter, j) : 0;
    const fallen = (model.currentMaxUa - current) / (model.currentMaxUa - model.currentMinUa);
    let time = isRamp
      ? charge * (fallen + (timed ? (factors[j] ?? 0) : 0) + shake)
      : (charge / current) * (timed ? (factors[j] ?? 1) : 1) * (1 + shake);
    time += delay;
    if (timed && draws && reference > 0) time += reference * normal(draws, streams.selectReference, j);
    // A column that is past its threshold at the start arrives there.
    time = Math.max(0, time);
    // Steps are counted in 31 bits, of which the two highest numbers mean late and unseen.
    const step = resolution > 0 ? Math.min(Math.floor(time / resolution), 2 ** 31 - 3) : time;
    return {
      j,
      time: resolution > 0 ? (step + 1) * resolution : time,
      order: timed ? step : -scores[j]!,
      late: model.timeoutNs > 0 && time > model.timeoutNs,
    };
  });
  const winners = columns
    .filter((column) => !column.late)
    .sort((a, b) => a.order - b.order || a.j - b.j)
    .slice(0, keep);
  const stopNs = winners.length === Math.min(keep, columns.length) ? winners.at(-1)!.time : model.timeoutNs;
  const won = new Set(winners.map((column) => column.j));
  const kept = [...won].sort((a, b) => a - b);
  if (isRamp) {
    const swing = Math.min(1, Math.max(0, (stopNs - delay) / charge));
    return { kept, stopNs, charges: columns.length * (1 + swing) };
  }
  const charges = columns.reduce(
    (sum, column) =>
      sum + (won.has(column.j) ? 1 : Math.min(1, stopNs / (column.late ? model.timeoutNs : column.time))),
    0,
  );
  return { kept, stopNs, charges };
}

function normal({ seed, chip, element, event }: WtaDraws, stream: number, column: number): number {
  return toNormals(randomWords(seed, chip, stream, element + (column >> 2), event))[column & 3]!;
}
