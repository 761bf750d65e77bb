import { describe, expect, it } from 'vitest';
import { denseTraffic } from '../../src/accelerator/sprint-baseline.ts';
import { resolveSprint, type SprintConfig } from '../../src/accelerator/sprint-config.ts';
import { bufferVectors, cycleSettings } from '../../src/accelerator/sprint-traffic.ts';
import { localityCyclesReference, localityReference } from '../../src/reference/locality.ts';
import { masks } from '../support/masks.ts';

/** Columns of the counters: all that the closed form gives. */
const columns = { fetched: 0, computeCycles: 2, fetchCycles: 3, rowCycles: 4 };

describe('the machine without pruning', () => {
  const configs: SprintConfig[] = [
    {},
    { eviction: 'lru' },
    { corelets: 3, banks: 5, bankCycles: 2 },
    { corelets: 4, eviction: 'lru', prefetch: false },
    { corelets: 4, interleave: false, bankCycles: 30 },
  ];
  const sequences = [
    { queries: 20, keys: 20, causal: false },
    { queries: 20, keys: 20, causal: true },
    { queries: 7, keys: 30, causal: true },
    { queries: 1, keys: 1, causal: true },
  ];

  it.each(
    configs.flatMap((config) =>
      sequences.flatMap((sequence) => [2, 9, 20, 64].map((vectors) => ({ config, sequence, vectors }))),
    ),
  )('fetches and takes what the traffic model counts: $config, $sequence, $vectors vectors', (one) => {
    const { queries, keys, causal } = one.sequence;
    const dim = 16;
    const config = resolveSprint({ ...one.config, bufferKb: (one.vectors * 2 * dim) / 1024 });
    const capacity = bufferVectors(config, dim);
    expect(capacity).toBe(one.vectors);
    const seen = (query: number) => (causal ? query + keys - queries + 1 : keys);
    const selection = masks(1, queries, keys, (_, query) => (key) => key < seen(query));
    const eviction = config.baselineEviction;
    const fetches = localityReference({ headCount: 1, queries, keys, eviction, capacity }, selection);
    const problem = { headCount: 1, queries, keys, ...cycleSettings(config), leastCycles: 0 };
    const { counters, loads } = localityCyclesReference(problem, selection, fetches);
    const counted = Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        counters.filter((_, i) => i % 5 === column).reduce((sum, value) => sum + value, 0),
      ]),
    );
    expect(denseTraffic({ queries, keys, dim, causal }, config)).toEqual(counted);
    expect(Math.max(...loads)).toBe(counted['computeCycles']);
  });
});
