import type { AttendInput } from '../../src/study/result.ts';
import { normals } from '../support/kernel-case.ts';

/** A call of HARDSEA. */
export type HardseaInput = Extract<AttendInput, { readonly accelerator: 'hardsea' }>;

/** A random attention call; what is not given is small, causal and ideal. */
export function attendInput(changes: Partial<HardseaInput> = {}): HardseaInput {
  const sizes = { batch: 1, heads: 2, queries: 33, keys: 33, dim: 16, ...changes };
  const { batch, heads, queries, keys, dim } = sizes;
  return {
    accelerator: 'hardsea',
    q: normals(batch * heads * queries * dim, 31),
    k: normals(batch * heads * keys * dim, 32),
    v: normals(batch * heads * keys * dim, 33),
    causal: true,
    config: {},
    chips: 1,
    seed: 5,
    ...sizes,
    ...changes,
  };
}

/** Kept keys of one row of a selection. */
export function keptKeys(selection: Uint32Array, row: number, keys: number): number[] {
  const words = Math.ceil(keys / 32);
  return Array.from({ length: keys }, (_, j) => j).filter((j) => (selection[row * words + (j >> 5)]! >>> (j & 31)) & 1);
}
