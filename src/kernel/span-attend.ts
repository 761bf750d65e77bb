import { fail } from '../errors.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';
import { checkSpanWindows, type SpanWindows } from './span-problem.ts';

/** Sizes and options of attention within spans. */
export interface SpanAttendProblem extends AttendProblem, SpanWindows {
  /** Queries that one load of the keys serves where nothing is kept in a buffer; default all. Only counted. */
  readonly tileQueries?: number;
  /** Neighbouring lanes that walk the same keys, a divisor of 32, see `spanLockstep`; default 1. */
  readonly lockstep?: number;
}

/**
 * What `counts` holds for each row, by the names of `spanCounts`: the keys seen; those of them after the query, whose pair is the
 * mirror image of one in a later row; the key rows written into a circular buffer (token j in slot j modulo its size); and
 * those written when every tile of queries loads its own.
 */
export const spanCounters = ['pairs', 'mirroredPairs', 'reusedRows', 'reloadedRows'] as const;

/**
 * Plans attention within spans. Binds `q`, `k`, `v` in padded rows (see `planPadRows`, `planQuantizeRows`), `spans` u32 `[heads
 * of a sequence]`, `out` `[heads, queries, dim]`, `counts` u32 `[heads, queries, 4]` (see {@link spanCounters}) and, at 8 bits,
 * `scales` `[3, heads]`.
 *
 * Where one projection serves queries and keys, bind the rows of q as `k` too: the products left to compute are then the pairs
 * less the mirrored ones. The simulation itself computes both of a pair. They belong to rows of different lanes, and keeping
 * half the scores of a window in memory between two passes is not built.
 */
export function planSpanAttend(problem: SpanAttendProblem): Launch {
  const { sequences, heads, queries, keys, dim, causal, spans, operandBits } = problem;
  const { tileQueries = Math.max(1, queries), lockstep = 1 } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  checkSpanWindows(problem);
  checkOptions(tileQueries, lockstep);
  return {
    program: operandBits === 8 ? shaders['span-attend-int8'] : shaders['span-attend'],
    entry: 'main',
    constants: { BLOCKS: blocks, LOCKSTEP: lockstep },
    params: {
      heads,
      queries,
      keys,
      dim,
      scale,
      sequence_heads: sequences === 0 ? 1 : heads / sequences,
      causal: causal ? 1 : 0,
      tile_queries: tileQueries,
    },
    workgroups: [Math.ceil(queries / 64), ...headGrid],
    elements: {
      q: heads * queries * rowElements,
      k: heads * keys * rowElements,
      v: heads * keys * rowElements,
      spans: spans.length,
      out: heads * queries * dim,
      counts: heads * queries * spanCounters.length,
      ...(operandBits === 8 ? { scales: 3 * heads } : {}),
    },
  };
}

function checkOptions(tileQueries: number, lockstep: number): void {
  if (!Number.isInteger(tileQueries) || tileQueries < 1 || tileQueries >= 2 ** 32) {
    throw fail('SPAN_TILE', `tiles of ${tileQueries} queries`, 'use a whole number from 1');
  }
  if (!Number.isInteger(lockstep) || lockstep < 1 || 32 % lockstep !== 0) {
    throw fail('SPAN_LOCKSTEP', `${lockstep} lanes walk together`, 'use 1, 2, 4, 8, 16 or 32');
  }
}
