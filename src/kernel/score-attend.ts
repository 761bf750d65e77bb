import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';
import { selectionWords } from './gather-attend.ts';
import { type QueryPart, queryPart } from './query-part.ts';
import { scoreStride } from './wta-select.ts';

/** Attention whose scores are given, such as the estimates that keys were selected by. */
export interface ScoreAttendProblem extends AttendProblem, QueryPart {
  /** Factor on the scores, besides the scales of q and k. */
  readonly scale: number;
}

/** Factor on estimates in nibble units of 8-bit operands: 256 / sqrt(dim), before the scales of q and k. */
export function nibbleScale(dim: number): number {
  return 256 / Math.sqrt(dim);
}

/**
 * Plans softmax and values over the kept keys. Binds `scores` `[heads, queryCount, stride]`, `scales` `[3, heads]`, `v` in padded
 * rows (8-bit codes or f32, as `operandBits` says), `selection` `[heads, queries, ceil(keys / 32)]` and `out` `[heads, queries, dim]`.
 * The selection alone says what is seen; a row that keeps nothing gives zeros.
 */
export function planScoreAttend(problem: ScoreAttendProblem): Launch {
  const { heads, queries, keys, dim, operandBits } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  const { queryFirst, queryCount } = queryPart(problem);
  return {
    program: operandBits === 8 ? shaders['score-attend-int8'] : shaders['score-attend'],
    entry: 'main',
    constants: { BLOCKS: blocks },
    params: {
      heads,
      queries,
      query_first: queryFirst,
      query_count: queryCount,
      keys,
      dim,
      stride: scoreStride(keys),
      scale,
    },
    workgroups: [Math.ceil(queryCount / 64), ...headGrid],
    elements: {
      scores: heads * queryCount * scoreStride(keys),
      scales: 3 * heads,
      v: heads * keys * rowElements,
      selection: heads * queries * selectionWords(keys),
      out: heads * queries * dim,
    },
  };
}
