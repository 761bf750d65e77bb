import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Counts } from '../../src/ledger/counts.ts';
import { elasticities, ledgerElasticities, type TechnologyChange } from '../../src/ledger/elasticity.ts';
import { type Figure, predictedFigure, publishedFigure } from '../../src/ledger/figure.ts';
import { quantity } from '../../src/ledger/quantity.ts';
import { energyByComponent, type Technology } from '../../src/ledger/technology.ts';
import { source } from '../../src/source.ts';

const from = source('B', 'a paper', 'table 1');
const pj = (value: number, span = {}) => quantity(value, 'pJ', from, span);

function toy(readPj = 3, writePj = 0): Technology {
  return {
    name: 'toy',
    nodeNm: 65,
    supplyV: 1,
    description: 'two parts',
    components: {
      sram: {
        label: 'bit',
        instances: 8,
        areaUm2: quantity(1, 'um2', from),
        actions: {
          readBit: { energyPj: pj(readPj, { high: 2 * readPj }) },
          writeBit: { energyPj: pj(writePj, { high: 4 }) },
        },
      },
      mac: { label: 'lane', instances: 2, areaUm2: quantity(4, 'um2', from), actions: { mac8: { energyPj: pj(1) } } },
    },
    timing: { read: quantity(2, 'ns', from), compute: quantity(1, 'ns', source('D', 'us', 'a guess')) },
  };
}

const counts: Counts = { sram: { readBit: 10, writeBit: 5 }, mac: { mac8: 70 } };

describe('elasticities of an energy', () => {
  it('are the shares of the total, largest first, with the ends of the spans', () => {
    const rows = elasticities(counts, toy());
    expect(rows.slice(0, 2).map((row) => [row.constant, row.elasticity])).toEqual([
      ['mac.mac8.energyPj', 0.7],
      ['sram.readBit.energyPj', 0.3],
    ]);
    expect(rows[1]).toEqual({
      constant: 'sram.readBit.energyPj',
      elasticity: 0.3,
      value: 3,
      unit: 'pJ',
      grade: 'B',
      span: { atLow: 1, atHigh: 1.3 },
    });
    // A price of 0 has no elasticity, but its upper end has an effect: 5 writes of 4 pJ on top of 100 pJ.
    expect(rows.find((row) => row.constant === 'sram.writeBit.energyPj')).toMatchObject({
      elasticity: 0,
      span: { atLow: 1, atHigh: 1.2 },
    });
  });

  it('name every constant once, and are 0 for what the run does not use', () => {
    const rows = elasticities({ mac: { mac8: 1 } }, toy());
    expect(rows.map((row) => row.constant).sort()).toEqual([
      'mac.areaUm2',
      'mac.mac8.energyPj',
      'sram.areaUm2',
      'sram.readBit.energyPj',
      'sram.writeBit.energyPj',
      'timing.compute',
      'timing.read',
    ]);
    for (const row of rows) expect(row.elasticity, row.constant).toBe(row.constant === 'mac.mac8.energyPj' ? 1 : 0);
  });

  it('add up to 1 for any counts and prices', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    const price = fc.double({ min: 1e-6, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(
        count,
        count,
        fc.integer({ min: 1, max: 1_000_000 }),
        price,
        price,
        (readBit, writeBit, mac8, r, w) => {
          const rows = elasticities({ sram: { readBit, writeBit }, mac: { mac8 } }, toy(r, Math.min(w, 4)));
          expect(rows.reduce((sum, row) => sum + row.elasticity, 0)).toBeCloseTo(1, 12);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('are 0 where nothing was done, and refuse what has no price', () => {
    for (const row of elasticities({}, toy())) expect(row.elasticity).toBe(0);
    expect(() => elasticities({ dac: { drive: 1 } }, toy())).toThrow(
      expect.objectContaining({ code: 'LEDGER_UNPRICED' }),
    );
  });
});

/** Energy, efficiency as its inverse, and the slower of two stages. */
function ledger(change: TechnologyChange): { figures: readonly Figure[]; technology: Technology } {
  const technology = change(toy());
  const energy = energyByComponent(counts, technology).reduce((sum, row) => sum + row.energyPj, 0);
  const slower = Math.max(technology.timing['read']!.value, technology.timing['compute']!.value);
  const figures = [
    predictedFigure('energy', energy, 'pJ', {}, technology),
    predictedFigure('efficiency', 1 / energy, 'TOPS/W', {}, technology),
    predictedFigure('latency', slower, 'ns', {}, technology),
    publishedFigure('gain', 7, 'x', {}, from),
    predictedFigure('idle', 0, 'pJ', {}, technology),
  ];
  return { figures, technology };
}

describe('elasticities of a ledger', () => {
  const found = ledgerElasticities(ledger);
  const of = (figure: string, constant: string) => found[figure]!.find((row) => row.constant === constant)!;

  it('are those of every calculated figure and of no other', () => {
    expect(Object.keys(found)).toEqual(['energy', 'efficiency', 'latency', 'idle']);
  });

  it('agree with the exact shares of the energy, and are their negatives for its inverse', () => {
    for (const exact of elasticities(counts, toy())) {
      const { elasticity, span } = of('energy', exact.constant);
      expect(elasticity).toBeCloseTo(exact.elasticity, 7);
      expect(span?.atHigh ?? 1).toBeCloseTo(exact.span?.atHigh ?? 1, 12);
      expect(of('efficiency', exact.constant).elasticity).toBeCloseTo(-exact.elasticity, 7);
    }
  });

  it('are 1 for the slowest stage and 0 for the one it hides', () => {
    expect(of('latency', 'timing.read').elasticity).toBeCloseTo(1, 7);
    expect(of('latency', 'timing.compute')).toMatchObject({ elasticity: 0, grade: 'D', unit: 'ns', value: 1 });
    expect(found['latency']![0]!.constant).toBe('timing.read');
  });

  it('are 0 for a figure that is 0', () => {
    for (const row of found['idle']!) expect(row.elasticity).toBe(0);
  });

  it('refuse a ledger whose figures come and go', () => {
    const unsteady = (change: TechnologyChange) => {
      const { technology } = ledger(change);
      const name = `latency at ${technology.timing['read']!.value} ns`;
      return { technology, figures: [predictedFigure(name, 1, 'ns', {}, technology)] };
    };
    expect(() => ledgerElasticities(unsteady)).toThrow(expect.objectContaining({ code: 'LEDGER_FIGURES' }));
  });
});
