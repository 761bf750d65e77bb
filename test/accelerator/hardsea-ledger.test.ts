import { describe, expect, it } from 'vitest';
import { type HardseaConfig, resolveHardsea } from '../../src/accelerator/hardsea-config.ts';
import { hardseaLedger, type LedgerSubject } from '../../src/accelerator/hardsea-ledger.ts';
import type { HardseaActivity } from '../../src/accelerator/hardsea-trace.ts';

const busy: HardseaActivity = {
  queries: 10,
  keptPairs: 60,
  visiblePairs: 100,
  tokensEncoded: 20,
  encodeNs: 80,
  encodeCharges: 500,
  selectNs: 70,
  selectCharges: 90,
  selectColumns: 100,
  bankCycles: 900,
};

const price = (config: HardseaConfig = {}, head: Partial<HardseaActivity> = {}) =>
  hardseaLedger(machine(config), [[{ ...busy, ...head }, busy]], 1, 10);

describe('hardseaLedger', () => {
  it('prices the charge of each winner-take-all by its own capacitor and supply', () => {
    const charge = (config: HardseaConfig) =>
      Object.fromEntries(
        price(config)
          .energy.filter((row) => row.action === 'charge')
          .map((row) => [row.component, row.energyPj / row.count]),
      );
    const [encode, select] = ['wta-encode', 'wta-select'];
    expect(charge({ selector: { wta: { capacitanceFf: 200, supplyV: 1.2 } } })).toEqual({
      [encode!]: 0.05,
      [select!]: expect.closeTo(0.288, 12),
    });
    expect(charge({ encoder: { wta: { capacitanceFf: 100 } } })).toEqual({ [encode!]: 0.1, [select!]: 0.05 });
  });

  it('programs every copy of the encoder', () => {
    const written = (encoders: number) => price({ encoders }).setupCounts['crossbar']!['cellWrite'];
    expect(written(1)).toBe(2 * 8 * 3 * 2 * 16);
    expect(written(4)).toBe(4 * written(1)!);
  });

  it('overlaps encoding, selection and exact attention, but not scores with outputs in the same banks', () => {
    const { stages, sequentialNs, overlappedNs } = price().latency;
    const [encode, select] = [20 * 10 + 80, 10 * 8 + 70];
    expect(stages.map((row) => row.timeNs)).toEqual([encode, select, 900, 900]);
    expect(sequentialNs).toBe(encode + select + 1800);
    expect(overlappedNs).toBe(1800);
    expect(price({}, { encodeNs: 1800 }).latency.overlappedNs).toBe(2000);
  });

  it('has as many exponential units as scores may come in a cycle, since no time is counted for them', () => {
    const units = (banks: number) => price({ banks }).technology.components['softmax']!.instances;
    expect([units(1), units(32)]).toEqual([2, 64]);
  });
});

function machine(changes: HardseaConfig): LedgerSubject {
  const config = resolveHardsea(changes);
  const { subspaces, centroids } = config;
  const none = new Float32Array(0);
  const ranges = { values: none, inputRange: none, similarityRange: none, relevanceRange: none };
  return {
    config,
    chips: 1,
    codebooks: { layers: 1, heads: 2, dim: 16, subspaces, centroids, ...ranges },
    arrays: { weights: none, rows: 3, columns: 2 * subspaces * centroids, biasRows: 1, ranges: none },
  };
}
