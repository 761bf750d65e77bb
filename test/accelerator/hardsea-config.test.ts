import { describe, expect, it } from 'vitest';
import { keptPerRow, resolveHardsea } from '../../src/accelerator/hardsea-config.ts';

describe('resolveHardsea', () => {
  it.each([
    // Signed steps of one bit are none, which the encoder takes for an exact drive.
    [{ encoder: { dacBits: 1 } }, /dacBits is 1/],
    [{ tableBits: 1 }, /tableBits is 1/],
    [{ encoder: { wta: { timeoutNs: 5 } } }, /encoder.wta.timeoutNs is 5/],
    [{ banks: 0 }, /banks is 0/],
    [{ keepRatio: 1.01 }, /keepRatio is 1.01/],
  ] as const)('rejects %j', (config, message) => {
    expect(() => resolveHardsea(config)).toThrow(message);
  });
});

describe('keptPerRow', () => {
  it.each([
    [0.1, 30, 3],
    [0.12, 256, 31],
    [1, 77, 77],
    [1e-12, 1000, 1],
  ])('keeps the share %f of %i keys', (keepRatio, keys, kept) => {
    expect(keptPerRow(resolveHardsea({ keepRatio }), keys)).toBe(kept);
  });
});
