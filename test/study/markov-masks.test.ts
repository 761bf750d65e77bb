import { describe, expect, it } from 'vitest';
import { type MarkovMasks, markovMasks } from '../../src/study/markov-masks.ts';

const shape: MarkovMasks = { heads: 2, queries: 200, keys: 300, keepShare: 0.25, newShare: 0.021, seed: 3 };
const words = Math.ceil(300 / 32);

const bitOf = (mask: Uint32Array, head: number, query: number, key: number) =>
  (mask[(head * 200 + query) * words + (key >> 5)]! >>> (key & 31)) & 1;

/** Mean of a value per key over all heads and some queries, and its standard error, the keys taken as independent. */
function perKey(value: (head: number, key: number) => number): { mean: number; error: number } {
  const values = Array.from({ length: 600 }, (_, i) => value(Math.floor(i / 300), i % 300));
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}

const over = (first: number, count: (query: number) => number) => {
  let sum = 0;
  for (let query = first; query < 200; query++) sum += count(query);
  return sum / (200 - first);
};

describe('markovMasks', () => {
  const mask = markovMasks(shape);

  it('keep the share asked for, from the first query on', () => {
    const kept = perKey((head, key) => over(0, (query) => bitOf(mask, head, query, key)));
    expect(Math.abs(kept.mean - 0.25)).toBeLessThan(3.3 * kept.error);
    const first = perKey((head, key) => bitOf(mask, head, 0, key));
    expect(Math.abs(first.mean - 0.25)).toBeLessThan(3.3 * first.error);
  });

  it('bring the share of new keys asked for', () => {
    const fresh = perKey((head, key) =>
      over(1, (query) => bitOf(mask, head, query, key) & ~bitOf(mask, head, query - 1, key)),
    );
    expect(fresh.error).toBeLessThan(0.001);
    expect(Math.abs(fresh.mean - 0.021)).toBeLessThan(3.3 * fresh.error);
  });

  it('are independent from query to query where the new share says so', () => {
    const independent = markovMasks({ ...shape, newShare: 0.25 * 0.75 });
    const both = perKey((head, key) =>
      over(1, (query) => bitOf(independent, head, query, key) & bitOf(independent, head, query - 1, key)),
    );
    expect(Math.abs(both.mean - 0.0625)).toBeLessThan(3.3 * both.error);
  });

  it('do not depend on the number of heads and queries, and do on the seed', () => {
    const part = markovMasks({ ...shape, heads: 1, queries: 50 });
    expect(part).toEqual(mask.slice(0, part.length));
    expect(markovMasks({ ...shape, seed: 4 })).not.toEqual(mask);
  });

  it('leave padding empty and keep the diagonal where asked', () => {
    const padded = markovMasks({ ...shape, validQueries: 90, validKeys: 70, keepDiagonal: true });
    const wrong: number[][] = [];
    for (let query = 0; query < 200; query++) {
      for (let key = 0; key < 300; key++) {
        const isValid = query < 90 && key < 70;
        const expected = isValid ? Number(query === key) | bitOf(mask, 0, query, key) : 0;
        if (bitOf(padded, 0, query, key) !== expected) wrong.push([query, key]);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    { heads: -1 },
    { validQueries: 201 },
    { validKeys: 2.5 },
    { keepShare: 0 },
    { keepShare: 1 },
    { newShare: 0.3 },
    { newShare: Number.NaN },
  ])('rejects %j', (bad) => {
    expect(() => markovMasks({ ...shape, ...bad })).toThrow(expect.objectContaining({ code: 'MARKOV_MASKS' }));
  });
});
