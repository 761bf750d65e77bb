import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';

/**
 * Attention within a span of tokens per head, as the kernels of it share it. The queries are the last `queries` of `keys`
 * tokens. A query sees the keys at distances 0 to span - 1 before it and, unless `causal`, as many after it, as far as there
 * are tokens: the rule of `SpanProblem` in the reference.
 */
export interface SpanWindows {
  readonly sequences: number;
  /** Sequences * heads of a sequence. */
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly causal: boolean;
  /** Span of each head of a sequence, from 1; one longer than there are keys sees what there is. What the tensor `spans` holds. */
  readonly spans: ArrayLike<number>;
}

/** Checks spans and sizes; throws `SPAN_VALUE` or `SPAN_SIZE` with the numbers. */
export function checkSpanWindows({ sequences, heads, queries, keys, spans }: SpanWindows): void {
  if (!Number.isInteger(sequences) || sequences < 0 || sequences * spans.length !== heads) {
    throw fail(
      'SPAN_SIZE',
      `${spans.length} spans for ${heads} heads in ${sequences} sequences`,
      'give one span per head of a sequence',
    );
  }
  if (!(queries <= keys)) {
    throw fail('SPAN_SIZE', `${queries} queries are the last of ${keys} keys`, 'give as many keys as queries or more');
  }
  for (let head = 0; head < spans.length; head++) {
    const span = spans[head]!;
    if (Number.isInteger(span) && span >= 1 && span < 2 ** 32) continue;
    throw fail('SPAN_VALUE', `the span of head ${head} is ${span}`, 'give a whole number of tokens from 1');
  }
}

/** Lanes that walk the same keys, for `planSpanAttend`: GPUs read a row once for all of them, other adapters once per lane anyway. */
export function spanLockstep(gpu: Gpu): number {
  return gpu.adapter.class === 'hardware' ? 32 : 1;
}
