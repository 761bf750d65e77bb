import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { codeWords, paddedCentroids, subspaceDim } from './pq-encode.ts';

/** Sizes of one layer's k-means; vectors lie as `[sets, heads, tokens, dim]`. */
export interface KmeansProblem {
  readonly sets: number;
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
  /** Largest magnitude among the vectors; sets the fixed point of the sums. */
  readonly largest: number;
}

/**
 * Plans the two steps after an assignment: `gather` adds up each centroid's vectors, `centre` moves it to their mean. Both
 * bind `sums` (i32, zero at first) `[arrays, subDim + 1, padded]`; `gather` also `x` and `codes`, `centre` also
 * `book` `[rows padded to 4, columns]`, the codebook in the form that `pq-encode` reads.
 */
export function planKmeans(problem: KmeansProblem): { gather: Launch; centre: Launch } {
  const { sets, heads, tokens, dim, subspaces, centroids, largest } = problem;
  const subDim = subspaceDim(dim, subspaces);
  const padded = paddedCentroids(centroids);
  const arrays = heads * subspaces;
  const vectors = sets * tokens;
  const params = {
    sets,
    heads,
    tokens,
    dim,
    subspaces,
    sub_dim: subDim,
    centroids,
    padded,
    // All vectors may fall to one centroid: their sum must stay below 2^31.
    fixed_point: 2 ** 30 / Math.max(1, vectors) / (largest || 1),
  };
  const shared = { program: shaders.kmeans, constants: {}, params };
  const sums = arrays * (subDim + 1) * padded;
  return {
    gather: {
      ...shared,
      entry: 'gather',
      workgroups: [Math.ceil(vectors / 64), arrays, 1],
      elements: { x: vectors * heads * dim, codes: vectors * heads * codeWords(subspaces), sums },
    },
    centre: {
      ...shared,
      entry: 'centre',
      workgroups: [Math.ceil(centroids / 64), arrays, 1],
      elements: { sums, book: Math.ceil((subDim + 1) / 4) * 4 * arrays * padded },
    },
  };
}
