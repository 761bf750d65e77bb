import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** Which operand of attention is quantised; its scales lie at `slot * heads`. */
export const operandSlots = { q: 0, k: 1, v: 2 } as const;

/**
 * Plans 8-bit quantisation with one scale per head (largest magnitude / 127). Binds `x` `[heads, tokens, dim]`, `packed`
 * `[heads, tokens, groups]` (4 dimensions a word) and `scales` `[3, heads]`.
 */
export function planQuantizeRows(problem: {
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
  readonly groups: number;
  readonly operand: keyof typeof operandSlots;
}): Launch {
  const { heads, tokens, dim, groups, operand } = problem;
  return {
    program: shaders['quantize-rows'],
    entry: 'main',
    constants: {},
    params: { heads, tokens, dim, groups, slot: operandSlots[operand] },
    workgroups: [Math.min(heads, 65535), Math.ceil(heads / 65535), tokens > 0 ? 1 : 0],
    elements: { x: heads * tokens * dim, packed: heads * tokens * groups, scales: 3 * heads },
  };
}

/** Plans copying rows into wider rows with zeros at their end. Binds `x` `[rows, from]` and `y` `[rows, to]`. */
export function planPadRows(problem: { readonly rows: number; readonly from: number; readonly to: number }): Launch {
  const { rows, from, to } = problem;
  return {
    program: shaders['pad-rows'],
    entry: 'main',
    constants: {},
    params: { rows, from_width: from, to_width: to },
    workgroups: [...foldGrid(Math.ceil((rows * to) / 64)), 1],
    elements: { x: rows * from, y: rows * to },
  };
}
