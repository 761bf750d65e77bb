import type { Launch } from '../gpu/launch.ts';
import type { ShaderModule } from '../gpu/program.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';
import type { DenseAttendVariant } from './dense-attend-variant.ts';

/** Sizes of dense attention and which shader; default `pair`. 8-bit operands have no other. */
export interface DenseAttendProblem extends AttendProblem {
  readonly variant?: DenseAttendVariant;
}

/** Shader of each float32 variant, the queries of a workgroup, and the lanes that share them. */
const variants: Readonly<
  Record<DenseAttendVariant, { readonly program: ShaderModule; readonly tile: number; readonly lanes?: number }>
> = {
  pair: { program: shaders['dense-attend'], tile: 64 },
  wide: { program: shaders['dense-attend-wide'], tile: 32 },
  'wide-subgroup4': { program: shaders['dense-attend-wide-subgroup'], tile: 16, lanes: 4 },
  'wide-subgroup8': { program: shaders['dense-attend-wide-subgroup'], tile: 16, lanes: 8 },
};
const int8 = { program: shaders['dense-attend-int8'], tile: 64, lanes: undefined } as const;

/**
 * Plans dense attention. Binds `q`, `k`, `v` in padded rows (see `planPadRows`, `planQuantizeRows`), `out`
 * `[heads, queries, dim]` and, at 8 bits, `scales` `[3, heads]`.
 */
export function planDenseAttend(problem: DenseAttendProblem): Launch {
  const { heads, queries, keys, dim, causal, operandBits } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  const { program, tile, lanes } = operandBits === 8 ? int8 : variants[problem.variant ?? 'pair'];
  return {
    program,
    entry: 'main',
    constants: { BLOCKS: blocks, ...(lanes === undefined ? {} : { LANES: lanes }) },
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
