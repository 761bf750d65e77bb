import type { Launch } from '../gpu/launch.ts';
import type { ShaderModule } from '../gpu/program.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';
import type { GatherAttendVariant } from './gather-attend-variant.ts';

/** Words of one row of a selection: bit j of word w is key 32 w + j, 1 = kept. */
export function selectionWords(keys: number): number {
  return Math.ceil(keys / 32);
}

/** Sizes of attention over kept keys and which way to it; default `gather`. 8-bit operands have no other. */
export interface GatherAttendProblem extends AttendProblem {
  readonly variant?: GatherAttendVariant;
}

interface Way {
  readonly program: ShaderModule;
  /** Queries of a workgroup. */
  readonly tile: number;
  /** Lanes that share them. */
  readonly lanes?: number;
  /** The shaders of dense attention ask whether it is causal: the selection says so already. */
  readonly causal?: { readonly causal: 0 };
}

const ways: Readonly<Record<GatherAttendVariant, Way>> = {
  gather: { program: shaders['gather-attend'], tile: 64 },
  subgroup8: { program: shaders['gather-attend-subgroup'], tile: 16, lanes: 8 },
  masked4: { program: shaders['gather-attend-masked-subgroup'], tile: 16, lanes: 4, causal: { causal: 0 } },
  masked8: { program: shaders['gather-attend-masked-subgroup'], tile: 16, lanes: 8, causal: { causal: 0 } },
};
const int8: Way = { program: shaders['gather-attend-int8'], tile: 64 };

/**
 * Plans exact attention over the kept keys. Binds `q`, `k`, `v` in padded rows, `selection`
 * `[heads, queries, ceil(keys / 32)]`, `out` `[heads, queries, dim]` and, at 8 bits, `scales` `[3, heads]`.
 * The selection alone says what is seen: `causal` is not applied a second time. Masking multiplies values that are left out by
 * zero, so all values must be finite.
 */
export function planGatherAttend(problem: GatherAttendProblem): Launch {
  const { heads, queries, keys, dim, operandBits, variant = 'gather' } = problem;
  const { blocks, rowElements, headGrid, scale } = attendLayout(problem);
  const { program, tile, lanes, causal } = operandBits === 8 ? int8 : ways[variant];
  return {
    program,
    entry: 'main',
    constants: { BLOCKS: blocks, ...(lanes === undefined ? {} : { LANES: lanes }) },
    params: { heads, queries, keys, dim, scale, ...causal },
    workgroups: [Math.ceil(queries / tile), ...headGrid],
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
