import { describe, expect, it } from 'vitest';
import { conversionError, optimisedRange } from '../../src/device/optimised-range.ts';
import { fixRange, rangeOf } from '../../src/device/range.ts';
import { checkPowersOfTwo, powersOfTwo } from '../../src/device/slice-ranges.ts';
import { normals } from '../support/kernel-case.ts';

describe('the optimised range', () => {
  const values = normals(200_000, 3);

  // Step of the best uniform quantiser of a unit normal (Max, IRE Trans. IT-6, 1960, Table II: 4, 8, 16 and 32 levels).
  it.each([
    [2, 0.9957, 0.1188],
    [3, 0.586, 0.03744],
    [4, 0.3352, 0.01154],
    [5, 0.1881, 0.00349],
  ])('of %i bits on a normal is that of Max: step %f, error %f', (bits, step, error) => {
    const model = { bits, grid: 'mid-rise' } as const;
    const range = optimisedRange(model, values, true);
    expect((range.max - range.min) / 2 ** bits / step).toBeCloseTo(1, 1.3);
    // The sample's own variance is off by sqrt(2 / n) = 0.3 %, and errors of the fourth digit in the table.
    expect(conversionError(model, range, values) / error).toBeCloseTo(1, 1.7);
  });

  it.each(['sign-magnitude', 'uniform', 'mid-tread'] as const)('on the grid %s has no better neighbour', (grid) => {
    const model = { bits: 5, grid };
    const sample = values.subarray(0, 5000);
    const best = optimisedRange(model, sample, true);
    const least = conversionError(model, best, sample);
    expect(least).toBeLessThan(0.95 * conversionError(model, fixRange({ kind: 'max' }, sample, true), sample));
    for (let i = -40; i <= 40; i++) {
      const other = conversionError(model, rangeOf(best.max * (1 + i / 50), true), sample);
      // The error is bumpy: values hop from code to code. Golden section settles in one of the bumps.
      expect(other).toBeGreaterThan(0.98 * least);
    }
  });

  it('starts at 0 for values without sign, and lets one outlier clip', () => {
    const sample = Float32Array.from(values.subarray(0, 20_000), Math.abs);
    sample[7] = 20;
    const { min, max } = optimisedRange({ bits: 3, grid: 'uniform' }, sample, false);
    expect(min).toBe(0);
    expect(max).toBeLessThan(5);
    expect(max).toBeGreaterThan(1.5);
  });

  it('keeps values that are all on the grid', () => {
    const model = { bits: 3, grid: 'sign-magnitude' } as const;
    const range = optimisedRange(model, [-3, -2, -1, 0, 1, 2, 3], true);
    expect(range).toEqual(rangeOf(3, true));
    expect(optimisedRange({ bits: 0, grid: 'uniform' }, [1, -5], true).max).toBe(5);
    expect(() => optimisedRange(model, [0, 0], true)).toThrow(expect.objectContaining({ code: 'RANGE_VALUE' }));
  });
});

describe('ranges of slices', () => {
  it('become powers of two of the highest, and cover what they covered', () => {
    const own = [1.1, 0.26, 4, 3].map((limit) => rangeOf(limit, true));
    const joined = powersOfTwo(own);
    expect(joined.map(({ max }) => max)).toEqual([1.5, 0.375, 6, 3]);
    expect(powersOfTwo(joined)).toEqual(joined);
  });

  it('become the power that errs less', () => {
    const own = [rangeOf(1.1, false), rangeOf(3, false)];
    expect(powersOfTwo(own, (_, { max }) => Math.abs(max - 1.1))[0]).toEqual(rangeOf(0.75, false));
    expect(powersOfTwo(own, (_, { max }) => Math.abs(max - 1.2))[0]).toEqual(rangeOf(1.5, false));
  });

  it('that are given are checked', () => {
    checkPowersOfTwo([rangeOf(0.5, true), rangeOf(2, true)]);
    expect(() => checkPowersOfTwo([rangeOf(0.6, true), rangeOf(2, true)])).toThrow(
      expect.objectContaining({ code: 'RANGE_VALUE' }),
    );
  });
});
