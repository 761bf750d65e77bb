import { fail } from '../errors.ts';
import { paddedCentroids, subspaceDim } from '../kernel/pq-encode.ts';

/** Trained codebooks of a model, one per layer, head and sub-space, with the ranges seen while they were trained. */
export interface Codebooks {
  readonly layers: number;
  readonly heads: number;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
  /** `[layers, heads, subspaces, subDim, padded centroids]`; zeros past the centroids and past the dimension. */
  readonly values: Float32Array;
  /** Largest magnitude of a drive, `[layers, heads, subspaces]`. */
  readonly inputRange: Float32Array;
  /** Range of x . c - |c|^2 / 2 over vectors and centroids, `[layers, heads, subspaces, 2]`. */
  readonly similarityRange: Float32Array;
  /** Range of relevance between queries and keys, `[layers, heads, 2]`, from centroid products. */
  readonly relevanceRange: Float32Array;
}

/** Sizes that follow from codebooks. */
export function codebookSizes(books: Pick<Codebooks, 'layers' | 'heads' | 'dim' | 'subspaces' | 'centroids'>) {
  const subDim = subspaceDim(books.dim, books.subspaces);
  const padded = paddedCentroids(books.centroids);
  const layerArrays = books.heads * books.subspaces;
  return { subDim, padded, layerArrays, arrays: books.layers * layerArrays, bookElements: subDim * padded };
}

/** Throws when codebooks do not fit the model they are used with, or hold values that no fit gives. */
export function checkCodebooks(
  books: Codebooks,
  wanted: Pick<Codebooks, 'layers' | 'heads' | 'dim' | 'subspaces' | 'centroids'>,
): void {
  for (const key of ['layers', 'heads', 'dim', 'subspaces', 'centroids'] as const) {
    if (books[key] !== wanted[key]) {
      throw fail(
        'CODEBOOK_SHAPE',
        `the codebooks have ${books[key]} ${key}, the run needs ${wanted[key]}`,
        'fit codebooks for this model and configuration',
      );
    }
  }
  const { arrays, bookElements } = codebookSizes(books);
  const sizes = {
    values: arrays * bookElements,
    inputRange: arrays,
    similarityRange: 2 * arrays,
    relevanceRange: 2 * books.layers * books.heads,
  };
  for (const [key, size] of Object.entries(sizes)) {
    const data = books[key as keyof typeof sizes];
    if (data.length !== size)
      throw fail(
        'CODEBOOK_SHAPE',
        `codebook ${key} holds ${data.length} values, expected ${size}`,
        'save and load codebooks whole',
      );
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail('CODEBOOK_VALUE', `codebook ${key}[${bad}] is ${data[bad]}`, 'use finite values');
  }
  const flat = books.inputRange.findIndex((value) => value <= 0);
  if (flat >= 0)
    throw fail('CODEBOOK_VALUE', `codebook inputRange[${flat}] is ${books.inputRange[flat]}`, 'use values above 0');
  for (const key of ['similarityRange', 'relevanceRange'] as const) {
    const data = books[key];
    for (let i = 0; i < data.length; i += 2) {
      if (data[i]! < data[i + 1]!) continue;
      const what = `codebook ${key} goes from ${data[i]} to ${data[i + 1]} at ${i / 2}`;
      throw fail('CODEBOOK_VALUE', what, 'use ranges from a lower to a higher value');
    }
  }
}

/** Centroid products and how relevance in their unit maps to the given range. */
export interface ProductTable {
  /** `[arrays, padded, padded]`; whole numbers where the table is quantised. */
  readonly values: Float32Array;
  /** What relevance is multiplied by in the table, per layer and head. */
  readonly scale: Float32Array;
}

/**
 * Table of centroid products T[a][b] = c_a . c_b per array, rounded to `bits` with one scale per layer and head (so that
 * entries of different sub-spaces may be added); 0 bits keeps float32.
 */
export function productTable(books: Codebooks, bits: number): ProductTable {
  const { subDim, padded, arrays, bookElements } = codebookSizes(books);
  const values = new Float32Array(arrays * padded * padded);
  const scale = new Float32Array(books.layers * books.heads).fill(1);
  for (let head = 0; head < scale.length; head++) {
    let largest = 0;
    for (let array = head * books.subspaces; array < (head + 1) * books.subspaces; array++) {
      for (let a = 0; a < books.centroids; a++) {
        for (let b = 0; b < books.centroids; b++) {
          let sum = 0;
          for (let r = 0; r < subDim; r++) {
            const at = array * bookElements + r * padded;
            sum += books.values[at + a]! * books.values[at + b]!;
          }
          values[(array * padded + a) * padded + b] = sum;
          largest = Math.max(largest, Math.abs(sum));
        }
      }
    }
    if (bits === 0 || largest === 0) continue;
    scale[head] = (2 ** (bits - 1) - 1) / largest;
    const size = books.subspaces * padded * padded;
    for (let i = head * size; i < (head + 1) * size; i++) values[i] = Math.round(values[i]! * scale[head]!);
  }
  return { values, scale };
}
