import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';

/** Words of one row of a selection: bit j of word w is key 32 w + j, 1 = kept. */
export function selectionWords(keys: number): number {
  return Math.ceil(keys / 32);
}

/**
 * Plans exact attention over the kept keys. Binds `q`, `k`, `v` in padded rows, `selection`
 * `[heads, queries, ceil(keys / 32)]`, `out` `[heads, queries, dim]` and, at 8 bits, `scales` `[3, heads]`.
 * The selection alone says what is seen: `causal` is not applied a second time.
 */
export function planGatherAttend(problem: AttendProblem): Launch {
  const { heads, queries, keys, dim, operandBits } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  return {
    program: operandBits === 8 ? shaders['gather-attend-int8'] : shaders['gather-attend'],
    entry: 'main',
    constants: { BLOCKS: blocks },
    params: { heads, queries, keys, dim, scale },
    workgroups: [Math.ceil(queries / 64), ...headGrid],
    elements: {
      q: heads * queries * rowElements,
      k: heads * keys * rowElements,
      v: heads * keys * rowElements,
      selection: heads * queries * selectionWords(keys),
      out: heads * queries * dim,
      ...(operandBits === 8 ? { scales: 3 * heads } : {}),
    },
  };
}
