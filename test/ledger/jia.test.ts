import { describe, expect, it } from 'vitest';
import { adcCost } from '../../src/ledger/adc-model.ts';
import { jiaAnchor } from '../../src/ledger/published/jia.ts';
import { scalingFactor } from '../../src/ledger/technology-scaling.ts';

const { low, high, columnCells, nodeNm } = jiaAnchor;
const between = (kind: 'energy' | 'delay') =>
  scalingFactor(kind, { nodeNm, supplyV: low.supplyV }, { nodeNm, supplyV: high.supplyV }).value;

describe('the 65 nm charge-domain anchor', () => {
  it('obeys V^2 in energy: in total within 3 %, in each part within 13 %', () => {
    const total = ({ converterPj, arrayPj, dataPathPj }: typeof low) =>
      converterPj.value + arrayPj.value + dataPathPj.value;
    expect(Math.abs(total(high) / total(low) / between('energy') - 1)).toBeLessThan(0.03);
    for (const part of ['converterPj', 'arrayPj', 'dataPathPj'] as const) {
      expect(Math.abs(high[part].value / low[part].value / between('energy') - 1), part).toBeLessThan(0.13);
    }
    expect(Math.abs(low.topsPerW.value / high.topsPerW.value / between('energy') - 1)).toBeLessThan(0.05);
  });

  it('obeys V^-2.66 in latency: throughput and density within 1 %', () => {
    expect(Math.abs((high.throughputTops.value / low.throughputTops.value) * between('delay') - 1)).toBeLessThan(0.01);
    expect(Math.abs((high.topsPerMm2.value / low.topsPerMm2.value) * between('delay') - 1)).toBeLessThan(0.01);
  });

  it('counts two operations a cell, and array and converter only: its efficiency then follows within 1 %', () => {
    for (const { converterPj, arrayPj, topsPerW } of [low, high]) {
      const own = (2 * columnCells.value) / (converterPj.value + arrayPj.value);
      expect(Math.abs(own / topsPerW.value - 1)).toBeLessThan(0.01);
    }
  });

  it('spends 4.21 and 8.85 fJ on a cell', () => {
    expect((low.arrayPj.value / columnCells.value) * 1e3).toBeCloseTo(4.21, 2);
    expect((high.arrayPj.value / columnCells.value) * 1e3).toBeCloseTo(8.85, 2);
  });

  it('has a converter between the embedded model and the survey', () => {
    const design = { bits: 8, samplesPerSecond: 1e8, nodeNm, supplyV: 1.2, lineCells: columnCells.value };
    expect(adcCost('survey', design).energyPj.value).toBeGreaterThan(high.converterPj.value);
    expect(adcCost('embedded', design).energyPj.value).toBeLessThan(high.converterPj.value);
    // The survey needs a factor of about the 0.275 with which the tool meets the lower supply.
    expect(low.converterPj.value / adcCost('survey', design).energyPj.value).toBeCloseTo(0.275, 2);
  });
});
