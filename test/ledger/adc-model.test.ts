import { describe, expect, it } from 'vitest';
import { type AdcDesign, adcCost, dacEnergyPj, surveyKnee } from '../../src/ledger/adc-model.ts';

const design: AdcDesign = { bits: 8, samplesPerSecond: 1e8, nodeNm: 65, supplyV: 0.9, lineCells: 64 };
const survey = (more: Partial<AdcDesign>) => adcCost('survey', { ...design, ...more });
const embedded = (more: Partial<AdcDesign>) => adcCost('embedded', { ...design, ...more });

describe('the survey model', () => {
  it.each([
    [8, 65, 1e8, 6.49, 11_860],
    [8, 32, 1e8, 1.714, 3_939],
    [10, 32, 1e9, 13.95, 11_180],
    [6, 28, 1e8, 0.829, 2_776],
  ])('gives %d bits at %d nm and %d samples per second %d pJ and %d um2', (bits, nodeNm, samplesPerSecond, pj, um2) => {
    const { energyPj, areaUm2 } = survey({ bits, nodeNm, samplesPerSecond });
    expect(Math.abs(energyPj.value / pj - 1)).toBeLessThan(1e-3);
    expect(Math.abs(areaUm2.value / um2 - 1)).toBeLessThan(3e-4);
  });

  it.each([
    [8, 1.07e9],
    [10, 114e6],
    [12, 12.1e6],
  ])('has the knee of %d bits at %d samples per second', (bits, rate) => {
    const knee = surveyKnee(bits);
    expect(Math.abs(knee / rate - 1)).toBeLessThan(5e-3);
    const energy = (samplesPerSecond: number) => survey({ bits, samplesPerSecond }).energyPj.value;
    expect(energy(knee / 10)).toBe(energy(knee / 2));
    expect(energy(knee * 2)).toBeGreaterThan(1.5 * energy(knee));
  });

  it('prices fewer than 4 bits as 4 and says so', () => {
    const { energyPj } = survey({ bits: 2 });
    expect(energyPj.value).toBe(survey({ bits: 4 }).energyPj.value);
    expect(energyPj.source.where).toContain('4 bits (the fewest it knows)');
    expect(survey({ bits: 4 }).energyPj.source.where).not.toContain('fewest');
  });

  it('takes one conversion as long as its rate says', () => {
    expect(survey({}).timeNs.value).toBeCloseTo(10, 12);
  });
});

describe('the embedded model', () => {
  it('gives 8 bits 0.70 pJ at 0.9 V, 9 times below the survey at 65 nm', () => {
    expect(embedded({}).energyPj.value).toBeCloseTo((800 + 65.536) * 0.81e-3, 12);
    expect(embedded({}).energyPj.value).toBeCloseTo(0.7, 2);
    expect(survey({}).energyPj.value / embedded({}).energyPj.value).toBeCloseTo(9.3, 1);
  });

  it('follows V^2, its area 2^bits nearly, its delay the cells of the line', () => {
    expect(embedded({ supplyV: 1.8 }).energyPj.value / embedded({}).energyPj.value).toBeCloseTo(4, 12);
    expect(embedded({}).areaUm2.value).toBeCloseTo(10 ** (1.206 - 8 * 0.0369) * 256, 9);
    expect(embedded({}).timeNs.value).toBeCloseTo(8 * (0.00653 * 64 + 0.64), 12);
    expect(embedded({ samplesPerSecond: 1 })).toEqual(embedded({}));
  });
});

describe('adcCost', () => {
  it('names its model and source in every constant', () => {
    for (const [model, cost] of [['survey', survey({})] as const, ['embedded', embedded({})] as const]) {
      expect(cost.model).toBe(model);
      for (const { source } of [cost.energyPj, cost.areaUm2, cost.timeNs]) {
        expect(source.where).toContain(`model ${model}`);
        expect(source.grade).toBe('B');
      }
    }
  });

  it('scales its energy as calibrated, says so, and is then ours', () => {
    const scaled = survey({ calibration: 0.275 });
    expect(scaled.energyPj.value).toBeCloseTo(0.275 * survey({}).energyPj.value, 12);
    expect(scaled.energyPj.source).toMatchObject({ grade: 'D', where: expect.stringContaining('times 0.275') });
    expect(scaled.areaUm2).toEqual(survey({}).areaUm2);
  });

  it.each<[Partial<AdcDesign>]>([
    [{ bits: 0 }],
    [{ samplesPerSecond: Number.NaN }],
    [{ nodeNm: -65 }],
    [{ supplyV: 0 }],
    [{ lineCells: Number.POSITIVE_INFINITY }],
    [{ calibration: 0 }],
  ])('rejects %j', (bad) => {
    expect(() => embedded(bad)).toThrow(expect.objectContaining({ code: 'ADC_VALUE' }));
  });

  it('rejects another model', () => {
    expect(() => adcCost('guess' as 'survey', design)).toThrow(
      expect.objectContaining({ code: 'ADC_VALUE', fix: 'use one of survey, embedded' }),
    );
  });
});

it('dacEnergyPj charges 50 fF a bit', () => {
  expect(dacEnergyPj(8, 0.9).value).toBeCloseTo(0.05 * 8 * 0.81, 12);
  expect(() => dacEnergyPj(8, 0)).toThrow(expect.objectContaining({ code: 'ADC_VALUE' }));
  expect(() => dacEnergyPj(-1, 1)).toThrow(expect.objectContaining({ code: 'ADC_VALUE' }));
});
