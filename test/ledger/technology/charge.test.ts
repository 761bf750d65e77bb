import { describe, expect, it } from 'vitest';
import { chargeModel, chargeNames } from '../../../src/device/charge-array.ts';
import { auditTechnology } from '../../../src/ledger/audit.ts';
import { chargePeaks, chargePublished } from '../../../src/ledger/published/charge.ts';
import { type ChargeGeometry, chargeTechnology } from '../../../src/ledger/technology/charge.ts';
import {
  type ChargeReading,
  chargeReference,
  countedOperations,
  fitCharge,
} from '../../../src/ledger/technology/charge-fit.ts';
import { areaByComponent, constantsOf } from '../../../src/ledger/technology.ts';

const reading: ChargeReading = { definition: 'I', queryBits: 4, keyBits: 4, passNs: 16 / 1.1 };
const geometry: ChargeGeometry = {
  tokens: 64,
  dim: 64,
  capacitanceFf: 1,
  supplyV: 1,
  passNs: 16 / 1.1,
  cycleNs: 1 / 1.1,
  converterBits: 0,
  reading,
};

describe('fitCharge', () => {
  it('spends on a pair what the peak of the core allows', () => {
    const cells = 16 * 64 * 0.25 * 1e-3;
    expect(16 * fitCharge(reading).lineEventPj + cells + 0.0417).toBeCloseTo((2 * 64) / 14.8, 12);
    const wide = fitCharge({ ...reading, keyBits: 8 });
    expect(32 * wide.lineEventPj + 2 * cells + 0.0417).toBeCloseTo((2 * 64) / 14.8, 12);
  });

  it.each([
    ['I', 2.29, 28.9],
    ['II', 1.68, 38.5],
    ['III', 0.47, 115.5],
  ] as const)(
    'under definition %s has %d pJ per 8-bit operation and %d products a cycle',
    (definition, pj, products) => {
      const { operation8Pj, operation8Ns } = fitCharge({ ...reading, definition });
      expect(operation8Pj).toBeCloseTo(pj, 2);
      expect(1 / (2 * operation8Ns * 1.1)).toBeCloseTo(products, 1);
    },
  );

  it('has a core of 0.58 mm2 at 16 cycles of 1.1 GHz, smaller for slower passes', () => {
    expect(fitCharge(reading).coreAreaUm2 / 1e6).toBeCloseTo(0.577, 3);
    expect(fitCharge({ ...reading, passNs: 20 }).coreAreaUm2 / 1e6).toBeCloseTo(0.42, 2);
    expect(fitCharge({ ...reading, passNs: 5 }).coreAreaUm2 / 1e6).toBeCloseTo(1.68, 2);
  });

  it('refuses passes that no core on the die could make', () => {
    const fitted = (passNs: number) => () => fitCharge({ ...reading, passNs });
    expect(fitted(2.5)).toThrow(expect.objectContaining({ code: 'CHARGE_FIT', fix: 'use more cycles per pass' }));
    expect(fitted(600)).toThrow(expect.objectContaining({ code: 'CHARGE_FIT', fix: 'use fewer cycles per pass' }));
  });

  it('refuses widths whose cells alone take more than the peak allows', () => {
    expect(() => fitCharge({ ...reading, queryBits: 32, keyBits: 32 })).toThrow(
      expect.objectContaining({ code: 'CHARGE_FIT', fix: 'read the peak at fewer bits' }),
    );
  });
});

describe('countedOperations', () => {
  const work = { visiblePairs: 100, keptPairs: 25, dim: 64, recompute: true };

  it('counts 256, 192 and 64 for a pair of 64 dimensions of which a quarter is kept', () => {
    expect(countedOperations('I', work) / 100).toBe(256);
    expect(countedOperations('II', work) / 100).toBe(192);
    expect(countedOperations('III', work) / 100).toBe(64);
  });

  it('leaves out the scores of kept pairs where they are not computed again', () => {
    expect(countedOperations('III', { ...work, recompute: false }) / 100).toBe(32);
    expect(countedOperations('I', { ...work, recompute: false }) / 100).toBe(256);
  });
});

