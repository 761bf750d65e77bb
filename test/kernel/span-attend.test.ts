import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSpanAttend, type SpanAttendProblem, spanCounters } from '../../src/kernel/span-attend.ts';
import { planSpanSelect } from '../../src/kernel/span-select.ts';
import { spanCountersReference } from '../../src/reference/span-attend.ts';
import { spanCounts } from '../../src/reference/span-counts.ts';

const good: SpanAttendProblem = {
  sequences: 2,
  heads: 6,
  queries: 5,
  keys: 9,
  dim: 16,
  causal: true,
  spans: [1, 4, 9],
  operandBits: 32,
};

describe('attention within spans is refused', () => {
  it.each<[string, Partial<SpanAttendProblem>, string, string]>([
    ['with a span of 0', { spans: [1, 0, 2] }, 'SPAN_VALUE', 'the span of head 1 is 0'],
    ['with a negative span', { spans: [1, 2, -3] }, 'SPAN_VALUE', 'head 2 is -3'],
    ['with half a token', { spans: [1.5, 2, 3] }, 'SPAN_VALUE', 'head 0 is 1.5'],
    ['with NaN', { spans: [1, 2, Number.NaN] }, 'SPAN_VALUE', 'head 2 is NaN'],
    ['with more than a word holds', { spans: [2 ** 32, 1, 1] }, 'SPAN_VALUE', 'head 0 is 4294967296'],
    ['with too few spans', { spans: [1, 2] }, 'SPAN_SIZE', '2 spans for 6 heads in 2 sequences'],
    ['with a span per head and sequence', { spans: [1, 2, 3, 1, 2, 3] }, 'SPAN_SIZE', '6 spans for 6 heads'],
    ['with no spans', { spans: [] }, 'SPAN_SIZE', '0 spans'],
    ['with half a sequence', { sequences: 1.5, spans: [1, 2, 3, 4] }, 'SPAN_SIZE', 'in 1.5 sequences'],
    ['with more queries than keys', { queries: 10, causal: false }, 'SPAN_SIZE', '10 queries are the last of 9'],
  ])('%s', (_, change, code, what) => {
    const failure = expect.objectContaining({ kind: 'input', code, what: expect.stringContaining(what) });
    expect(() => planSpanAttend({ ...good, ...change })).toThrow(failure);
    expect(() => planSpanSelect({ ...good, ...change })).toThrow(failure);
  });

  it.each<[string, Partial<SpanAttendProblem>, string]>([
    ['with empty tiles', { tileQueries: 0 }, 'SPAN_TILE'],
    ['with broken tiles', { tileQueries: 2.5 }, 'SPAN_TILE'],
    ['with no lanes', { lockstep: 0 }, 'SPAN_LOCKSTEP'],
    ['with lanes that do not fill a workgroup', { lockstep: 12 }, 'SPAN_LOCKSTEP'],
    ['with a dimension of 129', { dim: 129 }, 'ATTEND_DIM'],
  ])('%s', (_, change, code) => {
    expect(() => planSpanAttend({ ...good, ...change })).toThrow(expect.objectContaining({ kind: 'input', code }));
  });

  it('but not with nothing to do', () => {
    expect(planSpanAttend({ ...good, queries: 0 }).workgroups).toContain(0);
    expect(planSpanAttend({ ...good, sequences: 0, heads: 0 }).workgroups).toContain(0);
    expect(planSpanSelect({ ...good, queries: 0 }).workgroups).toContain(0);
  });
});

describe('what a circular buffer of the reference counts', () => {
  const cases = fc
    .record({
      queries: fc.integer({ min: 1, max: 24 }),
      cached: fc.integer({ min: 0, max: 12 }),
      span: fc.integer({ min: 1, max: 40 }),
      causal: fc.boolean(),
      tileQueries: fc.integer({ min: 1, max: 30 }),
    })
    .map(({ cached, ...rest }) => ({ ...rest, keys: rest.queries + cached }));

  it('adds up to the closed forms, so that every key row is written once', () => {
    fc.assert(
      fc.property(cases, (problem) => {
        const { queries, keys, causal, span, tileQueries } = problem;
        const sizes = { heads: 1, queries, keys, causal, spans: [span] };
        const counters = spanCountersReference(sizes, tileQueries);
        const expected = spanCounts(problem);
        for (const [c, name] of spanCounters.entries()) {
          const total = counters.reduce((sum, count, i) => (i % 4 === c ? sum + count : sum), 0);
          expect(total, name).toBe(expected[name]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
