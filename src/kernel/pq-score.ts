import { fail } from '../errors.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { codeWords, paddedCentroids, subspaceDim } from './pq-encode.ts';
import { scoreStride } from './wta-select.ts';

/** Sizes and rule of relevance from codes. */
export interface PqScoreProblem {
  readonly headCount: number;
  readonly heads: number;
  readonly queries: number;
  readonly queryFirst?: number;
  readonly queryCount?: number;
  readonly keys: number;
  readonly causal: boolean;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
  readonly rule: 'symmetric' | 'match' | 'asymmetric';
  /** First of this layer's arrays in the table. */
  readonly arrayBase?: number;
}

const rules = { symmetric: 0, match: 1, asymmetric: 2 } as const;
/** Entries of 16 bytes worth laying down at a time; only codebooks of more than 64 centroids take more, up to 16 KiB. */
const mostEntries = 256;

/**
 * Plans relevance scores. Binds `q_codes`, `k_codes`, `table` (`[arrays, centroids, centroids]` for `symmetric`, the
 * codebook `[arrays, subDim, centroids]` for `asymmetric`, any tensor for `match`), `x` (the queries, `asymmetric` only)
 * and `scores` `[headCount, queryCount, stride]`. Centroids are padded to a multiple of 4.
 */
export function planPqScore(problem: PqScoreProblem): Launch {
  const { headCount, heads, queries, keys, causal, dim, subspaces, rule, arrayBase = 0 } = problem;
  const { queryFirst = 0, queryCount = queries - queryFirst } = problem;
  const centroids = paddedCentroids(problem.centroids);
  if (centroids > 256) throw fail('PQ_CENTROIDS', `${problem.centroids} centroids`, 'use at most 256');
  const subDim = subspaceDim(dim, subspaces);
  const arrays = arrayBase + heads * subspaces;
  const words = codeWords(subspaces);
  const chunk = Math.min(4 * words, Math.max(4, Math.floor(mostEntries / centroids / 4) * 4));
  const entries = chunk * centroids;
  return {
    program: shaders['pq-score'],
    entry: 'main',
    constants: { RULE: rules[rule], ENTRIES: entries },
    params: {
      head_count: headCount,
      heads,
      queries,
      query_first: queryFirst,
      query_count: queryCount,
      keys,
      causal: causal ? 1 : 0,
      dim,
      subspaces,
      sub_dim: subDim,
      centroids,
      chunk,
      array_base: arrayBase,
      stride: scoreStride(keys),
    },
    workgroups: [Math.ceil(queryCount / 4), Math.min(headCount, 65535), Math.ceil(headCount / 65535)],
    workgroupBytes: entries * 16,
    elements: {
      q_codes: headCount * queries * words,
      k_codes: headCount * keys * words,
      table:
        rule === 'symmetric' ? arrays * centroids * centroids : rule === 'asymmetric' ? arrays * subDim * centroids : 0,
      x: rule === 'asymmetric' ? headCount * queries * dim : 0,
      scores: headCount * queryCount * scoreStride(keys),
    },
  };
}
