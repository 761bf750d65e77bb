import { describe, expect, it } from 'vitest';
import { type ChargeConfig, resolveCharge } from '../../src/accelerator/charge-config.ts';

describe('resolveCharge', () => {
  it('is the reconstruction where nothing is said', () => {
    expect(resolveCharge()).toMatchObject({
      thresholds: undefined,
      keepRatio: 0.25,
      granularity: 'head',
      margin: 0,
      array: { name: 'ideal', columns: 64, dimensions: 64, nibbleBits: 4 },
      passCycles: 16,
      clockGhz: 1.1,
      definition: 'I',
      peakBits: [4, 4],
      recompute: true,
      operandBits: 8,
    });
  });

  it('keeps no share beside thresholds', () => {
    expect(resolveCharge({ thresholds: [1, [2, 3]] as never, array: 'charge-65nm' })).toMatchObject({
      thresholds: [1, [2, 3]],
      keepRatio: undefined,
      array: { name: 'charge-65nm' },
    });
  });

  it.each<[ChargeConfig, string]>([
    [{ thresholds: [1], keepRatio: 0.5 }, 'thresholds and keepRatio'],
    [{ granularity: 'model' as 'head' }, "granularity is 'model'"],
    [{ keepRatio: 0 }, 'keepRatio is 0'],
    [{ keepRatio: 1.1 }, 'keepRatio is 1.1'],
    [{ margin: -1 }, 'margin is -1'],
    [{ passCycles: 0 }, 'passCycles is 0'],
    [{ passCycles: 1.5 }, 'passCycles is 1.5'],
    [{ clockGhz: 0 }, 'clockGhz is 0'],
    [{ definition: 'IV' as 'I' }, "definition is 'IV'"],
    [{ definition: 'toString' as 'I' }, "definition is 'toString'"],
    [{ peakBits: [4, 5] }, 'peakBits is [4, 5]'],
    [{ peakBits: [4] as unknown as [number, number] }, 'peakBits is [4]'],
    [{ operandBits: 16 as 8 }, 'operandBits is 16'],
  ])('rejects %j', (config, what) => {
    expect(() => resolveCharge(config)).toThrow(
      expect.objectContaining({ code: 'CHARGE_CONFIG', what: expect.stringContaining(what) }),
    );
  });

  it('leaves the physics to the array, and the values of thresholds to their own check', () => {
    expect(() => resolveCharge({ thresholds: [Number.NaN] })).toThrow(expect.objectContaining({ code: 'THRESHOLDS' }));
    expect(() => resolveCharge({ array: 'nil' })).toThrow(expect.objectContaining({ code: 'CHARGE_UNKNOWN' }));
  });
});
