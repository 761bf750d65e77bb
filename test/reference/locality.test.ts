import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Eviction, planLocality, planLocalityCycles } from '../../src/kernel/locality.ts';
import { localityCyclesReference, localityReference } from '../../src/reference/locality.ts';
import { masks, sinkAndLocalMasks } from '../support/masks.ts';

const unlimited = Number.POSITIVE_INFINITY;

/** One head's queries as lists of kept keys, through a buffer; the fetched keys of each. */
function fetched(rows: readonly (readonly number[])[], keys: number, eviction: Eviction, capacity: number): number[][] {
  const selection = masks(1, rows.length, keys, (_, query) => (key) => rows[query]!.includes(key));
  const problem = { headCount: 1, queries: rows.length, keys, eviction, capacity };
  return listed(localityReference(problem, selection), rows.length, keys);
}

function listed(mask: Uint32Array, rows: number, keys: number): number[][] {
  const words = Math.ceil(keys / 32);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: keys }, (__, key) => key).filter(
      (key) => (mask[row * words + (key >> 5)]! >>> (key & 31)) & 1,
    ),
  );
}

describe('a buffer that holds what the last query left', () => {
  it('fetches what was not kept before, however much it could hold', () => {
    expect(
      fetched(
        [
          [0, 1],
          [1, 2],
          [0, 2],
        ],
        3,
        'resident',
        unlimited,
      ),
    ).toEqual([[0, 1], [2], [0]]);
  });

  it('keeps its places for vectors that stay, and lets the rest stream past', () => {
    const all = [0, 1, 2, 3];
    expect(fetched([all, all, all], 4, 'resident', 3)).toEqual([all, [3], [3]]);
    // 1 stays, 4 takes the one free place, 5 finds none and is fetched again.
    expect(
      fetched(
        [
          [0, 1],
          [1, 4, 5],
          [1, 4, 5],
        ],
        6,
        'resident',
        2,
      ),
    ).toEqual([[0, 1], [4, 5], [5]]);
  });

  it('remembers across queries that keep nothing', () => {
    expect(fetched([[3], [], [3]], 4, 'resident', 1)).toEqual([[3], [], []]);
  });
});

describe('a buffer that evicts the least recently used', () => {
  it('fetches everything again where queries go round more vectors than it holds', () => {
    const all = [0, 1, 2, 3];
    expect(fetched([all, all], 4, 'lru', 3)).toEqual([all, all]);
    expect(fetched([all, all], 4, 'lru', 4)).toEqual([all, []]);
  });

  it('may lose a vector within the query that asks for it', () => {
    // 3 is the oldest when 0 comes, so it is gone when its turn comes.
    expect(fetched([[3], [2], [0, 3]], 4, 'lru', 2)).toEqual([[3], [2], [0, 3]]);
    // Used again before 1 comes, 0 stays and 3 goes.
    expect(fetched([[0, 3], [0, 1], [0]], 4, 'lru', 2)).toEqual([[0, 3], [1], []]);
  });
});

const rows = fc.integer({ min: 1, max: 70 }).chain((keys) =>
  fc.record({
    keys: fc.constant(keys),
    rows: fc.array(fc.uniqueArray(fc.integer({ min: 0, max: keys - 1 })), { minLength: 1, maxLength: 12 }),
    eviction: fc.constantFrom('resident' as const, 'lru' as const),
    capacity: fc.integer({ min: 1, max: keys + 1 }),
  }),
);

describe('any buffer', () => {
  it('fetches kept vectors only, and all those that it never saw', () => {
    fc.assert(
      fc.property(rows, ({ keys, rows, eviction, capacity }) => {
        const seen = new Set<number>();
        fetched(rows, keys, eviction, capacity).forEach((missed, query) => {
          const kept = new Set(rows[query]);
          expect(missed.filter((key) => !kept.has(key))).toEqual([]);
          expect([...kept].filter((key) => !seen.has(key) && !missed.includes(key))).toEqual([]);
          for (const key of kept) seen.add(key);
        });
      }),
    );
  });

  it('never fetches more where it holds more', () => {
    fc.assert(
      fc.property(rows, fc.nat(20), ({ keys, rows, eviction, capacity }, more) => {
        const small = fetched(rows, keys, eviction, capacity);
        const large = fetched(rows, keys, eviction, capacity + more);
        large.forEach((missed, query) => {
          expect(missed.filter((key) => !small[query]!.includes(key))).toEqual([]);
        });
      }),
    );
  });

  it('without a limit fetches each vector once under lru, and what the last query lacked under resident', () => {
    fc.assert(
      fc.property(rows, ({ keys, rows }) => {
        expect(fetched(rows, keys, 'lru', unlimited).flat().length).toBe(new Set(rows.flat()).size);
        const busy = rows.filter((kept) => kept.length > 0);
        const lacked = busy.map((kept, query) => kept.filter((key) => !busy[query - 1]?.includes(key)).length);
        const counts = fetched(busy, keys, 'resident', unlimited).map((missed) => missed.length);
        expect(counts).toEqual(lacked);
      }),
    );
  });
});

