import { fail } from '../errors.ts';

/** Dimensions of a sub-space; the last one may be shorter. */
export function subspaceDim(dim: number, subspaces: number): number {
  if (subspaces > dim)
    throw fail('PQ_SUBSPACES', `${subspaces} sub-spaces of a ${dim}-dimensional head`, `use 1 to ${dim}`);
  return Math.ceil(dim / subspaces);
}

/** Columns of an array: centroids in whole quads. */
export function paddedCentroids(centroids: number): number {
  return Math.ceil(centroids / 4) * 4;
}

/** Words of a token's code: 8 bits per sub-space, 4 a word. */
export function codeWords(subspaces: number): number {
  return Math.ceil(subspaces / 4);
}
