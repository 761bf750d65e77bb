import { cellModel } from '../device/cell.ts';
import { wtaModel } from '../device/time-domain.ts';
import { fail } from '../errors.ts';
import type { Batch, Reading } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { planKmeans } from '../kernel/kmeans.ts';
import { codeWords, planPqEncode } from '../kernel/pq-encode.ts';
import { type Codebooks, codebookSizes } from './codebook.ts';
import { measureRanges } from './codebook-ranges.ts';
import { seedCentroids } from './seed-centroids.ts';

/** Vectors of a head that centroids are moved by: 128 for each of 16 centroids. It bounds the time of a fit. */
const mostVectors = 2048;

/** Vectors that codebooks are fitted on: one layer's queries and keys. */
export interface LayerSamples {
  /** `[sets, heads, queries, dim]`. */
  readonly q: Float32Array;
  /** `[sets, heads, keys, dim]`. */
  readonly k: Float32Array;
}

/** Shape of the samples and what to fit. */
export interface FitOptions {
  readonly sets: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
  readonly iterations: number;
  readonly seed: number;
}

/**
 * Trains codebooks by k-means, one per layer, head and sub-space, common to queries and keys. Centroids start by distance
 * sampling (k-means++) on the host and move on the GPU: the assignment is the encoder's own kernel with an ideal array.
 * Where there are as many centroids as distinct vectors, and no more vectors than `mostVectors`, every vector is its own
 * centroid, exactly.
 */
export async function fitCodebooks(gpu: Gpu, layers: readonly LayerSamples[], options: FitOptions): Promise<Codebooks> {
  const { heads, dim, subspaces, centroids, iterations, seed } = options;
  const shape = { layers: layers.length, heads, dim, subspaces, centroids };
  const { subDim, padded, arrays, layerArrays, bookElements } = codebookSizes(shape);
  const vectors = options.sets * (options.queries + options.keys);
  if (vectors === 0 || layers.length === 0)
    throw fail('FIT_SAMPLES', `no vectors to fit codebooks on`, 'give at least one window of calibration text');
  const values = new Float32Array(arrays * bookElements);
  const all = layers.map((samples) => byHead(samples, options));
  const count = Math.min(vectors, mostVectors);
  const packed = all.map((x) => thin(x, heads, vectors, count, dim));
  const exact = packed.map((x, layer) =>
    seedCentroids(
      x,
      { ...shape, vectors: count, seed, firstArray: layer * layerArrays },
      values.subarray(layer * layerArrays * bookElements),
    ),
  );
  const columns = layerArrays * padded;
  const batch = gpu.batch('k-means');
  let moving: readonly (Reading<Float32Array> | undefined)[];
  try {
    moving = packed.map((x, layer) => {
      if (iterations === 0 || exact[layer]!.every(Boolean)) return undefined;
      const first = values.subarray(layer * layerArrays * bookElements);
      return recordRounds(gpu, batch, x, asDifference(first, layerArrays, subDim, padded), {
        ...shape,
        count,
        iterations,
      });
    });
    await batch.submit();
  } finally {
    batch.discard();
  }
  moving.forEach((book, layer) => {
    if (!book) return;
    for (let array = 0; array < layerArrays; array++) {
      // A sub-space whose vectors all have a centroid of their own keeps them as they are, free of fixed-point rounding.
      if (exact[layer]![array]) continue;
      for (let r = 0; r < subDim; r++) {
        const from = r * columns + array * padded;
        values.set(
          book.values().subarray(from, from + centroids),
          (layer * layerArrays + array) * bookElements + r * padded,
        );
      }
    }
  });
  return {
    ...shape,
    values,
    ...measureRanges(all, { ...shape, vectors, queries: options.sets * options.queries }, values),
  };
}

