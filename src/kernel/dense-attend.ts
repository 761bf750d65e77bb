import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';

/**
 * Plans dense attention. Binds `q`, `k`, `v` in padded rows (see `planPadRows`, `planQuantizeRows`), `out`
 * `[heads, queries, dim]` and, at 8 bits, `scales` `[3, heads]`.
 */
export function planDenseAttend(problem: AttendProblem): Launch {
  const { heads, queries, keys, dim, causal, operandBits } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  return {
    program: operandBits === 8 ? shaders['dense-attend-int8'] : shaders['dense-attend'],
    entry: 'main',
    constants: { BLOCKS: blocks },
    params: { heads, queries, keys, dim, causal: causal ? 1 : 0, scale },
    workgroups: [Math.ceil(queries / 64), ...headGrid],
    elements: {
      q: heads * queries * rowElements,
      k: heads * keys * rowElements,
      v: heads * keys * rowElements,
      out: heads * queries * dim,
      ...(operandBits === 8 ? { scales: 3 * heads } : {}),
    },
  };
}
