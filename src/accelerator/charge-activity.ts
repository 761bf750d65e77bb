import type { HeadActivity } from './machine.ts';

/** What one head of a charge-domain hybrid did in all calls of a run, added over sequences. */
export interface ChargeActivity extends HeadActivity {
  /** Keys that were written into the array, each once per sequence. */
  readonly keysWritten: number;
  /**
   * Cells that charged in all events: pairs of a query and a key that it sees whose bits are both one, counted bit by bit. Absent
   * where nothing was computed: the share of random bits is then taken.
   */
  readonly chargedCells?: number;
  /** Times that a query was driven against the keys in the array; see {@link arrayPasses}. */
  readonly passes: number;
}

/** A sequence of one head: the queries are the last of its `keys` tokens, without padding. */
export interface PassProblem {
  readonly queries: number;
  readonly keys: number;
  readonly causal: boolean;
  /** Keys that the array holds at a time. */
  readonly columns: number;
}

/**
 * Passes of the array over a sequence: every query once for each group of `columns` keys of which it sees any. Groups are written one
 * after another and meet all their queries before the next, so that a key is written once. Throws nothing: fewer keys than
 * queries leave the first queries without keys.
 */
export function arrayPasses({ queries, keys, causal, columns }: PassProblem): number {
  if (!causal) return queries * Math.ceil(keys / columns);
  const first = keys - queries;
  return groupsUpTo(keys, columns) - groupsUpTo(Math.max(0, first), columns);
}

/** The sum of ceil(n / columns) over n = 1 .. keys. */
function groupsUpTo(keys: number, columns: number): number {
  const full = Math.floor(keys / columns);
  return (columns * full * (full + 1)) / 2 + (keys - full * columns) * (full + 1);
}
