/**
 * Attention in float64 with given scores `[heads, queries, stride]`, each times its head's `factors`, over the keys that
 * `kept(head, query, key)` selects. v is `[heads, keys, dim]`; a row that keeps nothing gives zeros.
 */
export function scoreAttendReference(
  sizes: { readonly heads: number; readonly queries: number; readonly keys: number; readonly dim: number },
  scores: ArrayLike<number>,
  factors: ArrayLike<number>,
  v: ArrayLike<number>,
  kept: (head: number, query: number, key: number) => boolean,
): Float64Array {
  const { heads, queries, keys, dim } = sizes;
  const stride = scores.length / (heads * queries);
  const out = new Float64Array(heads * queries * dim);
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < queries; i++) {
      const row = h * queries + i;
      const seen = Array.from({ length: keys }, (_, j) => j).filter((j) => kept(h, i, j));
      const score = (j: number) => scores[row * stride + j]! * factors[h]!;
      const top = Math.max(...seen.map(score));
      const total = seen.reduce((sum, j) => sum + Math.exp(score(j) - top), 0);
      for (const j of seen) {
        const p = Math.exp(score(j) - top) / total;
        for (let d = 0; d < dim; d++) out[row * dim + d]! += p * v[(h * keys + j) * dim + d]!;
      }
    }
  }
  return out;
}