/** Records all rounds of one layer: assign every vector to its nearest centroid, add up, move. The result is the moved codebook. */
function recordRounds(
  gpu: Gpu,
  batch: Batch,
  x: Float32Array,
  seeds: Float32Array,
  options: Pick<Codebooks, 'layers' | 'heads' | 'dim' | 'subspaces' | 'centroids'> & {
    readonly count: number;
    readonly iterations: number;
  },
): Reading<Float32Array> {
  const { heads, dim, subspaces, centroids, count, iterations } = options;
  const { subDim, padded, layerArrays } = codebookSizes(options);
  const columns = layerArrays * padded;
  const paddedRows = Math.ceil((subDim + 1) / 4) * 4;
  const data = batch.temporary('f32', [heads, count, dim], 'vectors');
  gpu.write(data, x);
  const book = batch.temporary('f32', [paddedRows, columns], 'codebook');
  gpu.write(book, seeds);
  const codes = batch.temporary('u32', [heads, count, codeWords(subspaces)], 'codes');
  const stats = batch.temporary('f32', [heads, count, codeWords(subspaces), 4], 'stats');
  const sums = batch.temporary('i32', [layerArrays, subDim + 1, padded], 'sums');
  const ranges = batch.temporary('f32', [layerArrays, 4], 'ranges');
  gpu.write(
    ranges,
    Float32Array.from({ length: layerArrays * 4 }, (_, i) => (i % 4 === 0 ? 1 : 0)),
  );
  const mismatch = batch.temporary('f32', [0], 'mismatch');
  const encode = planPqEncode({
    headCount: heads,
    heads,
    windows: 1,
    chips: 1,
    tokens: count,
    dim,
    subspaces,
    centroids,
    biasRows: 1,
    columns,
    columnBase: 0,
    arrayBase: 0,
    dacBits: 0,
    cell: { ...cellModel('ideal'), conductanceMinUs: 0, conductanceMaxUs: 1 },
    wta: wtaModel('ideal'),
  });
  const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const { gather, centre } = planKmeans({ sets: 1, heads, tokens: count, dim, subspaces, centroids, largest });
  for (let round = 0; round < iterations; round++) {
    batch.run(encode, { x: data, difference: book, variance: book, ranges, mismatch, codes, stats });
    batch.run(gather, { x: data, codes, sums }).run(centre, { sums, book });
  }
  return batch.read<Float32Array>(book);
}

/** Every so many-th vector of each head, `[heads, count, dim]`. */
function thin(x: Float32Array, heads: number, vectors: number, count: number, dim: number): Float32Array {
  if (count === vectors) return x;
  const out = new Float32Array(heads * count * dim);
  for (let row = 0; row < heads * count; row++) {
    const from = (Math.floor(row / count) * vectors + Math.floor(((row % count) * vectors) / count)) * dim;
    out.set(x.subarray(from, from + dim), row * dim);
  }
  return out;
}

/** All queries of a head, then all its keys: `[heads, sets * (queries + keys), dim]`. */
function byHead({ q, k }: LayerSamples, { sets, heads, queries, keys, dim }: FitOptions): Float32Array {
  const out = new Float32Array(heads * sets * (queries + keys) * dim);
  let to = 0;
  for (let h = 0; h < heads; h++) {
    for (const [data, tokens] of [
      [q, queries],
      [k, keys],
    ] as const) {
      for (let s = 0; s < sets; s++) {
        const from = (s * heads + h) * tokens * dim;
        out.set(data.subarray(from, from + tokens * dim), to);
        to += tokens * dim;
      }
    }
  }
  return out;
}

/** A layer's codebooks as one array: centroids, then -|c|^2 / 2 in the bias row, then padding. */
function asDifference(values: Float32Array, arrays: number, subDim: number, padded: number): Float32Array {
  const columns = arrays * padded;
  const out = new Float32Array(Math.ceil((subDim + 1) / 4) * 4 * columns);
  for (let array = 0; array < arrays; array++) {
    for (let c = 0; c < padded; c++) {
      let square = 0;
      for (let r = 0; r < subDim; r++) {
        const value = values[(array * subDim + r) * padded + c]!;
        out[r * columns + array * padded + c] = value;
        square += value * value;
      }
      out[subDim * columns + array * padded + c] = -square / 2;
    }
  }
  return out;
}
