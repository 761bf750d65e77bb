import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';
import type { DenseAttendVariant } from './dense-attend-variant.ts';

/** Sizes of dense attention and which shader; default `pair`. 8-bit operands have no other. */
export interface DenseAttendProblem extends AttendProblem {
  readonly variant?: DenseAttendVariant;
}

/** Shader of each float32 variant and the queries of a workgroup. */
const variants = {
  pair: { program: shaders['dense-attend'], tile: 64 },
  wide: { program: shaders['dense-attend-wide'], tile: 32 },
  'wide-subgroup': { program: shaders['dense-attend-wide-subgroup'], tile: 32 },
} as const;
const int8 = { program: shaders['dense-attend-int8'], tile: 64 } as const;

/**
 * Plans dense attention. Binds `q`, `k`, `v` in padded rows (see `planPadRows`, `planQuantizeRows`), `out`
 * `[heads, queries, dim]` and, at 8 bits, `scales` `[3, heads]`.
 */
export function planDenseAttend(problem: DenseAttendProblem): Launch {
  const { heads, queries, keys, dim, causal, operandBits } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  const { program, tile } = operandBits === 8 ? int8 : variants[problem.variant ?? 'pair'];
  return {
    program,
    entry: 'main',
    constants: { BLOCKS: blocks },
    params: { heads, queries, keys, dim, causal: causal ? 1 : 0, scale },
    workgroups: [Math.ceil(queries / tile), ...headGrid],
    elements: {
      q: heads * queries * rowElements,
      k: heads * keys * rowElements,
      v: heads * keys * rowElements,
      out: heads * queries * dim,
      ...(operandBits === 8 ? { scales: 3 * heads } : {}),
    },
  };
}
