import { encodeReference } from '../reference/pq.ts';
import { type Codebooks, codebookSizes } from './codebook.ts';

/** Vectors per head and side that ranges are measured on. */
const mostVectors = 256;

/**
 * What the converters of an encoder and a selector must cover, measured on the vectors that codebooks were fitted on:
 * drives, similarities to centroids, and relevances between queries and keys.
 */
export function measureRanges(
  layers: readonly Float32Array[],
  shape: Pick<Codebooks, 'layers' | 'heads' | 'dim' | 'subspaces' | 'centroids'> & {
    readonly vectors: number;
    readonly queries: number;
  },
  values: Float32Array,
): Pick<Codebooks, 'inputRange' | 'similarityRange' | 'relevanceRange'> {
  const { heads, dim, subspaces, centroids, vectors, queries } = shape;
  const { subDim, padded, layerArrays, arrays, bookElements } = codebookSizes(shape);
  const inputRange = new Float32Array(arrays);
  const similarityRange = new Float32Array(2 * arrays);
  const relevanceRange = new Float32Array(2 * shape.layers * heads);
  layers.forEach((x, layer) => {
    for (let head = 0; head < heads; head++) {
      const rows = (first: number, count: number) => {
        const taken = Math.min(count, mostVectors);
        return Array.from({ length: taken }, (_, i) => {
          const at = (head * vectors + first + Math.floor((i * count) / taken)) * dim;
          return x.subarray(at, at + dim);
        });
      };
      const sides = [rows(0, queries), rows(queries, vectors - queries)] as const;
      for (let m = 0; m < subspaces; m++) {
        const array = layer * layerArrays + head * subspaces + m;
        inputRange[array] = largestDrive(
          x.subarray(head * vectors * dim, (head + 1) * vectors * dim),
          dim,
          m * subDim,
          subDim,
        );
        similarityRange.set(
          similarities([...sides[0], ...sides[1]], values.subarray(array * bookElements), {
            subDim,
            padded,
            centroids,
            first: m * subDim,
            dim,
          }),
          2 * array,
        );
      }
      const firstBook = (layer * layerArrays + head * subspaces) * bookElements;
      const book = {
        dim,
        subspaces,
        centroids,
        values: values.subarray(firstBook, firstBook + subspaces * bookElements),
      };
      relevanceRange.set(relevances(book, sides, subDim, padded), 2 * (layer * heads + head));
    }
  });
  return { inputRange, similarityRange, relevanceRange };
}

function largestDrive(x: Float32Array, dim: number, first: number, length: number): number {
  let most = 0;
  for (let row = 0; row < x.length; row += dim) {
    for (let d = first; d < Math.min(first + length, dim); d++) most = Math.max(most, Math.abs(x[row + d]!));
  }
  // An unused sub-space still needs a range to divide by.
  return most || 1;
}

function similarities(
  rows: readonly Float32Array[],
  book: Float32Array,
  s: { subDim: number; padded: number; centroids: number; first: number; dim: number },
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const x of rows) {
    for (let c = 0; c < s.centroids; c++) {
      let score = 0;
      for (let r = 0; r < s.subDim; r++) {
        const w = book[r * s.padded + c]!;
        score += (s.first + r < s.dim ? x[s.first + r]! : 0) * w - (w * w) / 2;
      }
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
  }
  return widen(low, high);
}

function relevances(
  book: Parameters<typeof encodeReference>[0],
  sides: readonly [readonly Float32Array[], readonly Float32Array[]],
  subDim: number,
  padded: number,
): [number, number] {
  const reconstruct = (x: Float32Array) => {
    const codes = encodeReference(book, x);
    return Float64Array.from(
      { length: book.subspaces * subDim },
      (_, d) => book.values[d * padded + codes[Math.floor(d / subDim)]!]!,
    );
  };
  const q = sides[0].map(reconstruct);
  const k = sides[1].map(reconstruct);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const a of q) {
    for (const b of k) {
      let sum = 0;
      for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
      low = Math.min(low, sum);
      high = Math.max(high, sum);
    }
  }
  return widen(low, high);
}

/** Unseen vectors reach a little further; and a range must not be empty. */
function widen(low: number, high: number): [number, number] {
  const margin = 0.05 * (high - low) || Math.abs(high) || 1;
  return [low - margin, high + margin];
}