describe('cycles of a row', () => {
  const cycles = (sizes: Partial<Parameters<typeof localityCyclesReference>[0]>) => {
    const keys = 12;
    const selection = masks(1, 2, keys, (_, query) => (key) => query === 0 && key % 4 === 0);
    const fetches = masks(1, 2, keys, (_, query) => (key) => query === 0 && key >= 8 && key % 4 === 0);
    const problem = { headCount: 1, queries: 2, keys, units: 1, banks: 1, ...sizes };
    return [...localityCyclesReference(problem, selection, fetches).counters];
  };

  it('are those of the fullest unit and bank', () => {
    expect(cycles({}).slice(0, 5)).toEqual([1, 2, 3, 1, 3]);
    expect(cycles({ units: 4 })[2]).toBe(3);
    expect(cycles({ units: 3 })[2]).toBe(1);
    expect(cycles({ units: 3, interleaved: false })[2]).toBe(1);
    expect(cycles({ units: 2, interleaved: false })[2]).toBe(2);
  });

  it('overlap with prefetching and add up without, and are none where nothing is kept', () => {
    const sizes = { bankCycles: 8, leastCycles: 20 };
    expect(cycles(sizes).slice(3)).toEqual([8, 20, 0, 0, 0, 0, 0]);
    expect(cycles({ bankCycles: 8 })[4]).toBe(8);
    expect(cycles({ bankCycles: 8, prefetch: false })[4]).toBe(11);
  });

  it('fall or stay with more units that take keys in turns', () => {
    const selection = sinkAndLocalMasks(1, 64, 64, 4, 9);
    const total = (units: number) =>
      localityCyclesReference({ headCount: 1, queries: 64, keys: 64, units, banks: 1 }, selection, selection)
        .counters.filter((_, i) => i % 5 === 2)
        .reduce((sum, value) => sum + value, 0);
    expect(total(2)).toBeLessThan(total(1));
    expect(total(4)).toBeLessThan(total(2));
  });
});

describe('planLocality', () => {
  const sizes = { headCount: 2, queries: 3, keys: 40, eviction: 'lru' as const, capacity: 4 };

  it.each([{ capacity: 0 }, { capacity: 2.5 }, { keys: 65536 }, { lanes: 257 }, { queries: -1 }])(
    'rejects %j',
    (bad) => {
      expect(() => planLocality({ ...sizes, ...bad })).toThrow(expect.objectContaining({ code: 'LOCALITY_SIZE' }));
    },
  );

  it('refuses some queries of a head under a policy that looks back over all', () => {
    const some = { ...sizes, isCarried: true };
    expect(() => planLocality(some)).toThrow(expect.objectContaining({ code: 'LOCALITY_PARTS' }));
  });

  it.each([{ units: 0 }, { banks: 0 }, { bankCycles: -1 }, { leastCycles: 0.5 }])('rejects cycles of %j', (bad) => {
    const cycles = { headCount: 1, queries: 2, keys: 40, units: 1, banks: 1 };
    expect(() => planLocalityCycles({ ...cycles, ...bad })).toThrow(expect.objectContaining({ code: 'LOCALITY_SIZE' }));
  });

  it('asks for scratch only where the policy needs it, and for no more vectors than keys', () => {
    expect(planLocality(sizes).elements).toEqual({ selection: 12, fetches: 12, unions: 12 });
    expect(planLocality({ ...sizes, eviction: 'resident' }).elements).toEqual({
      selection: 12,
      fetches: 12,
      carried: 0,
    });
    const some = planLocality({ ...sizes, eviction: 'resident', isCarried: true });
    expect(some.elements).toEqual({ selection: 12, fetches: 12, carried: 4 });
    expect(planLocality({ ...sizes, capacity: unlimited }).params['capacity']).toBe(40);
  });
});
