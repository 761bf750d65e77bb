import { describe, expect, it } from 'vitest';
import { auditFigures, auditTechnology } from '../../src/ledger/audit.ts';
import {
  calibratedFigure,
  type Figure,
  measuredFigure,
  predictedFigure,
  publishedFigure,
} from '../../src/ledger/figure.ts';
import { publishedFigures } from '../../src/ledger/published.ts';
import { type Quantity, quantity } from '../../src/ledger/quantity.ts';
import type { Technology } from '../../src/ledger/technology.ts';
import { source } from '../../src/source.ts';

const known = source('B', 'a paper', 'table 1');

function technology(energyPj: Quantity): Technology {
  return {
    name: 'toy',
    nodeNm: 65,
    supplyV: 1,
    description: 'one part',
    components: {
      mac: { label: 'lane', instances: 1, areaUm2: quantity(1, 'um2', known), actions: { mac8: { energyPj } } },
    },
    timing: {},
  };
}

describe('figures', () => {
  it('carry standing, basis and source', () => {
    const toy = technology(quantity(1, 'pJ', source('D', 'us', 'a guess')));
    const energy = predictedFigure('energy', 3, 'uJ', { operations: 'executed', bits: 8, scope: 'core' }, toy);
    expect(energy).toMatchObject({ standing: 'predicted', basis: { bits: 8 }, source: { ref: 'toy', grade: 'D' } });
    expect(predictedFigure('energy', 3, 'uJ', {}, technology(quantity(1, 'pJ', known))).source.grade).toBe('B');
    expect(measuredFigure('time', 3, 'ms', {}, 'llvmpipe')).toMatchObject({
      standing: 'measured',
      source: { where: 'llvmpipe' },
    });
    expect(calibratedFigure('energy', 3, 'uJ', {}, toy, 'mac8 set to meet it').standing).toBe('calibrated');
    expect(publishedFigure('speedup', [1, 2], 'x', {}, known)).toMatchObject({ standing: 'published', value: [1, 2] });
    expect(() => Object.assign(energy.basis, { bits: 4 })).toThrow(TypeError);
  });

  it.each<[string, Figure['value'], Figure['basis']]>([
    ['NaN', Number.NaN, {}],
    ['a range upside down', [2, 1], {}],
    ['an open range', [1, Number.POSITIVE_INFINITY], {}],
    ['three ends', [1, 2, 3] as unknown as Figure['value'], {}],
    ['a sparsity in percent', 1, { sparsity: 75 }],
  ])('reject %s', (_, value, basis) => {
    expect(() => publishedFigure('x', value, 'x', basis, known)).toThrow(
      expect.objectContaining({ code: 'FIGURE_VALUE' }),
    );
  });

  it('publish HARDSEA in its own words and soundly', () => {
    expect(publishedFigures.hardsea!.map((figure) => figure.value)).toEqual([
      [13.5, 28.5],
      [291.6, 1894.3],
      [1.2, 14.9],
      [0.12, 0.33],
    ]);
    expect(new Set(publishedFigures.hardsea!.map((figure) => figure.standing))).toEqual(new Set(['published']));
    expect(auditFigures(publishedFigures.hardsea!, technology(quantity(1, 'pJ', known)))).toEqual([]);
  });
});

describe('the audit', () => {
  it.each<[string, Quantity, string]>([
    ['a constant without a source', { value: 1, unit: 'pJ' } as Quantity, 'has no source'],
    ['a blank source', { value: 1, unit: 'pJ', source: source('A', ' ', 'p. 3') }, 'has no source'],
    ['an unknown grade', { value: 1, unit: 'pJ', source: { ...known, grade: 'E' as 'D' } }, 'has no source'],
    ['a constant that is no number', { value: Number.NaN, unit: 'pJ', source: known }, 'is NaN'],
    ['a span beside the value', { value: 1, unit: 'pJ', source: known, low: 2, high: 3 }, 'not between'],
    ['another unit', { value: 1, unit: 'nJ', source: known }, 'not "pJ"'],
  ])('finds %s', (_, constant, complaint) => {
    expect(auditTechnology(technology(constant))).toContainEqual(expect.stringContaining(complaint));
  });

  it('finds instances that are no number', () => {
    const toy = technology(quantity(1, 'pJ', known));
    const bad = { ...toy, components: { mac: { ...toy.components.mac!, instances: Number.NaN } } };
    expect(auditTechnology(bad)).toEqual(['toy: mac has NaN instances']);
    expect(auditTechnology(toy)).toEqual([]);
  });

  it('finds a predicted figure that a constant was fitted to, and lets it pass as calibrated', () => {
    const toy = technology(quantity(1, 'pJ', known, { fittedTo: ['energy'] }));
    const predicted = predictedFigure('energy', 3, 'uJ', {}, toy);
    expect(auditFigures([predicted], toy)).toEqual([expect.stringContaining('mac.mac8.energyPj was fitted to it')]);
    expect(
      auditFigures(
        [
          { ...predicted, standing: 'calibrated' },
          { ...predicted, name: 'latency' },
        ],
        toy,
      ),
    ).toEqual([]);
  });

  it('finds a figure without a source', () => {
    const bad = { ...measuredFigure('time', 1, 'ms', {}, 'here'), source: undefined } as unknown as Figure;
    expect(auditFigures([bad], technology(quantity(1, 'pJ', known)))).toEqual(['time has no source']);
  });
});
