import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { attendLayout } from './attend-problem.ts';

/** A call whose charged cells are counted; sizes as `ThresholdSizes` names them. */
export interface ChargedCellsProblem {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  /** Whether `lengths` says how many tokens of each sequence are valid. */
  readonly padded: boolean;
}

/**
 * Plans counting the cells of a charge array that charge: over all pairs of a query and a key that it sees, those whose bits of the
 * upper nibbles are both one. Binds `q` `[headCount, queries, groups]` and `k` `[headCount, keys, groups]` (8-bit codes, 4 a word),
 * `lengths` `[sequences]` (any tensor without padding) and `charged` `[headCount, groups, 2]`, counts in two words, the lower first.
 */
export function planChargedCells(problem: ChargedCellsProblem): Launch {
  const { headCount, heads, queries, keys, dim, causal, padded } = problem;
  const { groups } = attendLayout({ heads: headCount, queries, keys, dim, causal, operandBits: 8 });
  return {
    program: shaders['charged-cells'],
    entry: 'main',
    constants: { PADDED: padded ? 1 : 0 },
    params: { head_count: headCount, heads, queries, keys, groups, causal: causal ? 1 : 0 },
    workgroups: [...foldGrid(Math.ceil((headCount * groups) / 64)), 1],
    elements: {
      q: headCount * queries * groups,
      k: headCount * keys * groups,
      lengths: padded ? headCount / heads : 0,
      charged: headCount * groups * 2,
    },
  };
}

/** Charged cells of each head, from what the kernel wrote. */
export function chargedByHead(charged: Uint32Array, headCount: number): number[] {
  const width = charged.length / headCount;
  return Array.from({ length: headCount }, (_, head) => {
    let sum = 0;
    for (let i = head * width; i < (head + 1) * width; i += 2) sum += charged[i]! + charged[i + 1]! * 2 ** 32;
    return sum;
  });
}
