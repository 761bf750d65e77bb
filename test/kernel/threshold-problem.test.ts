import { describe, expect, it } from 'vitest';
import { comparatorModel } from '../../src/device/comparator.ts';
import { planNibbleEstimate } from '../../src/kernel/nibble-estimate.ts';
import { planThresholdCompare } from '../../src/kernel/threshold-compare.ts';
import { planThresholdSelect, planThresholdSelectCells } from '../../src/kernel/threshold-select.ts';

const sizes = { headCount: 12, heads: 3, windows: 2, queries: 8, keys: 40, dim: 33, causal: true };

describe('thresholding', () => {
  it.each([
    ['THRESHOLD_CHIPS', { windows: 3 }],
    ['THRESHOLD_MARGIN', { margin: Number.NaN }],
    ['THRESHOLD_COLUMNS', { columns: 0 }],
    ['THRESHOLD_COLUMNS', { columns: 1.5 }],
    ['ATTEND_CAUSAL', { keys: 7 }],
    ['ATTEND_DIM', { dim: 129 }],
    ['THRESHOLD_PART', { queryFirst: 5, queryCount: 4 }],
    ['THRESHOLD_PART', { queryFirst: -1, queryCount: 4 }],
    ['THRESHOLD_PART', { queryFirst: 9 }],
    ['THRESHOLD_UNIT', { unit: 0 }],
    ['THRESHOLD_UNIT', { unit: 1e-60 }],
    ['THRESHOLD_UNIT', { unit: 1e60 }],
    ['THRESHOLD_UNIT', { unit: Number.NaN }],
  ])('throws %s for %j', (code, change) => {
    expect(() => planThresholdCompare({ ...sizes, ...change })).toThrow(expect.objectContaining({ code }));
  });

  it('throws for variances below 0', () => {
    for (const readNoise of [{ cellVariance: -1 }, { sumVariance: Number.NaN }]) {
      expect(() => planThresholdSelectCells({ ...sizes, readNoise })).toThrow(
        expect.objectContaining({ code: 'READ_NOISE' }),
      );
    }
  });

  it('asks for what it reads', () => {
    const comparator = comparatorModel('sprint-assumed');
    const plain = planThresholdSelect(sizes);
    expect(plain.elements).toMatchObject({ q: 12 * 8 * 16, k: 12 * 40 * 16, scales: 36, thresholds: 3 });
    expect(plain.elements).toMatchObject({ lengths: 0, offsets: 0, selection: 12 * 8 * 2, counts: 12 * 8 });
    const full = planThresholdSelect({ ...sizes, padded: true, comparator, columns: 10 });
    expect(full.elements).toMatchObject({ lengths: 4, offsets: 2 * 3 * 10 });
    const noisy = planThresholdSelectCells({ ...sizes, readNoise: { ownVariances: true } });
    expect(noisy.elements['cells']).toBe(12 * 40 * 64 * 2);
    expect(planThresholdCompare({ ...sizes, unit: 1 }).elements).toMatchObject({ scales: 0, scores: 12 * 8 * 40 });
  });

  it('has nothing to do without queries', () => {
    expect(planThresholdSelect({ ...sizes, queries: 0 }).workgroups[0]).toBe(0);
    expect(planThresholdSelectCells({ ...sizes, queries: 0 }).workgroups[0]).toBe(0);
    expect(planThresholdCompare({ ...sizes, queries: 0 }).workgroups[0]).toBe(0);
    expect(planNibbleEstimate({ ...sizes, queryFirst: 8 }).workgroups[0]).toBe(0);
  });
});
