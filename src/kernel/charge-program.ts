import type { ChargeModel } from '../device/charge-array.ts';
import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { attendLayout } from './attend-problem.ts';
import { chargeParams, chargeWeights, weightsPerCell } from './charge-params.ts';

/** Keys to write into arrays. */
export interface ChargeProgramProblem {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences that belong to one chip. */
  readonly windows: number;
  readonly keys: number;
  readonly dim: number;
  readonly model: ChargeModel;
}

/** Index of each form of weights in the shaders. */
export const weightForms = { none: 0, weights: 1, planes: 2 } as const;

/** Words of a key's facts, pairs and bit planes. */
export function planeWords(dim: number): number {
  return 4 * (1 + 5 * Math.ceil(dim / 32));
}

/**
 * Plans writing keys. Binds `codes` `[headCount, keys, groups]` (8-bit, 4 a word), `offsets` `[chips, heads, columns]` and, where
 * the model has mismatch, `shares` as charge-cells drew them (else any tensor). Writes `planes` `[headCount, keys, 1 + blocks, 4]`
 * and `weights`: for `passive` with mismatch `[headCount, keys, rowElements]`, the sum of w_p C_jnp k_jnp over the line's capacitance,
 * plus 15/32, in nibble units (the ideal value is the nibble plus 15/32); for `bitplane` with mismatch every plane by itself,
 * `[headCount, keys, rowElements, 4]`; else any tensor.
 */
export function planChargeProgram({ headCount, heads, windows, keys, dim, model }: ChargeProgramProblem): Launch {
  const { blocks } = attendLayout({ heads: headCount, queries: 0, keys, dim, causal: false, operandBits: 8 });
  const chips = chargeChips(headCount, heads, windows);
  const form = chargeWeights(model);
  const lastCode = model.combine === 'bitplane' ? chargeParams(model, dim).last_code : dim;
  const rowElements = 32 * blocks;
  return {
    program: shaders['charge-program'],
    entry: 'main',
    constants: { BLOCKS: blocks, WEIGHTS: weightForms[form] },
    params: { head_count: headCount, heads, windows, keys, dim, columns: model.columns, last_code: lastCode },
    workgroups: [...foldGrid(Math.ceil((headCount * keys) / 64)), 1],
    elements: {
      codes: headCount * keys * 8 * blocks,
      offsets: chips * heads * model.columns,
      shares: form === 'none' ? 0 : chips * heads * model.columns * rowElements * 4,
      planes: headCount * keys * planeWords(dim),
      weights: headCount * keys * rowElements * weightsPerCell(form),
    },
  };
}

/** Chips that rows of heads belong to. Throws `CHARGE_CHIPS` when the last one is not whole. */
export function chargeChips(headCount: number, heads: number, windows: number): number {
  if (headCount % (heads * windows) !== 0)
    throw fail('CHARGE_CHIPS', `${headCount} rows of heads for ${heads} heads x ${windows} windows`, 'use whole chips');
  return headCount / (heads * windows);
}
