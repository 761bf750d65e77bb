import { paddedCentroids, subspaceDim } from '../kernel/pq-sizes.ts';

/** A head's codebooks: `[subspaces, subDim, padded centroids]`, zero past a short last sub-space. */
export interface Codebook {
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
  readonly values: ArrayLike<number>;
}

/** Index of the nearest centroid of every sub-space, by Euclidean distance; ties to the lower index. */
export function encodeReference(book: Codebook, x: ArrayLike<number>): number[] {
  const subDim = subspaceDim(book.dim, book.subspaces);
  const padded = paddedCentroids(book.centroids);
  return Array.from({ length: book.subspaces }, (_, m) => {
    let best = 0;
    let bestScore = -Infinity;
    for (let c = 0; c < book.centroids; c++) {
      let score = 0;
      for (let r = 0; r < subDim; r++) {
        const w = book.values[(m * subDim + r) * padded + c]!;
        const drive = m * subDim + r < book.dim ? x[m * subDim + r]! : 0;
        score += drive * w - (w * w) / 2;
      }
      if (score > bestScore) [best, bestScore] = [c, score];
    }
    return best;
  });
}

/** Relevance of a key for a query from their codes, by the three rules. */
export function scoreReference(
  rule: 'symmetric' | 'match' | 'asymmetric',
  book: Codebook,
  q: { readonly codes: readonly number[]; readonly x: ArrayLike<number> },
  kCodes: readonly number[],
): number {
  const subDim = subspaceDim(book.dim, book.subspaces);
  const padded = paddedCentroids(book.centroids);
  let score = 0;
  for (let m = 0; m < book.subspaces; m++) {
    if (rule === 'match') {
      score += q.codes[m] === kCodes[m] ? 1 : 0;
      continue;
    }
    for (let r = 0; r < subDim; r++) {
      const at = (m * subDim + r) * padded;
      const left = rule === 'symmetric' ? book.values[at + q.codes[m]!]! : (q.x[m * subDim + r] ?? 0);
      score += m * subDim + r < book.dim ? left * book.values[at + kCodes[m]!]! : 0;
    }
  }
  return score;
}
