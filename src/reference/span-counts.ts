import { fail } from '../errors.ts';

/**
 * One head's attention within a span. The queries are the last `queries` of `keys` tokens. A query sees the keys at distances
 * 0 to `span` - 1 before it and, unless `causal`, as many after it, as far as there are tokens.
 */
export interface SpanProblem {
  readonly queries: number;
  readonly keys: number;
  readonly span: number;
  readonly causal: boolean;
  /** Queries that one load of the keys serves where nothing is reused. */
  readonly tileQueries: number;
}

/** What a head reads, writes and computes, in rows and pairs; times the dimension they are elements and multiply-accumulates. */
export interface SpanCounts {
  /** Query and key pairs in the span. */
  readonly pairs: number;
  /** Pairs that are the mirror image of another one, so that a product shared by queries and keys gives both. */
  readonly mirroredPairs: number;
  /** Key rows written when every tile of queries loads what it sees. */
  readonly reloadedRows: number;
  /** Key rows written when a circular buffer keeps those still in the span: each row that is seen, once. */
  readonly reusedRows: number;
  /** Key rows held at a time: the longest row of pairs. */
  readonly residentRows: number;
}

/** The exact counts, edges included. Throws `SPAN_VALUE` for sizes that are no whole numbers from 1, or more queries than keys. */
export function spanCounts(problem: SpanProblem): SpanCounts {
  check(problem);
  const { queries, keys, causal, tileQueries } = problem;
  const reach = Math.min(problem.span, keys) - 1;
  const first = keys - queries;
  const tiles = Math.ceil(queries / tileQueries);
  // A row's keys: itself, those before it down to the first token, and in a symmetric span those after it up to the last.
  const before = cappedSum(first, 1, queries, reach);
  const after = causal ? 0 : cappedSum(0, 1, queries, reach);
  // A tile's keys: its own tokens, and the same two sides seen from its first and last token. The last tile has nothing after it.
  const lastTile = queries - (tiles - 1) * tileQueries;
  const tileBefore = cappedSum(first, tileQueries, tiles, reach);
  const tileAfter = causal ? 0 : cappedSum(lastTile, tileQueries, tiles - 1, reach);
  return {
    pairs: queries + before + after,
    mirroredPairs: after,
    reloadedRows: queries + tileBefore + tileAfter,
    reusedRows: queries + Math.min(first, reach),
    residentRows: longestRow(problem, reach),
  };
}

/**
 * The same counts for many more tokens than the span is wide, without edges, as reviews of such engines state them: pairs N w,
 * half of them mirrored, (w + T) ceil(N / T) rows reloaded and N reused, where w is the width of the span and T the tile.
 */
export function asymptoticSpanCounts(problem: SpanProblem): SpanCounts {
  check(problem);
  const { queries, keys, span, causal, tileQueries } = problem;
  const width = Math.min(keys, causal ? span : 2 * span - 1);
  return {
    pairs: queries * width,
    mirroredPairs: causal ? 0 : (queries * (width - 1)) / 2,
    reloadedRows: Math.min(keys, width + tileQueries) * Math.ceil(queries / tileQueries),
    reusedRows: queries,
    residentRows: width,
  };
}

/** Multiply-accumulates of the projections of `tokens` tokens of `width` elements to one head; queries and keys may share one. */
export function projectionMacs(tokens: number, width: number, dim: number, shared: boolean): number {
  return (shared ? 2 : 3) * tokens * width * dim;
}

/** The sum of min(first + step * t, cap) over t = 0 .. count - 1. */
function cappedSum(first: number, step: number, count: number, cap: number): number {
  const below = Math.max(0, Math.min(count, Math.ceil((cap - first) / step)));
  return below * first + (step * below * (below - 1)) / 2 + (count - below) * cap;
}

/** The row whose two sides are both as long as they get is the middle one, or the nearest to it that is a query. */
function longestRow({ queries, keys, causal }: SpanProblem, reach: number): number {
  if (causal) return reach + 1;
  const middle = Math.max(keys - queries, Math.floor((keys - 1) / 2));
  return Math.min(middle, reach) + 1 + Math.min(keys - 1 - middle, reach);
}

function check(problem: SpanProblem): void {
  for (const name of ['queries', 'keys', 'span', 'tileQueries'] as const) {
    if (Number.isInteger(problem[name]) && problem[name] >= 1) continue;
    throw fail('SPAN_VALUE', `${name} is ${problem[name]}`, 'give a whole number from 1');
  }
  if (problem.queries > problem.keys) {
    throw fail(
      'SPAN_VALUE',
      `${problem.queries} queries have ${problem.keys} keys`,
      'give as many keys as queries or more',
    );
  }
}
