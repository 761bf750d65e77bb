import { describe, expect, it } from 'vitest';
import { auditTechnology } from '../../src/ledger/audit.ts';
import { quantity } from '../../src/ledger/quantity.ts';
import { hardseaTechnology } from '../../src/ledger/technology/hardsea.ts';
import { constantsOf } from '../../src/ledger/technology.ts';
import {
  nodeFactors,
  type Scaled,
  scaleConstant,
  scaleTechnology,
  scalingFactor,
} from '../../src/ledger/technology-scaling.ts';
import { source } from '../../src/source.ts';

const at = (nodeNm: number, supplyV = 1) => ({ nodeNm, supplyV });
const factor = (kind: Scaled, from: number, to: number) => scalingFactor(kind, at(from), at(to)).value;
const kinds: readonly Scaled[] = ['energy', 'delay', 'area'];

describe('scalingFactor', () => {
  it('lies between the neighbours at 28 nm, nearer 32 nm than 20 nm', () => {
    for (const kind of ['energy', 'area'] as const) {
      const [f32, f28, f20] = [32, 28, 20].map((node) => factor(kind, 65, node)) as [number, number, number];
      expect(f28).toBeLessThan(f32);
      expect(f28).toBeGreaterThan(f20);
      expect(f32 - f28).toBeLessThan(f28 - f20);
    }
  });

  it('takes 65 to 28 nm as the corrected tool does, not as the reversed one', () => {
    expect(factor('energy', 65, 28)).toBeCloseTo(0.414, 12);
    expect(factor('area', 65, 28)).toBeCloseTo(0.253, 12);
  });

  it('agrees with the other stated ratios: 45 to 65 nm exactly, 45 to 32 nm and a higher supply within 10 %', () => {
    expect(factor('energy', 45, 65)).toBeCloseTo(1.31, 12);
    expect(Math.abs(scalingFactor('energy', at(45, 1), at(32, 0.9)).value / 0.53 - 1)).toBeLessThan(0.1);
    expect(Math.abs(scalingFactor('energy', at(45, 1), at(65, 1.2)).value / 2.07 - 1)).toBeLessThan(0.1);
  });

  it.each(kinds)('of %s falls with every nanometre from 65 to 20 and chains', (kind) => {
    for (let node = 65; node > 20; node--) expect(factor(kind, 65, node - 1)).toBeLessThan(factor(kind, 65, node));
    expect(factor(kind, 65, 45) * factor(kind, 45, 22)).toBeCloseTo(factor(kind, 65, 22), 12);
    expect(factor(kind, 28, 28)).toBe(1);
    expect(factor(kind, 65, 40) * factor(kind, 40, 65)).toBeCloseTo(1, 12);
  });

  it('raises the supply to 2 for energy, to -2.66 for delay, to 0 for area', () => {
    const supply = (kind: Scaled) => scalingFactor(kind, at(65, 1), at(65, 1.2)).value;
    expect(supply('energy')).toBeCloseTo(1.44, 12);
    expect(supply('delay')).toBeCloseTo(1.2 ** -2.66, 12);
    expect(supply('area')).toBe(1);
  });

  it('is graded as derived, and as assumed for delays, whose span goes up to no gain', () => {
    expect(scalingFactor('energy', at(65), at(28)).source.grade).toBe('C');
    const delay = scalingFactor('delay', at(65), at(20));
    expect(delay).toMatchObject({ value: 20 / 65, high: 1, source: { grade: 'D' } });
    for (const points of Object.values(nodeFactors))
      for (const { factor } of points) expect(factor.source.where).toMatch(/\w/);
  });

  it.each([
    [at(66), 'PROCESS_VALUE'],
    [at(19.9), 'PROCESS_VALUE'],
    [at(Number.NaN), 'PROCESS_VALUE'],
    [at(65, 0), 'PROCESS_VALUE'],
    [at(65, Number.POSITIVE_INFINITY), 'PROCESS_VALUE'],
  ])('rejects %j', (process, code) => {
    expect(() => scalingFactor('energy', process, at(65))).toThrow(expect.objectContaining({ code }));
    expect(() => scalingFactor('energy', at(65), process)).toThrow(expect.objectContaining({ code }));
  });
});

describe('scaleConstant', () => {
  const constant = quantity(2, 'pJ', source('B', 'a paper', 'table 1'), { low: 1, high: 4, fittedTo: ['energy'] });

  it('moves value and span alike, keeps what it was fitted to, and says where it was', () => {
    const moved = scaleConstant(constant, 'energy', at(65), at(28));
    expect(moved.value).toBeCloseTo(0.828, 12);
    expect(moved.low! / moved.value).toBeCloseTo(0.5, 12);
    expect(moved.high! / moved.value).toBeCloseTo(2, 12);
    expect(moved.fittedTo).toEqual(['energy']);
    expect(moved.source).toEqual(source('C', 'a paper', 'table 1; energy from 65 nm, 1 V to 28 nm, 1 V'));
  });

  it('is the same object where nothing moves', () => {
    expect(scaleConstant(constant, 'energy', at(65), at(65))).toBe(constant);
  });
});

describe('scaleTechnology', () => {
  const table = hardseaTechnology({
    arrays: 1,
    rows: 8,
    columns: 8,
    wtaSelectColumns: 8,
    sramBits: 8,
    macLanes: 1,
    softmaxUnits: 1,
    dacs: 8,
  });

  it('scales energies, areas and times each by its own factor and stays sound', () => {
    const moved = scaleTechnology(table, at(28, 0.8));
    expect(moved).toMatchObject({ nodeNm: 28, supplyV: 0.8 });
    expect(auditTechnology(moved)).toEqual([]);
    const before = new Map(constantsOf(table));
    for (const [path, { value }] of constantsOf(moved)) {
      const kind = path.startsWith('timing.') ? 'delay' : path.endsWith('areaUm2') ? 'area' : 'energy';
      expect(value, path).toBeCloseTo(before.get(path)!.value * scalingFactor(kind, at(65), at(28, 0.8)).value, 12);
    }
  });
});
