import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asymptoticSpanCounts,
  projectionMacs,
  type SpanCounts,
  type SpanProblem,
  spanCounts,
} from '../../src/reference/span-counts.ts';

/** The same counts by looking at every pair. */
function counted({ queries, keys, span, causal, tileQueries }: SpanProblem): SpanCounts {
  const first = keys - queries;
  const sees = (query: number, key: number) =>
    query >= first && (causal ? key <= query && query - key < span : Math.abs(query - key) < span);
  let [pairs, mirroredPairs, reloadedRows, residentRows] = [0, 0, 0, 0];
  const ever = new Set<number>();
  let tile = new Set<number>();
  for (let query = first; query < keys; query++) {
    let row = 0;
    for (let key = 0; key < keys; key++) {
      if (!sees(query, key)) continue;
      row++;
      tile.add(key);
      ever.add(key);
      if (key > query && sees(key, query)) mirroredPairs++;
    }
    pairs += row;
    residentRows = Math.max(residentRows, row);
    if ((query - first + 1) % tileQueries === 0 || query === keys - 1) {
      reloadedRows += tile.size;
      tile = new Set();
    }
  }
  return { pairs, mirroredPairs, reloadedRows, reusedRows: ever.size, residentRows };
}

const problems = fc
  .record({
    queries: fc.integer({ min: 1, max: 24 }),
    cached: fc.integer({ min: 0, max: 12 }),
    span: fc.integer({ min: 1, max: 40 }),
    causal: fc.boolean(),
    tileQueries: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ cached, ...rest }): SpanProblem => ({ ...rest, keys: rest.queries + cached }));

describe('spanCounts', () => {
  it('are what one counts pair by pair', () => {
    fc.assert(
      fc.property(problems, (problem) => {
        expect(spanCounts(problem)).toEqual(counted(problem));
      }),
      { numRuns: 500 },
    );
  });

  it('give a causal row min(i + 1, w) keys', () => {
    const rows = Array.from({ length: 10 }, (_, i) => Math.min(i + 1, 4)).reduce((sum, row) => sum + row, 0);
    expect(spanCounts({ queries: 10, keys: 10, span: 4, causal: true, tileQueries: 4 }).pairs).toBe(rows);
    expect(spanCounts({ queries: 1, keys: 10, span: 4, causal: true, tileQueries: 4 })).toEqual({
      pairs: 4,
      mirroredPairs: 0,
      reloadedRows: 4,
      reusedRows: 4,
      residentRows: 4,
    });
  });

  it('clip a symmetric span at both ends', () => {
    expect(spanCounts({ queries: 5, keys: 5, span: 2, causal: false, tileQueries: 2 })).toEqual({
      pairs: 2 + 3 + 3 + 3 + 2,
      mirroredPairs: 4,
      reloadedRows: 3 + 4 + 2,
      reusedRows: 5,
      residentRows: 3,
    });
  });

  it('are full attention when the span is as long as the tokens or longer', () => {
    const full = { queries: 64, keys: 64, causal: false, tileQueries: 16 };
    for (const span of [64, 1000]) {
      expect(spanCounts({ ...full, span })).toEqual({
        pairs: 64 * 64,
        mirroredPairs: (64 * 63) / 2,
        reloadedRows: 64 * 4,
        reusedRows: 64,
        residentRows: 64,
      });
    }
  });

  it.each([true, false])('approach the forms without edges in long sequences, causal %s', (causal) => {
    const problem = { queries: 2 ** 20, keys: 2 ** 20, span: 33, causal, tileQueries: 64 };
    const [exact, rough] = [spanCounts(problem), asymptoticSpanCounts(problem)];
    expect(exact.pairs / rough.pairs).toBeCloseTo(1, 4);
    expect(exact.mirroredPairs).toBeLessThanOrEqual(rough.mirroredPairs);
    expect(exact.mirroredPairs / rough.pairs).toBeCloseTo(rough.mirroredPairs / rough.pairs, 4);
    expect(exact.reusedRows).toBe(rough.reusedRows);
    expect(exact.residentRows).toBe(rough.residentRows);
    // A tile's own first token is counted in the window and in the tile.
    expect(exact.reloadedRows / rough.reloadedRows).toBeCloseTo(1 - 1 / (rough.residentRows + 64), 3);
  });

  it('share one projection between queries and keys', () => {
    expect(projectionMacs(10, 768, 64, false)).toBe(3 * 10 * 768 * 64);
    expect(projectionMacs(10, 768, 64, true)).toBe(2 * 10 * 768 * 64);
  });

  it.each([{ queries: 0 }, { span: 0 }, { tileQueries: 1.5 }, { keys: 3 }])('reject %j', (bad) => {
    const problem = { queries: 4, keys: 4, span: 2, causal: true, tileQueries: 2, ...bad };
    for (const count of [spanCounts, asymptoticSpanCounts]) {
      expect(() => count(problem)).toThrow(expect.objectContaining({ code: 'SPAN_VALUE' }));
    }
  });
});
