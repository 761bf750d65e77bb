import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeModel, countVolts, lineNoiseV, nibbleMiddle, thermalVariance } from '../../src/device/charge-array.ts';
import { chargeEstimateReference, effectiveWeight, lineShares, upperNibble } from '../../src/reference/charge-mvm.ts';
import { moments, normalSource } from '../support/statistics.ts';

const nibbles = (dim: number, low = -8) =>
  fc.array(fc.integer({ min: low, max: 7 }), { minLength: dim, maxLength: dim });
const operands = (low = -8, longest = 128) =>
  fc.integer({ min: 1, max: longest }).chain((dim) => fc.tuple(nibbles(dim, low), nibbles(dim, low)));

/** Sum of (q + 15/32) (k + 15/32): what an array without errors estimates. */
const product = (q: readonly number[], k: readonly number[]) =>
  q.reduce((sum, a, n) => sum + (a + nibbleMiddle) * (k[n]! + nibbleMiddle), 0);

/** Capacitances of a key's cells that deviate by 5 %, and their shares. */
function deviating(dim: number, seed: number): { capacitances: Float64Array; shares: Float64Array } {
  const draw = normalSource(seed);
  const capacitances = Float64Array.from({ length: 4 * dim }, () => 1 + 0.05 * draw());
  return { capacitances, shares: lineShares(capacitances, 0.3) };
}

describe('without errors', () => {
  it('ideal and passive are the product of the nibbles and their middles', () => {
    fc.assert(
      fc.property(operands(), ([q, k]) => {
        expect(chargeEstimateReference(chargeModel('ideal'), q, k)).toBe(product(q, k));
        expect(chargeEstimateReference(chargeModel({ combine: 'passive' }), q, k)).toBe(product(q, k));
      }),
    );
  });

  it('bitplane is too with a code for every count, ceil(log2(dim + 1)) bits', () => {
    fc.assert(
      fc.property(operands(), ([q, k]) => {
        const conversionBits = Math.max(1, Math.ceil(Math.log2(q.length + 1)));
        const model = chargeModel({ combine: 'bitplane', conversionBits });
        expect(chargeEstimateReference(model, q, k)).toBe(product(q, k));
      }),
    );
  });

  it('bitplane of one bit less is not, where a count takes it', () => {
    const full = new Array<number>(64).fill(-1);
    const model = (conversionBits: number) => chargeModel({ combine: 'bitplane', conversionBits });
    expect(chargeEstimateReference(model(7), full, full)).toBe(product(full, full));
    // All 16 counts are clipped by one, and the weights of all add up to one.
    expect(chargeEstimateReference(model(6), full, full)).toBe(product(full, full) - 1);
  });

  it('takes the upper nibble of a code as its floor', () => {
    expect([-127, -17, -16, -1, 0, 15, 16, 127].map(upperNibble)).toEqual([-8, -2, -1, -1, 0, 0, 1, 7]);
  });
});

describe('mismatch', () => {
  it('shares add up to what the line itself does not take', () => {
    const { capacitances, shares } = deviating(50, 1);
    for (let p = 0; p < 4; p++) {
      let [line, sum] = [0, 0];
      for (let n = 0; n < 50; n++) {
        line += capacitances[4 * n + p]!;
        sum += shares[4 * n + p]!;
      }
      expect(sum / (50 * 1.3)).toBeCloseTo(line / (line + 0.3 * 50), 12);
    }
  });

  it('makes passive the product with effective weights', () => {
    fc.assert(
      fc.property(operands(), fc.integer({ min: 1, max: 1000 }), ([q, k], seed) => {
        const { shares } = deviating(q.length, seed);
        const weights = k.map((nibble, n) => effectiveWeight(nibble, shares.subarray(4 * n)));
        const expected = q.reduce((sum, a, n) => sum + (a + nibbleMiddle) * weights[n]!, 0);
        const got = chargeEstimateReference(chargeModel({ combine: 'passive' }), q, k, { shares });
        expect(Math.abs(got - expected)).toBeLessThan(1e-9 * q.length);
      }),
    );
  });

  it.each(['ideal', 'passive', 'bitplane'] as const)('leaves %s monotone in every bit, unsigned', (combine) => {
    const model = chargeModel({ combine, conversionBits: 5 });
    const unsigned = operands(0, 40).chain(([q, k]) =>
      fc.tuple(fc.constant(q), fc.constant(k), fc.nat(q.length - 1), fc.nat(2), fc.integer({ min: 1, max: 1000 })),
    );
    fc.assert(
      fc.property(unsigned, ([q, k, n, bit, seed]) => {
        const { shares } = deviating(q.length, seed);
        const more = k.map((nibble, i) => (i === n ? nibble | (1 << bit) : nibble));
        const [before, after] = [k, more].map((key) => chargeEstimateReference(model, q, key, { shares }));
        expect(after).toBeGreaterThanOrEqual(before!);
      }),
    );
  });
});

describe('noise', () => {
  const dim = 64;
  const draw = normalSource(4);
  const code = () => Math.max(-8, Math.min(7, Math.floor(3 * draw())));
  const [q, k] = [Array.from({ length: dim }, code), Array.from({ length: dim }, code)];

  it('of every event by itself gives passive the variance of the closed form', () => {
    const model = chargeModel({ preset: 'charge-65nm', capacitorMismatch: 0 });
    const sigma = lineNoiseV(model, dim);
    const eventV = () => sigma * draw();
    const errors = Array.from({ length: 4000 }, () => chargeEstimateReference(model, q, k, { eventV }) - product(q, k));
    const expected = Math.sqrt(thermalVariance(model, dim));
    expect(Math.abs(moments(errors).std / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * 4000));
    expect(Math.abs(moments(errors).mean)).toBeLessThan((4 * expected) / Math.sqrt(4000));
  });

  it('below half a count does nothing to bitplane, and an offset of whole counts adds one unit each', () => {
    const model = chargeModel({ preset: 'charge-65nm', combine: 'bitplane', conversionBits: 7 });
    const shifted = (counts: number) =>
      chargeEstimateReference(model, q, k, { eventV: () => counts * countVolts(model, dim) });
    expect(shifted(0.49)).toBe(product(q, k));
    expect(shifted(-0.49)).toBe(product(q, k));
    // The weights of the 16 events add up to one.
    expect(shifted(2)).toBe(product(q, k) + 2);
  });
});