describe('chargeTechnology', () => {
  it('passes the audit, with and without converters', () => {
    expect(auditTechnology(chargeTechnology(geometry))).toEqual([]);
    expect(auditTechnology(chargeTechnology({ ...geometry, converterBits: 6, dim: 16 }))).toEqual([]);
  });

  it('names what each constant was fitted to', () => {
    const fitted = [...constantsOf(chargeTechnology(geometry))].filter(([, constant]) => constant.fittedTo);
    expect(fitted.map(([path]) => path)).toEqual([
      'line.areaUm2',
      'line.event.energyPj',
      'digital.areaUm2',
      'digital.operation8.energyPj',
      'timing.operation8Ns',
    ]);
  });

  it('is a die of 3.2 mm2', () => {
    const area = areaByComponent(chargeTechnology(geometry)).reduce((sum, row) => sum + row.areaUm2, 0);
    expect(area / 1e6).toBeCloseTo(3.2, 12);
  });

  it('scales lines with dimensions and with the square of the supply, cells with capacitor and supply', () => {
    const price = (more: Partial<ChargeGeometry>, component: string, action: string) =>
      chargeTechnology({ ...geometry, ...more }).components[component]!.actions[action]!.energyPj.value;
    expect(price({ dim: 16 }, 'line', 'event')).toBeCloseTo(price({}, 'line', 'event') / 4, 12);
    expect(price({ supplyV: 0.8 }, 'line', 'event')).toBeCloseTo(price({}, 'line', 'event') * 0.64, 12);
    expect(price({ supplyV: 0.8 }, 'comparator', 'decide')).toBeCloseTo(0.0417 * 0.64, 12);
    expect(price({ supplyV: 0.8, capacitanceFf: 2 }, 'array', 'product')).toBeCloseTo(2 * 0.64e-3, 12);
  });

  it('has a converter per key where events are converted, priced by the embedded fit', () => {
    const { components, timing } = chargeTechnology({ ...geometry, converterBits: 8, supplyV: 0.9 });
    expect(components['converter']!.instances).toBe(64);
    expect(components['converter']!.actions['convert']!.energyPj.value).toBeCloseTo(0.701, 3);
    expect(timing['convertNs']!.value).toBeCloseTo(8 * (0.00653 * 64 + 0.64), 12);
    expect(chargeTechnology(geometry).components['converter']).toMatchObject({
      instances: 0,
      areaUm2: { value: 0 },
      actions: { convert: { energyPj: { value: 0 } } },
    });
  });

  it('was fitted at the capacitor, supply and size of every preset', () => {
    for (const name of chargeNames) {
      const { unitCapacitanceFf, supplyV, columns, dimensions, nibbleBits } = chargeModel(name);
      const { capacitanceFf, supplyV: volts, tokens, dim, nibbleBits: bits } = chargeReference;
      expect([unitCapacitanceFf, supplyV, columns, dimensions, nibbleBits]).toEqual(
        [capacitanceFf, volts, tokens, dim, bits].map(({ value }) => value),
      );
    }
  });

  it.each([{ tokens: -1 }, { supplyV: Number.NaN }, { passNs: Number.POSITIVE_INFINITY }])('rejects %j', (bad) => {
    expect(() => chargeTechnology({ ...geometry, ...bad })).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_VALUE' }),
    );
  });
});

describe('constants and published figures of the charge-domain hybrid', () => {
  it('have sources, and those called published no assumption behind them', () => {
    for (const { source } of Object.values(chargeReference)) expect(source.where).toMatch(/\w/);
    for (const { standing, source } of chargePublished) {
      expect(standing).toBe('published');
      expect(['A', 'B']).toContain(source.grade);
    }
    expect(chargePublished.slice(0, 4).map((figure) => figure.value)).toEqual([14.8, 976.6, 1.65, 79.4]);
    expect(chargePeaks.keptShare).toBe(0.25);
  });
});
