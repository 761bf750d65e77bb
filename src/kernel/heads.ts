import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** Sizes of a move between rows [sequence, token] and heads [sequence, head, token, dim]. */
export interface HeadsProblem {
  readonly sequences: number;
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
  /** Elements from one row to the next; default `heads * dim`. */
  readonly stride?: number;
  /** First of the `heads * dim` columns of a row that are moved; default 0. */
  readonly firstColumn?: number;
}

/**
 * Plans taking `heads * dim` columns of rows apart. Binds `source` [sequences * tokens, stride] and `result`
 * [sequences, heads, tokens, dim]. A fused projection of queries, keys and values takes three launches that differ in
 * `firstColumn`. Throws `HEADS_COLUMNS` when the columns do not lie in a row.
 */
export function planSplitHeads(problem: HeadsProblem): Launch {
  return plan(problem, 'split');
}

/** Plans the way back: binds `source` [sequences, heads, tokens, dim] and `result` [sequences * tokens, stride]. */
export function planMergeHeads(problem: HeadsProblem): Launch {
  return plan(problem, 'merge');
}

function plan(problem: HeadsProblem, entry: 'split' | 'merge'): Launch {
  const { sequences, heads, tokens, dim, stride = heads * dim, firstColumn = 0 } = problem;
  if (firstColumn + heads * dim > stride)
    throw fail(
      'HEADS_COLUMNS',
      `columns ${firstColumn} to ${firstColumn + heads * dim} of rows with ${stride} elements`,
      'use a stride that holds all heads',
    );
  const vectors = sequences * heads * tokens;
  const moved = vectors * dim;
  const inRows = moved === 0 ? 0 : (sequences * tokens - 1) * stride + firstColumn + heads * dim;
  return {
    program: shaders.heads,
    entry,
    constants: {},
    params: { sequences, heads, tokens, dim, stride, first_column: firstColumn },
    workgroups: [...foldGrid(Math.ceil((vectors * Math.ceil(dim / 4)) / 64)), 1],
    elements: entry === 'split' ? { source: inRows, result: moved } : { source: moved, result: inRows },
  };
}
