import { describe, expect, it } from 'vitest';
import {
  arrivalNs,
  columnChargePj,
  referenceTimeoutNs,
  resolvableGap,
  thermalJitterRelative,
  timeCodes,
  type WtaChoice,
  wtaModel,
  wtaNames,
} from '../../src/device/time-domain.ts';

describe('the 45 nm hand design', () => {
  const design = wtaModel({ capacitanceFf: 235, thresholdV: 0.49, jitter: 'thermal' });

  it('arrives after 1.15 us at 100 nA, and after 115 to 11.5 ns at 1 to 10 uA', () => {
    expect(arrivalNs(design, 0.1)).toBeCloseTo(1151.5, 6);
    expect(arrivalNs(design, 1)).toBeCloseTo(115.15, 6);
    expect(arrivalNs(design, 10)).toBeCloseTo(11.515, 6);
  });

  it('takes 235 fJ per column at 1 V', () => {
    expect(columnChargePj(design)).toBeCloseTo(0.235, 12);
  });

  it('cannot tell gaps below 0.17 % apart with 2 ns of detection delay', () => {
    expect(resolvableGap(design, 0.1, 2)).toBeCloseTo(0.00173, 5);
  });

  it('has the jitter of its capacitor', () => {
    expect(thermalJitterRelative(design)).toBeCloseTo(Math.sqrt((1.380649e-23 * 300) / 235e-15) / 0.49, 12);
    expect(thermalJitterRelative(design)).toBeCloseTo(2.71e-4, 6);
  });
});

describe('the two forms', () => {
  const integrate = wtaModel({ resolutionPs: 50 });
  const ramp = wtaModel({ form: 'ramp', resolutionPs: 50 });

  it('meet at both ends of the currents, up to where they start, and not between', () => {
    expect(arrivalNs(ramp, 10)).toBe(0);
    expect(arrivalNs(ramp, 1)).toBeCloseTo(22.5, 12);
    expect(arrivalNs(integrate, 1) - arrivalNs(integrate, 10)).toBeCloseTo(22.5, 12);
    expect(arrivalNs(ramp, 5.5)).toBeCloseTo(11.25, 12);
    expect(arrivalNs(integrate, 5.5) - arrivalNs(integrate, 10)).toBeCloseTo(25 / 5.5 - 2.5, 12);
  });

  it('tell as many arrivals apart in the same span, twice as many in twice the time', () => {
    expect(timeCodes(integrate)).toBe(timeCodes(ramp));
    expect(timeCodes(ramp)).toBe(451);
    expect(timeCodes(wtaModel({ form: 'ramp', resolutionPs: 50, rampNs: 45 }))).toBe(901);
    expect(timeCodes(wtaModel({ resolutionPs: 50, capacitanceFf: 100 }))).toBe(901);
    expect(timeCodes(wtaModel())).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([integrate, ramp])('resolve the gap that moves an arrival by one step ($form)', (model) => {
    for (const current of [1.5, 4, 10]) {
      const slower = current * (1 - resolvableGap(model, current));
      expect(arrivalNs(model, slower) - arrivalNs(model, current)).toBeCloseTo(0.05, 10);
    }
  });

  it.each([
    ['integrate', { capacitanceFf: 100 }],
    ['ramp', { rampNs: 45 }],
  ] as const)('resolve half the gap in twice the time (%s)', (form, twice) => {
    const once = resolvableGap(wtaModel({ form, resolutionPs: 1 }), 4);
    const slow = resolvableGap(wtaModel({ form, resolutionPs: 1, ...twice }), 4);
    // Integrating, k / (1 + k) with k = 1.6e-4.
    expect(slow / once).toBeCloseTo(0.5, 3);
  });

  it('resolve large currents worse when integrating, and better on a ramp', () => {
    expect(resolvableGap(integrate, 10)).toBeGreaterThan(resolvableGap(integrate, 1));
    expect(resolvableGap(ramp, 10)).toBeLessThan(resolvableGap(ramp, 1));
  });

  it('take a timeout from a reference column', () => {
    expect(referenceTimeoutNs(integrate, 5)).toBe(5);
    expect(referenceTimeoutNs(ramp, 5.5)).toBeCloseTo(11.25, 12);
    for (const [model, current] of [
      [integrate, 0],
      [ramp, 0.5],
      [ramp, 10],
    ] as const)
      expect(() => referenceTimeoutNs(model, current)).toThrow(expect.objectContaining({ code: 'WTA_VALUE' }));
  });
});

describe('presets', () => {
  it('ideal has no error', () => {
    const ideal = wtaModel();
    expect(thermalJitterRelative(ideal)).toBe(0);
    expect(resolvableGap(ideal, 10)).toBe(0);
    expect(arrivalNs(ideal, 5)).toBe(5);
  });

  it('td-65nm delays every arrival', () => {
    expect(arrivalNs(wtaModel('td-65nm'), 5)).toBeCloseTo(5.1, 12);
    expect(columnChargePj(wtaModel('td-65nm'))).toBeCloseTo(0.05, 12);
  });

  it('never arrives without current', () => {
    expect(arrivalNs(wtaModel(), 0)).toBe(Number.POSITIVE_INFINITY);
    expect(arrivalNs(wtaModel(), -1)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(wtaNames)('%s gives a source for every number', (name) => {
    const { sources, name: _, ...fields } = wtaModel(name);
    expect(Object.keys(sources).sort()).toEqual(Object.keys(fields).sort());
  });

  it('marks what the caller changed', () => {
    expect(wtaModel({ preset: 'td-65nm', resolutionPs: 10 }).sources.resolutionPs.ref).toBe('the caller');
    expect(wtaModel({ preset: 'td-65nm', delayPs: undefined }).delayPs).toBe(100);
  });
});

describe('guards', () => {
  it.each<[string, string | WtaChoice]>([
    ['WTA_UNKNOWN', 'td-28nm'],
    ['WTA_UNKNOWN', 'toString'],
    ['WTA_KEY', { capacitance: 3 } as WtaChoice],
    ['WTA_KEY', { sources: {} } as WtaChoice],
    ['WTA_VALUE', { capacitanceFf: 0 }],
    ['WTA_VALUE', { form: 'ramp', rampNs: 0 }],
    ['WTA_VALUE', { form: 'flash' as 'ramp' }],
    ['WTA_VALUE', { capacitanceFf: Number.NaN }],
    ['WTA_VALUE', { offsetSigmaMv: -1 }],
    ['WTA_VALUE', { resolutionPs: Number.POSITIVE_INFINITY }],
    ['WTA_VALUE', { jitter: 'pink' as 'none' }],
    ['WTA_VALUE', { currentMinUa: 10 }],
    ['WTA_VALUE', { currentMinUa: 0 }],
    ['WTA_VALUE', { thresholdV: 1.2 }],
  ])('%s %j', (code, choice) => {
    expect(() => wtaModel(choice)).toThrow(expect.objectContaining({ code, kind: 'input' }));
  });

  it('rejects a NaN current', () => {
    expect(() => arrivalNs(wtaModel(), Number.NaN)).toThrow(expect.objectContaining({ code: 'WTA_VALUE' }));
  });
});
