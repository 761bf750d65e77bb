import { describe, expect, it } from 'vitest';
import {
  arrivalNs,
  columnChargePj,
  resolvableGap,
  thermalJitterRelative,
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
