import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packHeads } from '../../src/accelerator/pack-heads.ts';

const problems = fc.record({
  windows: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 24 }),
  macroRows: fc.integer({ min: 1, max: 40 }),
  tokens: fc.integer({ min: 1, max: 100 }),
});

describe('packing heads into macros', () => {
  it('places every row once and overfills no macro', () => {
    fc.assert(
      fc.property(problems, ({ windows, macroRows, tokens }) => {
        const { macros } = packHeads(windows, { macroRows, tokens });
        const placed = new Set<string>();
        for (const pieces of macros) {
          const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
          expect(rows).toBeGreaterThan(0);
          expect(rows).toBeLessThanOrEqual(macroRows);
          for (const { head, operand, first, rows } of pieces) {
            for (let row = first; row < first + rows; row++) {
              expect(placed.has(`${head} ${operand} ${row}`)).toBe(false);
              placed.add(`${head} ${operand} ${row}`);
            }
          }
        }
        const asked = windows.flatMap((window, head) =>
          Array.from({ length: Math.min(window, tokens) }, (_, row) => [
            `${head} keys ${row}`,
            `${head} values ${row}`,
          ]).flat(),
        );
        expect(placed).toEqual(new Set(asked));
      }),
    );
  });

  it('says what share of the rows is used and saved', () => {
    fc.assert(
      fc.property(problems, ({ windows, macroRows, tokens }) => {
        const { macros, utilisation, memoryReduction } = packHeads(windows, { macroRows, tokens });
        const rows = windows.reduce((sum, window) => sum + Math.min(window, tokens), 0);
        expect(utilisation * macros.length * macroRows).toBeCloseTo(2 * rows, 9);
        expect((1 - memoryReduction) * windows.length * tokens).toBeCloseTo(rows, 9);
      }),
    );
    expect(packHeads([], { macroRows: 8, tokens: 8 })).toEqual({ macros: [], utilisation: 0, memoryReduction: 0 });
  });

  it('needs at most 11/9 of the fewest macros and 2/3 of one', () => {
    const few = fc.record({
      windows: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }),
      macroRows: fc.integer({ min: 6, max: 12 }),
    });
    fc.assert(
      fc.property(few, ({ windows, macroRows }) => {
        const used = packHeads(windows, { macroRows, tokens: 12 }).macros.length;
        const pieces = windows.flatMap((window) => {
          const parts = [...new Array<number>(Math.floor(window / macroRows)).fill(macroRows), window % macroRows];
          return [...parts, ...parts].filter((rows) => rows > 0);
        });
        const fewest = fewestMacros(pieces, macroRows);
        expect(used).toBeGreaterThanOrEqual(fewest);
        expect(9 * used).toBeLessThanOrEqual(11 * fewest + 6);
      }),
    );
  });

  it('is first fit, longest first', () => {
    const { macros } = packHeads([3, 5, 9], { macroRows: 8, tokens: 100 });
    expect(macros.map((pieces) => pieces.map(({ head, operand, first, rows }) => [head, operand[0], first, rows]))).toEqual([
      [[2, 'k', 0, 8]],
      [[2, 'v', 0, 8]],
      [[1, 'k', 0, 5], [0, 'k', 0, 3]],
      [[1, 'v', 0, 5], [0, 'v', 0, 3]],
      [[2, 'k', 8, 1], [2, 'v', 8, 1]],
    ]); // biome-ignore format: one macro a line
  });

  it.each<[string, number[], object]>([
    ['a window of 0 rows', [4, 0], {}],
    ['half a row', [1.5], {}],
    ['macros without rows', [4], { macroRows: 0 }],
    ['no tokens', [4], { tokens: 0 }],
    ['NaN', [Number.NaN], {}],
  ])('refuses %s', (_, windows, change) => {
    const failure = expect.objectContaining({ kind: 'input', code: 'PACK_SIZE' });
    expect(() => packHeads(windows, { macroRows: 8, tokens: 8, ...change })).toThrow(failure);
  });
});

/** The fewest macros that hold all pieces, by trying every place for each. */
function fewestMacros(pieces: readonly number[], macroRows: number): number {
  const free: number[] = [];
  let best = pieces.length;
  const place = (i: number) => {
    if (free.length >= best) return;
    if (i === pieces.length) {
      best = free.length;
      return;
    }
    for (let at = 0; at < free.length; at++) {
      if (free[at]! < pieces[i]! || free.indexOf(free[at]!) < at) continue;
      free[at]! -= pieces[i]!;
      place(i + 1);
      free[at]! += pieces[i]!;
    }
    free.push(macroRows - pieces[i]!);
    place(i + 1);
    free.pop();
  };
  place(0);
  return best;
}
