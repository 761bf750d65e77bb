import { describe, expect, it } from 'vitest';
import { spanActivity } from '../../src/accelerator/butterfly-activity.ts';
import { resolveButterfly } from '../../src/accelerator/butterfly-config.ts';
import { butterflyLedger } from '../../src/accelerator/butterfly-ledger.ts';
import { resolveCharge } from '../../src/accelerator/charge-config.ts';
import { chargeLedger } from '../../src/accelerator/charge-ledger.ts';
import { resolveSprint } from '../../src/accelerator/sprint-config.ts';
import { sprintLedger } from '../../src/accelerator/sprint-ledger.ts';
import { type Elasticity, elasticities, ledgerElasticities, unchanged } from '../../src/ledger/elasticity.ts';

const charge = (change = unchanged) =>
  chargeLedger(
    { config: resolveCharge(), dim: 64, chips: 1 },
    [[{ queries: 128, visiblePairs: 8256, keptPairs: 2064, keysWritten: 128, passes: 192 }]],
    1,
    change,
  );
const head = spanActivity({ queries: 256, keys: 256, span: 32, causal: true, tileQueries: 64 });
const linear = { rows: 256, inputs: 256, outputs: 768, keptWeights: 49152, rounds: 384, projects: true };
const butterfly = (change = unchanged) =>
  butterflyLedger(
    { config: resolveButterfly({ spans: 32 }), dim: 64, chips: 1, windows: 1, longestKeys: 256, causal: true },
    [[head]],
    [linear],
    change,
  );
const sprint = (change = unchanged) =>
  sprintLedger(
    { config: resolveSprint(), heads: 1, dim: 64, chips: 1 },
    [
      [
        {
          queries: 9,
          keys: 11,
          keptPairs: 40,
          visiblePairs: 80,
          comparedPairs: 99,
          fetched: 25,
          computeCycles: 45,
          fetchCycles: 32,
          rowCycles: 72,
          baselineQueries: 12,
          baselineKeys: 14,
          baselinePairs: 168,
          baselineFetched: 100,
          baselineComputeCycles: 170,
          baselineFetchCycles: 60,
          baselineRowCycles: 180,
        },
      ],
    ],
    1,
    14,
    change,
  );

const of = (rows: readonly Elasticity[], constant: string) => rows.find((row) => row.constant === constant)!.elasticity;

describe('ledgers with a changed constant', () => {
  it.each([
    ['charge', charge],
    ['butterfly', butterfly],
    ['sprint', sprint],
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
