import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
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
  /** Largest magnitude in a table of whole numbers (`symmetric`); without it the table holds any floats. */
  readonly largestEntry?: number;
  /** First of this layer's arrays in the table. */
  readonly arrayBase?: number;
  /** Scores per row in memory, a multiple of 4 from `keys`; default {@link scoreStride}. */
  readonly stride?: number;
  /** Lanes of a workgroup, 1 to 256; see {@link scoreLanes}. Default 64. */
  readonly lanes?: number;
}

const rules = { symmetric: 0, match: 1, asymmetric: 2 } as const;
/** Entries of 16 bytes worth laying down at a time; only codebooks of more than 64 centroids take more, up to 16 KiB. */
const mostEntries = 256;

/** What half a word holds of sums. */
const mostInHalf = 2 ** 15 - 1;

/**
 * Plans relevance scores. Binds `q_codes`, `k_codes`, `table` (`[arrays, centroids, centroids]` for `symmetric`, the
 * codebook `[arrays, subDim, centroids]` for `asymmetric`, any tensor for `match`), `scores` `[headCount, queryCount, stride]`
 * and, where `elements` names it, `x` (the queries for `asymmetric`, any tensor else). Centroids are padded to a multiple of 4.
 */
export function planPqScore(problem: PqScoreProblem): Launch {
  const { headCount, heads, queries, keys, causal, dim, subspaces, rule, arrayBase = 0, lanes = 64 } = problem;
  const { queryFirst = 0, queryCount = queries - queryFirst, stride = scoreStride(keys) } = problem;
  const centroids = paddedCentroids(problem.centroids);
  if (centroids > 256) throw fail('PQ_CENTROIDS', `${problem.centroids} centroids`, 'use at most 256');
  const subDim = subspaceDim(dim, subspaces);
  const arrays = arrayBase + heads * subspaces;
  const words = codeWords(subspaces);
  const chunk = Math.min(4 * words, Math.max(4, Math.floor(mostEntries / centroids / 4) * 4));
  const entries = chunk * centroids;
  const largest = rule === 'match' ? 1 : rule === 'symmetric' ? problem.largestEntry : undefined;
  const isWhole = largest !== undefined && chunk * largest <= mostInHalf;
  return {
    program: isWhole ? shaders['pq-score-whole'] : shaders['pq-score'],
    entry: 'main',
    constants: { RULE: rules[rule], ENTRIES: entries, LANES: lanes },
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
      stride,
    },
    workgroups: [Math.ceil(queryCount / (isWhole ? 8 : 4)), Math.min(headCount, 65535), Math.ceil(headCount / 65535)],
    workgroupBytes: entries * 16,
    elements: {
      q_codes: headCount * queries * words,
      k_codes: headCount * keys * words,
      table:
        rule === 'symmetric' ? arrays * centroids * centroids : rule === 'asymmetric' ? arrays * subDim * centroids : 0,
      ...(isWhole ? {} : { x: rule === 'asymmetric' ? headCount * queries * dim : 0 }),
      scores: headCount * queryCount * stride,
    },
  };
}

/** Lanes for {@link planPqScore}: software adapters start a workgroup with barriers the sooner the fewer it has. */
export function scoreLanes({ adapter }: Gpu): number {
  return adapter.class === 'hardware' ? 64 : 16;
}
