import { describe, expect, it } from 'vitest';
import {
  type ChargeChoice,
  calibratedMv,
  chargeModel,
  chargeNames,
  comparatorNoise,
  conversionStep,
  countVolts,
  lineNoiseV,
  sharedShiftMv,
  thermalVariance,
  unitVolts,
} from '../../src/device/charge-array.ts';

describe('charge-65nm on 64 dimensions', () => {
  const passive = chargeModel('charge-65nm');
  const bitplane = chargeModel({ preset: 'charge-65nm', combine: 'bitplane' });

  it('has 12 mV per count and 53 uV per nibble unit, 225 of which are a count', () => {
    expect(countVolts(passive, 64)).toBeCloseTo(1 / (64 * 1.3), 15);
    expect(unitVolts(passive, 64)).toBeCloseTo(5.342e-5, 8);
    expect(unitVolts(bitplane, 64)).toBe(countVolts(bitplane, 64));
    expect(unitVolts(chargeModel({ preset: 'charge-65nm', combine: 'ideal' }), 64)).toBe(unitVolts(passive, 64));
  });

  it('has the noise of the capacitance on the line: 254 uV without parasitic at 1 fF', () => {
    expect(lineNoiseV(chargeModel({ preset: 'charge-65nm', parasiticRatio: 0 }), 64)).toBeCloseTo(254e-6, 6);
    expect(lineNoiseV(passive, 64)).toBeCloseTo(Math.sqrt((1.380649e-23 * 300) / 83.2e-15), 12);
    expect(lineNoiseV(chargeModel({ preset: 'charge-65nm', noise: 'none' }), 64)).toBe(0);
  });

  it('averages the noise of the events in an estimate by their weights', () => {
    const event = (lineNoiseV(passive, 64) / countVolts(passive, 64)) ** 2;
    const weights = [1, 2, 4, -8, 15 / 32].flatMap((s) => [1, 2, 4, -8].map((p) => s * p));
    const sum = weights.reduce((total, weight) => total + weight ** 2, 0);
    expect(thermalVariance(passive, 64)).toBeCloseTo(event * sum, 10);
    expect(thermalVariance(bitplane, 64)).toBeCloseTo(event, 12);
    expect(thermalVariance(chargeModel({ preset: 'charge-65nm', combine: 'ideal' }), 64)).toBe(0);
  });

  it('has 3.7 units of comparator noise when passive, and 0.017 counts before a converter', () => {
    expect(comparatorNoise(passive, 64)).toBeCloseTo(3.744, 3);
    expect(comparatorNoise(bitplane, 64)).toBeCloseTo(0.01664, 5);
  });

  it('holds 16 Kb', () => {
    expect(passive.columns * passive.dimensions * passive.nibbleBits).toBe(16384);
  });
});

describe('conversion', () => {
  it.each([
    [64, 6, 1],
    [64, 5, 2],
    [64, 4, 4],
    [63, 6, 1],
    [20, 4, 1.25],
    [128, 8, 1],
    [128, 7, 1],
  ])('of %d counts to %d bits has a code every %d counts', (dim, conversionBits, step) => {
    expect(conversionStep(chargeModel({ conversionBits }), dim)).toBe(step);
  });
});

describe('calibration', () => {
  it('leaves up to half a step', () => {
    const model = chargeModel('charge-65nm');
    expect(calibratedMv(model, 3.6)).toBeCloseTo(0.1, 12);
    expect(calibratedMv(model, -3.3)).toBeCloseTo(0.2, 12);
    expect(calibratedMv(chargeModel(), 3.6)).toBe(3.6);
  });

  it('does not see pedestal and droop', () => {
    expect(sharedShiftMv(chargeModel({ pedestalMv: 1, droopMvPerNs: 0.1, holdNs: 4 }))).toBeCloseTo(0.6, 12);
    expect(sharedShiftMv(chargeModel('charge-65nm'))).toBe(0);
  });
});

describe('presets', () => {
  it.each(chargeNames)('%s gives a source for every number', (name) => {
    const { sources, name: _, ...fields } = chargeModel(name);
    expect(Object.keys(sources).sort()).toEqual(Object.keys(fields).sort());
  });

  it('mark what the caller changed', () => {
    expect(chargeModel({ preset: 'charge-65nm', supplyV: 0.8 }).sources.supplyV.ref).toBe('the caller');
    expect(chargeModel({ preset: 'charge-65nm', supplyV: undefined }).supplyV).toBe(1);
  });
});

describe('guards', () => {
  it.each<[string, string | ChargeChoice]>([
    ['CHARGE_UNKNOWN', 'charge-28nm'],
    ['CHARGE_UNKNOWN', 'toString'],
    ['CHARGE_KEY', { capacitance: 3 } as ChargeChoice],
    ['CHARGE_KEY', { sources: {} } as ChargeChoice],
    ['CHARGE_VALUE', { unitCapacitanceFf: 0 }],
    ['CHARGE_VALUE', { supplyV: Number.NaN }],
    ['CHARGE_VALUE', { comparatorOffsetMv: -1 }],
    ['CHARGE_VALUE', { parasiticRatio: Number.POSITIVE_INFINITY }],
    ['CHARGE_VALUE', { pedestalMv: Number.NaN }],
    ['CHARGE_VALUE', { capacitorMismatch: 0.16 }],
    ['CHARGE_VALUE', { noise: 'pink' as 'none' }],
    ['CHARGE_VALUE', { combine: 'serial' as 'ideal' }],
    ['CHARGE_VALUE', { conversionBits: 0 }],
    ['CHARGE_VALUE', { conversionBits: 5.5 }],
    ['CHARGE_VALUE', { nibbleBits: 3 }],
    ['CHARGE_VALUE', { columns: 0 }],
    ['CHARGE_VALUE', { dimensions: 129 }],
  ])('%s %j', (code, choice) => {
    expect(() => chargeModel(choice)).toThrow(expect.objectContaining({ code, kind: 'input' }));
  });
});
