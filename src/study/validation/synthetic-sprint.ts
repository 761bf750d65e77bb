import { type SprintActivity, sprintActivity } from '../../accelerator/sprint-activity.ts';
import { resolveSprint, type SprintConfig } from '../../accelerator/sprint-config.ts';
import { type SprintLedger, sprintLedger } from '../../accelerator/sprint-ledger.ts';
import { bufferVectors, cycleSettings } from '../../accelerator/sprint-traffic.ts';
import type { TechnologyChange } from '../../ledger/elasticity.ts';
import { localityCyclesReference, localityReference } from '../../reference/locality.ts';
import { markovMasks } from '../markov-masks.ts';

/** Conditions of a synthetic run: what the paper leaves open, filled in by us. */
export interface SyntheticRun {
  readonly tokens: number;
  /** Share of the query-key pairs that is padding. */
  readonly paddedPairs: number;
  readonly keepShare: number;
  /** New keys of a query as a share of the valid ones. */
  readonly newShare: number;
  readonly heads: number;
}

/** One example of padding from a digest of the paper, the pruning rate of the same group's later chip, the published locality. */
export const defaultRun: SyntheticRun = Object.freeze({
  tokens: 384,
  paddedPairs: 0.46,
  keepShare: 0.25,
  newShare: 0.021,
  heads: 4,
});

/** Dimensions of a head here. */
export const syntheticDim = 64;

/**
 * The ledger of a SPRINT on synthetic selections, its buffer simulated vector by vector on the CPU: a function of a changed cost
 * table, so that constants can be moved without counting again.
 */
export function syntheticSprint(
  changes: SprintConfig = {},
  run: SyntheticRun = defaultRun,
): (change?: TechnologyChange) => SprintLedger {
  const config = resolveSprint(changes);
  const { tokens, heads, keepShare, newShare } = run;
  const valid = Math.round(tokens * Math.sqrt(1 - run.paddedPairs));
  const padding = { validQueries: valid, validKeys: valid };
  const shape = { queries: tokens, keys: tokens };
  const selection = markovMasks({ heads, ...shape, ...padding, keepShare, newShare, keepDiagonal: true, seed: 1 });
  const sizes = { headCount: heads, ...shape };
  const capacity = bufferVectors(config, syntheticDim);
  const fetches = localityReference({ ...sizes, eviction: config.eviction, capacity }, selection);
  const { counters, loads } = localityCyclesReference({ ...sizes, ...cycleSettings(config) }, selection, fetches);
  const sequence = { ...shape, ...padding, dim: syntheticDim, causal: false };
  const activity = Array.from({ length: heads }, (_, head): SprintActivity => {
    const ofHead = (values: Uint32Array) =>
      values.subarray((head * values.length) / heads, ((head + 1) * values.length) / heads);
    return sprintActivity(ofHead(counters), ofHead(loads), sequence, config);
  });
  const subject = { config, heads, dim: syntheticDim, chips: 1 };
  return (change) => sprintLedger(subject, [activity], 1, tokens, change);
}
