import { attendReference } from './attend.ts';

/** Sizes of attention within spans; the queries are the last of the keys. */
export interface SpanSizes {
  /** Sequences * heads of a sequence; head h has the span `spans[h % spans.length]`. */
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  readonly scale?: number;
  readonly spans: ArrayLike<number>;
}

/** Whether a query of a head sees a key, by the distance of their tokens. */
export function inSpan(sizes: Omit<SpanSizes, 'dim'>, head: number, query: number, key: number): boolean {
  const distance = query + sizes.keys - sizes.queries - key;
  return (distance >= 0 || !sizes.causal) && Math.abs(distance) < sizes.spans[head % sizes.spans.length]!;
}

/** Attention in float64 over the keys in the span; q, k, v are `[heads, tokens, dim]`. */
export function spanAttendReference(
  sizes: SpanSizes,
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
): Float64Array {
  return attendReference(sizes, q, k, v, (head, query, key) => inSpan(sizes, head, query, key));
}

/**
 * What the kernel counts, `[heads, queries, 4]`, by keeping a circular buffer: token j belongs into slot j modulo the size of
 * the buffer, which is the longest window; a key that is not in its slot when a query needs it is written there. `reloadedRows`
 * is the same with a buffer that is emptied before every tile of queries and holds all that the tile sees.
 */
export function spanCountersReference(sizes: Omit<SpanSizes, 'dim'>, tileQueries: number): Uint32Array {
  const { heads, queries, keys, causal, spans } = sizes;
  const counters = new Uint32Array(heads * queries * 4);
  for (let head = 0; head < heads; head++) {
    const span = Math.min(spans[head % spans.length]!, keys);
    const slots = causal ? span : 2 * span - 1;
    const buffer = new Map<number, number>();
    const tile = new Set<number>();
    for (let query = 0; query < queries; query++) {
      const own = query + keys - queries;
      const at = (head * queries + query) * 4;
      if (query % tileQueries === 0) tile.clear();
      for (let key = 0; key < keys; key++) {
        if (!inSpan(sizes, head, query, key)) continue;
        counters[at]!++;
        if (key > own && inSpan(sizes, head, key - keys + queries, own)) counters[at + 1]!++;
        if (buffer.get(key % slots) !== key) {
          buffer.set(key % slots, key);
          counters[at + 2]!++;
        }
        if (!tile.has(key)) {
          tile.add(key);
          counters[at + 3]!++;
        }
      }
    }
  }
  return counters;
}
