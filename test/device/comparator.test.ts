import { describe, expect, it } from 'vitest';
import { type ComparatorChoice, comparatorModel, comparatorOffsets } from '../../src/device/comparator.ts';

describe('comparatorModel', () => {
  it('knows its presets and takes changes, which it then calls the caller’s own', () => {
    expect(comparatorModel()).toMatchObject({ name: 'ideal', offsetSigmaLsb: 0, noiseSigmaLsb: 0 });
    const own = comparatorModel({ preset: 'sprint-assumed', noiseSigmaLsb: 0.1 });
    expect(own).toMatchObject({ offsetSigmaLsb: 0.5, noiseSigmaLsb: 0.1 });
    expect(own.sources.noiseSigmaLsb.ref).toBe('the caller');
    expect(own.sources.offsetSigmaLsb.grade).toBe('D');
  });

  it.each<[string | object, string]>([
    ['strong', 'COMPARATOR_UNKNOWN'],
    ['toString', 'COMPARATOR_UNKNOWN'],
    [{ offset: 1 }, 'COMPARATOR_KEY'],
    [{ sources: {} }, 'COMPARATOR_KEY'],
    [{ offsetSigmaLsb: -1 }, 'COMPARATOR_VALUE'],
    [{ noiseSigmaLsb: Number.NaN }, 'COMPARATOR_VALUE'],
  ])('refuses %j', (choice, code) => {
    expect(() => comparatorModel(choice as ComparatorChoice)).toThrow(expect.objectContaining({ code, kind: 'input' }));
  });
});

describe('offsets of comparators', () => {
  const population = { chips: 4, heads: 4, columns: 1024, seed: 3 };

  it('have the spread of the model, and after calibration at most half a step', () => {
    const raw = comparatorOffsets(comparatorModel({ offsetSigmaLsb: 2 }), population);
    const mean = raw.reduce((sum, x) => sum + x, 0) / raw.length;
    const variance = raw.reduce((sum, x) => sum + (x - mean) ** 2, 0) / raw.length;
    // Five standard errors of 16,384 draws.
    expect(Math.abs(mean)).toBeLessThan((5 * 2) / Math.sqrt(raw.length));
    expect(Math.abs(variance / 4 - 1)).toBeLessThan(5 * Math.sqrt(2 / raw.length));
    const trimmed = comparatorOffsets(comparatorModel({ offsetSigmaLsb: 2, calibrationStepLsb: 0.5 }), population);
    expect(Math.max(...trimmed.map(Math.abs))).toBeLessThanOrEqual(0.25);
    // Uniform over a step: its square over 12.
    const rest = trimmed.reduce((sum, x) => sum + x * x, 0) / trimmed.length;
    expect(Math.abs(rest / (0.25 / 12) - 1)).toBeLessThan(0.05);
  });

  it('belong to their chip, whatever the population', () => {
    const model = comparatorModel('sprint-assumed');
    const all = comparatorOffsets(model, population);
    const one = comparatorOffsets(model, { ...population, chips: 1, firstChip: 2 });
    expect(one).toEqual(all.slice(2 * 4096, 3 * 4096));
  });
});
