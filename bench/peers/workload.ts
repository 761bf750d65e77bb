import { normals } from '../../test/support/kernel-case.ts';
import type { Work } from '../kernel.ts';

/** Work that the package and its peers are given alike. */
export type Workload =
  | { readonly kind: 'matmul'; readonly rows: number; readonly inner: number; readonly columns: number }
  | {
      readonly kind: 'attention';
      readonly heads: number;
      readonly tokens: number;
      readonly dim: number;
      readonly causal: boolean;
    }
  | { readonly kind: 'top-k'; readonly rows: number; readonly columns: number; readonly keep: number }
  /** Attention of every query over the `keep` keys with its largest scores. */
  | {
      readonly kind: 'sparse';
      readonly heads: number;
      readonly tokens: number;
      readonly dim: number;
      readonly keep: number;
    }
  /** Attention of every query over a list of `keep` keys that is given. */
  | {
      readonly kind: 'gathered';
      readonly heads: number;
      readonly tokens: number;
      readonly dim: number;
      readonly keep: number;
    }
  | { readonly kind: 'normals'; readonly count: number };

/** What a workload reads, on the host: matrices row by row, heads outermost. */
export interface Inputs {
  readonly values: Readonly<Record<string, Float32Array>>;
  /** Keys of each query of each head, ascending; of `gathered` alone. */
  readonly lists: Int32Array<ArrayBuffer>;
}

/** A workload's name as `--only` and the tables give it. */
export function workloadName(work: Workload): string {
  switch (work.kind) {
    case 'matmul':
      return `matmul ${work.rows} x ${work.inner} x ${work.columns}`;
    case 'attention':
      return `attention ${work.causal ? 'causal' : 'full'}, ${work.tokens} tokens`;
    case 'top-k':
      return `top-k ${work.keep} of ${work.columns}, ${work.rows} rows`;
    case 'sparse':
      return `sparse attention ${work.keep} of ${work.tokens}`;
    case 'gathered':
      return `gathered attention ${work.keep} of ${work.tokens}`;
    case 'normals':
      return `${work.count} normals`;
  }
}

/** Makes the inputs, the same in every run. */
export function inputsOf(work: Workload): Inputs {
  const none = new Int32Array(0);
  switch (work.kind) {
    case 'matmul': {
      const { rows, inner, columns } = work;
      return { values: { a: normals(rows * inner, 1), b: normals(inner * columns, 2) }, lists: none };
    }
    case 'top-k':
      return { values: { x: normals(work.rows * work.columns, 3) }, lists: none };
    case 'normals':
      return { values: {}, lists: none };
    default: {
      const count = work.heads * work.tokens * work.dim;
      const values = { q: normals(count, 11), k: normals(count, 12), v: normals(count, 13) };
      return { values, lists: work.kind === 'gathered' ? spreadLists(work) : none };
    }
  }
}

/**
 * What the result can not do without. A multiply-add is two operations and a top-k one comparison a value; rows of K and V that
 * a query keeps are its own and count for every pair. A pair of normals takes two words, a logarithm and a sine and cosine; the
 * words are what is counted.
 */
export function workOf(work: Workload): Work {
  switch (work.kind) {
    case 'matmul': {
      const { rows, inner, columns } = work;
      return { flops: 2 * rows * inner * columns, bytes: 4 * (rows * inner + inner * columns + rows * columns) };
    }
    case 'attention': {
      const { heads, tokens, dim, causal } = work;
      const pairs = heads * (causal ? (tokens * (tokens + 1)) / 2 : tokens * tokens);
      return { flops: 4 * dim * pairs, exponentials: pairs, bytes: 4 * 4 * heads * tokens * dim };
    }
    case 'top-k': {
      const { rows, columns, keep } = work;
      return { flops: rows * columns, bytes: 4 * rows * (columns + Math.min(keep, Math.ceil(columns / 32))) };
    }
    case 'sparse':
    case 'gathered': {
      const { heads, tokens, dim, keep } = work;
      const pairs = heads * tokens * keep;
      const scored = work.kind === 'sparse' ? heads * tokens * tokens : 0;
      const rows = 2 * heads * tokens * dim;
      return {
        flops: 4 * dim * pairs + (2 * dim + 1) * scored,
        exponentials: pairs,
        bytes: 4 * (rows + 2 * dim * pairs),
      };
    }
    case 'normals':
      return { flops: 0, randomWords: work.count, bytes: 4 * work.count };
  }
}

/** Keys in steps that differ from row to row and share no factor with a power of two, so that all of a row are distinct. */
function spreadLists({
  heads,
  tokens,
  keep,
}: {
  heads: number;
  tokens: number;
  keep: number;
}): Int32Array<ArrayBuffer> {
  if ((tokens & (tokens - 1)) !== 0) throw new Error(`${tokens} tokens are no power of two`);
  const lists = new Int32Array(heads * tokens * keep);
  for (let row = 0; row < heads * tokens; row++) {
    const step = 2 * ((row * 7919) % tokens) + 1;
    const keys = Int32Array.from({ length: keep }, (_, i) => (row * 31 + i * step) % tokens).sort();
    lists.set(keys, row * keep);
  }
  return lists;
}
