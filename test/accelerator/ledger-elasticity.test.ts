import { describe, expect, it } from 'vitest';
import { type Elasticity, elasticities, ledgerElasticities } from '../../src/ledger/elasticity.ts';
import { sampleLedgers } from '../support/sample-ledgers.ts';

const [charge, butterfly, sprint] = [sampleLedgers.charge(), sampleLedgers.butterfly(), sampleLedgers.sprint()];

const of = (rows: readonly Elasticity[], constant: string) => rows.find((row) => row.constant === constant)!.elasticity;

describe('ledgers with a changed constant', () => {
  it.each([
    ['charge', charge],
    ['butterfly', butterfly],
    ['sprint', sprint],
    ['hardsea', sampleLedgers.hardsea()],
  ] as const)('of %s give the exact shares of the energy', (_, ledger) => {
    const { counts, technology } = ledger();
    const rows = ledgerElasticities(ledger)['energy per window']!;
    for (const exact of elasticities(counts, technology)) {
      expect(of(rows, exact.constant), exact.constant).toBeCloseTo(exact.elasticity, 6);
    }
    expect(rows.reduce((sum, row) => sum + row.elasticity, 0)).toBeCloseTo(1, 6);
  });

  it('show what the peaks of the charge chip were fitted with', () => {
    const found = ledgerElasticities(charge);
    const peak = found['peak efficiency of the analog core']!;
    expect(peak[0]).toMatchObject({ constant: 'line.event.energyPj', grade: 'D' });
    expect(peak[0]!.elasticity).toBeCloseTo(-(8.6486 - 0.256 - 0.0417) / 8.6486, 3);
    expect(of(peak, 'digital.operation8.energyPj')).toBe(0);
    expect(found['peak area efficiency of the chip, definition I']![0]!.constant).toBe('timing.operation8Ns');
  });

  it('move the constants of a headline at its own supply by the same factor', () => {
    const found = ledgerElasticities(butterfly);
    const name = Object.keys(found).find((figure) => figure.startsWith('efficiency at'))!;
    const rows = found[name]!;
    expect(rows[0]!.constant).toBe('mac.mac8.energyPj');
    expect(rows[0]!.elasticity + rows[1]!.elasticity).toBeCloseTo(-1, 6);
    expect(rows[1]!.constant).toBe('skipper.hop.energyPj');
    expect(rows[1]!.elasticity).toBeGreaterThan(-0.1);
  });
});
