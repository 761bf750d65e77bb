import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import {
  type LocalityCyclesProblem,
  type LocalityProblem,
  localityCounters,
  localityLanes,
  planLocality,
  planLocalityCycles,
} from '../kernel/locality.ts';
import { type ResolvedSprint, sprintBits } from './sprint-config.ts';
import type { Workspace } from './workspace.ts';

/** One sequence of one head; padding comes last, and rows and columns of padding keep nothing. */
export interface SprintSequence {
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  /** Tokens without padding; default all. */
  readonly validQueries?: number;
  readonly validKeys?: number;
}

/** Key and value pairs that the buffer holds, its CORELETs taken as one pool. */
export function bufferVectors({ bufferKb }: Pick<ResolvedSprint, 'bufferKb'>, dim: number): number {
  return Math.max(1, Math.floor((bufferKb * 1024 * 8) / (2 * dim * sprintBits)));
}

/** How a machine's vectors are spread and what its rows take; the rest of the problem is the selection's shape. */
export function cycleSettings(config: ResolvedSprint): Omit<LocalityCyclesProblem, 'headCount' | 'queries' | 'keys'> {
  const { corelets, interleave, banks, bankCycles, thresholdCycles, prefetch } = config;
  return { units: corelets, interleaved: interleave, banks, bankCycles, leastCycles: thresholdCycles, prefetch };
}

/**
 * Records the traffic of a selection `[headCount, queries, words]` through the machine's buffer and memory. Gives `fetches`,
 * a selection of the same shape, `counters` `[headCount, queries, 5]`, see `localityCounters`, and `loads`
 * `[headCount, corelets]`, the keys that each CORELET kept.
 */
export function recordTraffic(
  batch: Batch,
  work: Workspace,
  config: ResolvedSprint,
  sizes: Pick<LocalityProblem, 'headCount' | 'queries' | 'keys'> & { readonly dim: number },
  selection: Tensor,
): { readonly fetches: Tensor; readonly counters: Tensor; readonly loads: Tensor } {
  const { headCount, queries, keys, dim } = sizes;
  const { eviction } = config;
  const shape = [headCount, queries, selectionWords(keys)];
  const fetches = work.get('fetches', 'u32', shape);
  const launch = planLocality({
    headCount,
    queries,
    keys,
    eviction,
    capacity: bufferVectors(config, dim),
    lanes: localityLanes(work.gpu, keys),
  });
  const scratch: Record<string, Tensor> =
    eviction === 'lru' ? { unions: work.get('unions of rows', 'u32', shape) } : {};
  const counters = batch.temporary('u32', [headCount, queries, localityCounters.length], 'traffic counters');
  const loads = batch.temporary('u32', [headCount, config.corelets], 'CORELET loads');
  batch
    .zero(loads)
    .run(launch, { selection, fetches, ...scratch })
    .run(planLocalityCycles({ headCount, queries, keys, ...cycleSettings(config) }), {
      selection,
      fetches,
      counters,
      loads,
    });
  return { fetches, counters, loads };
}
