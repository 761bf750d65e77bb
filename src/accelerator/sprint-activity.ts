import { visibleKeys, visiblePairs } from '../kernel/attend-problem.ts';
import { localityCounters } from '../kernel/locality.ts';
import type { HeadActivity } from './machine.ts';
import { denseTraffic } from './sprint-baseline.ts';
import type { ResolvedSprint } from './sprint-config.ts';
import type { SprintSequence } from './sprint-traffic.ts';

/** What one head of a SPRINT did in all calls of a run, added over sequences, and what the machine without pruning would have done. */
export interface SprintActivity extends HeadActivity {
  /** Tokens whose keys and values were stored. */
  readonly keys: number;
  /** Pairs of a query and a stored key that the arrays compared; a causal model's arrays see later keys as well. */
  readonly comparedPairs: number;
  /** Keys with their values that were fetched from memory. */
  readonly fetched: number;
  /** Sums over queries: cycles of the fullest CORELET, of the fullest bank, and of the row with both; see `barrier`. */
  readonly computeCycles: number;
  readonly fetchCycles: number;
  readonly rowCycles: number;
  readonly baselineQueries: number;
  readonly baselineKeys: number;
  readonly baselinePairs: number;
  readonly baselineFetched: number;
  readonly baselineComputeCycles: number;
  readonly baselineFetchCycles: number;
  readonly baselineRowCycles: number;
}

/**
 * What a head did in one sequence, from the traffic of its rows, padding included: `counters` `[queries, 5]` in the order of
 * `localityCounters`, `loads` `[corelets]`.
 */
export function sprintActivity(
  counters: ArrayLike<number>,
  loads: ArrayLike<number>,
  sequence: SprintSequence,
  config: ResolvedSprint,
): SprintActivity {
  const { queries, keys, causal, validQueries = queries, validKeys = keys } = sequence;
  const rows = rowSums(counters, queries);
  const { fetched, reused, fetchCycles } = rows;
  const { computeCycles, rowCycles } =
    config.barrier === 'query'
      ? rows
      : untilEndOfHead(Math.max(0, ...Array.from(loads)), fetchCycles, validQueries, config);
  let seen = 0;
  for (let query = 0; query < validQueries; query++) seen += Math.min(validKeys, visibleKeys(sequence, query));
  const dense = denseTraffic(sequence, config);
  return {
    queries: validQueries,
    keys: validKeys,
    keptPairs: fetched + reused,
    visiblePairs: seen,
    comparedPairs: validQueries * validKeys,
    fetched,
    computeCycles,
    fetchCycles,
    rowCycles,
    baselineQueries: queries,
    baselineKeys: keys,
    baselinePairs: visiblePairs({ queries, keys, causal }),
    baselineFetched: dense.fetched,
    baselineComputeCycles: dense.computeCycles,
    baselineFetchCycles: dense.fetchCycles,
    baselineRowCycles: dense.rowCycles,
  };
}

function rowSums(counters: ArrayLike<number>, rows: number): Record<(typeof localityCounters)[number], number> {
  const sums = { fetched: 0, reused: 0, computeCycles: 0, fetchCycles: 0, rowCycles: 0 };
  for (let row = 0; row < rows; row++) {
    localityCounters.forEach((name, i) => {
      sums[name] += counters[row * localityCounters.length + i]!;
    });
  }
  return sums;
}

/** Cycles of a head whose CORELETs run ahead of each other: those of the one with most keys, of memory, or of the thresholds. */
function untilEndOfHead(
  computeCycles: number,
  fetchCycles: number,
  queries: number,
  { prefetch, thresholdCycles }: ResolvedSprint,
): { readonly computeCycles: number; readonly rowCycles: number } {
  const both = prefetch ? Math.max(computeCycles, fetchCycles) : computeCycles + fetchCycles;
  return { computeCycles, rowCycles: Math.max(both, queries * thresholdCycles) };
}
