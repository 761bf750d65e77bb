import type { WtaModel } from '../device/time-domain.ts';
import { isTimed, wtaParams } from '../kernel/wta-params.ts';
import { randomWords, streams, toNormals } from './rng.ts';

/** What one row's winner-take-all decides. */
export interface WtaRow {
  readonly kept: readonly number[];
  /** Arrival of the last winner in ns; the timeout where fewer columns arrive than the row waits for. */
  readonly stopNs: number;
  /** Columns that charged, in units of a full charge; late columns as if they came at the timeout, which is the most. */
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
 * the lower index, late columns out. `factors` multiply the charging times.
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
  const { charge, delay, jitter, reference_jitter: reference, resolution } = wtaParams(model);
  const columns = Array.from({ length: scores.length }, (_, j) => {
    const current = Math.min(Math.max(range[0] + range[1] * scores[j]!, model.currentMinUa), model.currentMaxUa);
    let time = (charge / current) * (timed ? (factors[j] ?? 1) : 1);
    if (timed && draws && jitter > 0) time *= 1 + jitter * normal(draws, streams.selectJitter, j);
    time += delay;
    if (timed && draws && reference > 0) time += reference * normal(draws, streams.selectReference, j);
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
  const charges = columns.reduce(
    (sum, column) =>
      sum + (won.has(column.j) ? 1 : Math.min(1, stopNs / (column.late ? model.timeoutNs : column.time))),
    0,
  );
  return { kept: [...won].sort((a, b) => a - b), stopNs, charges };
}

function normal({ seed, chip, element, event }: WtaDraws, stream: number, column: number): number {
  return toNormals(randomWords(seed, chip, stream, element + (column >> 2), event))[column & 3]!;
}
