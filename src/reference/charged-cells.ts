import type { ChargedCellsProblem } from '../kernel/charged-cells.ts';

/** Codes of one call, -127 to 127: `q` `[headCount, queries, dim]`, `k` `[headCount, keys, dim]`, valid tokens of each sequence. */
export interface ChargedCellsOperands {
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly lengths?: ArrayLike<number>;
}

/** Cells of each head whose bits of query and key are both one, pair by pair and dimension by dimension. */
export function chargedCellsReference(
  { headCount, heads, queries, keys, dim, causal }: ChargedCellsProblem,
  { q, k, lengths }: ChargedCellsOperands,
): number[] {
  return Array.from({ length: headCount }, (_, head) => {
    const valid = lengths?.[Math.floor(head / heads)] ?? keys;
    let charged = 0;
    for (let i = 0; i < queries; i++) {
      const place = keys - queries + i;
      if (place >= valid) break;
      for (let j = 0; j < (causal ? Math.min(valid, place + 1) : valid); j++) {
        for (let n = 0; n < dim; n++) {
          charged += ones(q[(head * queries + i) * dim + n]!) * ones(k[(head * keys + j) * dim + n]!);
        }
      }
    }
    return charged;
  });
}

/** Ones among the four upper bits of an 8-bit code. */
function ones(code: number): number {
  return [4, 5, 6, 7].filter((bit) => ((code >> bit) & 1) === 1).length;
}
