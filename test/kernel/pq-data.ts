import { codeWords, paddedCentroids, subspaceDim } from '../../src/kernel/pq-encode.ts';
import type { Codebook } from '../../src/reference/pq.ts';
import { normals } from '../support/kernel-case.ts';

/** Sizes of one product-quantisation check. */
export interface Sizes {
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
}

export function books({ heads, dim, subspaces, centroids }: Sizes): Codebook[] {
  const subDim = subspaceDim(dim, subspaces);
  const padded = paddedCentroids(centroids);
  return Array.from({ length: heads }, (_, h) => {
    const values = normals(subspaces * subDim * padded, 20 + h);
    for (let i = 0; i < values.length; i++) {
      const d = Math.floor(i / padded);
      if (d >= dim || i % padded >= centroids) values[i] = 0;
    }
    return { dim, subspaces, centroids, values };
  });
}

/** Codebooks as one array: a unit of weight is a unit of conductance difference, the bias row is last. */
export function conductances(
  { heads, dim, subspaces, centroids }: Sizes,
  codebooks: readonly Codebook[],
): Float32Array {
  const subDim = subspaceDim(dim, subspaces);
  const padded = paddedCentroids(centroids);
  const columns = heads * subspaces * padded;
  const out = new Float32Array(Math.ceil((subDim + 1) / 4) * 4 * columns);
  codebooks.forEach((book, h) => {
    for (let m = 0; m < subspaces; m++) {
      for (let c = 0; c < centroids; c++) {
        const column = (h * subspaces + m) * padded + c;
        let square = 0;
        for (let r = 0; r < subDim; r++) {
          const value = book.values[(m * subDim + r) * padded + c]!;
          out[r * columns + column] = value;
          square += value * value;
        }
        out[subDim * columns + column] = -square / 2;
      }
    }
  });
  return out;
}

export function tableOf(
  sizes: Sizes,
  rule: 'symmetric' | 'match' | 'asymmetric',
  codebooks: readonly Codebook[],
): Float32Array {
  if (rule === 'match') return new Float32Array(1);
  if (rule === 'asymmetric') return Float32Array.from(codebooks.flatMap((book) => Array.from(book.values)));
  const { subspaces, dim, centroids } = sizes;
  const subDim = subspaceDim(dim, subspaces);
  const padded = paddedCentroids(centroids);
  const table = new Float32Array(codebooks.length * subspaces * padded * padded);
  codebooks.forEach((book, h) => {
    for (let m = 0; m < subspaces; m++) {
      for (let a = 0; a < centroids; a++) {
        for (let b = 0; b < centroids; b++) {
          let sum = 0;
          for (let r = 0; r < subDim; r++)
            sum += book.values[(m * subDim + r) * padded + a]! * book.values[(m * subDim + r) * padded + b]!;
          table[((h * subspaces + m) * padded + a) * padded + b] = sum;
        }
      }
    }
  });
  return table;
}

export function pack(codes: readonly number[][], subspaces: number): Uint32Array {
  const words = codeWords(subspaces);
  const out = new Uint32Array(codes.length * words);
  codes.forEach((row, i) => {
    row.forEach((code, m) => {
      out[i * words + (m >> 2)]! |= code << (8 * (m & 3));
    });
  });
  return out;
}

export function nearTie(book: Codebook, x: ArrayLike<number>, m: number, a: number, b: number): boolean {
  const subDim = subspaceDim(book.dim, book.subspaces);
  const padded = paddedCentroids(book.centroids);
  let gap = 0;
  for (let r = 0; r < subDim; r++) {
    const left = book.values[(m * subDim + r) * padded + a]!;
    const right = book.values[(m * subDim + r) * padded + b]!;
    gap += (x[m * subDim + r] ?? 0) * (left - right) - (left * left - right * right) / 2;
  }
  return Math.abs(gap) < 1e-4;
}
