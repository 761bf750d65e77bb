import { describe, expect, it } from 'vitest';
import { calibratedLsb, comparatorModel, comparatorNames } from '../../src/device/comparator.ts';
import { comparatorOffsets } from '../../src/kernel/comparator-offsets.ts';
import { ksDistance, ksLimit, moments, normalCdf } from '../support/statistics.ts';

describe('presets', () => {
  it.each(comparatorNames)('%s gives a source for every number', (name) => {
    const { sources, name: _, ...fields } = comparatorModel(name);
    expect(Object.keys(sources).sort()).toEqual(Object.keys(fields).sort());
  });

  it('what nobody published is marked as assumed', () => {
    expect(comparatorModel('sprint-assumed').offsetSigmaLsb).toBe(0.5);
    expect(comparatorModel('sprint-assumed').sources.offsetSigmaLsb.grade).toBe('D');
  });

  it('marks what the caller changed, and leaves the rest', () => {
    const model = comparatorModel({ preset: 'sprint-assumed', noiseSigmaLsb: 0.2, offsetSigmaLsb: undefined });
    expect(model.sources.noiseSigmaLsb.ref).toBe('the caller');
    expect(model.offsetSigmaLsb).toBe(0.5);
    expect(comparatorModel({ name: 'mine' }).name).toBe('mine');
  });

  it.each([
    ['COMPARATOR_UNKNOWN', 'perfect'],
    ['COMPARATOR_UNKNOWN', { preset: 'constructor' }],
    ['COMPARATOR_KEY', { offset: 1 }],
    ['COMPARATOR_KEY', { sources: {} }],
    ['COMPARATOR_VALUE', { offsetSigmaLsb: -1 }],
    ['COMPARATOR_VALUE', { noiseSigmaLsb: Number.NaN }],
    ['COMPARATOR_VALUE', { calibrationStepLsb: Number.POSITIVE_INFINITY }],
    ['COMPARATOR_VALUE', { offsetSigmaLsb: '1' }],
  ])('throws %s for %j', (code, choice) => {
    expect(() => comparatorModel(choice as string)).toThrow(expect.objectContaining({ code }));
  });
});

describe('offsets', () => {
  const draw = (choice: object, place = {}) =>
    comparatorOffsets(comparatorModel(choice), { chips: 2, heads: 3, columns: 1001, seed: 7, ...place });

  it('are normal with the given spread', () => {
    const offsets = draw({ offsetSigmaLsb: 0.5 });
    expect(offsets).toHaveLength(2 * 3 * 1001);
    expect(ksDistance(offsets, (x) => normalCdf(x / 0.5))).toBeLessThan(ksLimit(offsets.length));
    expect(Math.abs(moments(offsets).mean)).toBeLessThan((4 * 0.5) / Math.sqrt(offsets.length));
  });

  it('belong to the chip, the head and the column, whatever is simulated with them', () => {
    const all = draw({ offsetSigmaLsb: 1 });
    expect(draw({ offsetSigmaLsb: 1 }, { chips: 1, firstChip: 1 })).toEqual(all.slice(3 * 1001));
    const fewer = draw({ offsetSigmaLsb: 1 }, { chips: 1, columns: 10 });
    expect(fewer.slice(10, 20)).toEqual(all.slice(1001, 1011));
    expect(draw({ offsetSigmaLsb: 1 }, { seed: 8 })[0]).not.toBe(all[0]);
  });

  it('calibrated leave what the nearest step does not reach: uniform within half a step', () => {
    const left = draw({ offsetSigmaLsb: 2, calibrationStepLsb: 0.25 });
    expect(Math.max(...left.map(Math.abs))).toBeLessThanOrEqual(0.125);
    expect(ksDistance(left, (x) => x / 0.25 + 0.5)).toBeLessThan(ksLimit(left.length));
    expect(calibratedLsb(comparatorModel({ calibrationStepLsb: 0.5 }), 0.7)).toBeCloseTo(0.2, 12);
    expect(calibratedLsb(comparatorModel(), 0.7)).toBe(0.7);
  });

  it('are 0 without spread', () => {
    expect(draw({}).every((offset) => offset === 0)).toBe(true);
  });
});
