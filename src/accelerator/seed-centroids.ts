import { philoxWords, streams, toUniform } from '../reference/rng.ts';
import { type Codebooks, codebookSizes } from './codebook.ts';

/**
 * First centroids of one layer by k-means++ (Arthur and Vassilvitskii, 2007): each next one is drawn with probability
 * proportional to its squared distance from those there are. `x` is `[heads, vectors, dim]`; `values` receives
 * `[heads, subspaces, subDim, padded]`. Returns for each array whether every vector has a centroid of its own.
 */
export function seedCentroids(
  x: Float32Array,
  options: Omit<Codebooks, 'values' | 'inputRange' | 'similarityRange' | 'relevanceRange'> & {
    readonly vectors: number;
    readonly seed: number;
    readonly firstArray: number;
  },
  values: Float32Array,
): boolean[] {
  const { heads, dim, subspaces, centroids, vectors, seed, firstArray } = options;
  const { subDim, padded, bookElements } = codebookSizes(options);
  const exact: boolean[] = [];
  for (let array = 0; array < heads * subspaces; array++) {
    const first = Math.floor(array / subspaces) * vectors * dim + (array % subspaces) * subDim;
    const length = Math.min(subDim, dim - (array % subspaces) * subDim);
    const distance = new Float64Array(vectors).fill(Number.POSITIVE_INFINITY);
    let left = Number.POSITIVE_INFINITY;
    for (let c = 0; c < centroids; c++) {
      const dart = toUniform(philoxWords(seed, 0, streams.kmeans, firstArray + array, c)[0]);
      const chosen = c === 0 ? Math.floor(dart * vectors) : left === 0 ? undefined : choose(distance, left * dart);
      // With nothing left to choose the first centroid is repeated: it never wins against its lower-index twin.
      const at = chosen === undefined ? undefined : first + chosen * dim;
      for (let r = 0; r < length; r++) {
        const to = array * bookElements + r * padded;
        values[to + c] = at === undefined ? values[to]! : x[at + r]!;
      }
      if (at === undefined) continue;
      left = 0;
      for (let i = 0; i < vectors; i++) {
        let sum = 0;
        for (let r = 0; r < length; r++) sum += (x[first + i * dim + r]! - x[at + r]!) ** 2;
        distance[i] = Math.min(distance[i]!, sum);
        left += distance[i]!;
      }
    }
    exact.push(left === 0);
  }
  return exact;
}

function choose(distance: Float64Array, target: number): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < distance.length; i++) {
    if (distance[i] === 0) continue;
    sum += distance[i]!;
    last = i;
    if (sum >= target) return i;
  }
  return last;
}
