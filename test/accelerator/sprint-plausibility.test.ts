import { beforeAll, describe, expect, it } from 'vitest';
import { sprintActivity } from '../../src/accelerator/sprint-activity.ts';
import { resolveSprint, type SprintConfig } from '../../src/accelerator/sprint-config.ts';
import { type SprintLedger, sprintLedger } from '../../src/accelerator/sprint-ledger.ts';
import { bufferVectors, cycleSettings, recordTraffic } from '../../src/accelerator/sprint-traffic.ts';
import { Workspace } from '../../src/accelerator/workspace.ts';
import { localityCyclesReference, localityReference } from '../../src/reference/locality.ts';
import { markovMasks } from '../../src/study/markov-masks.ts';
import { nodeGpu } from '../support/node-gpu.ts';

/**
 * SPRINT on synthetic selections with the published locality: is what the ledger makes of them near what the paper reports?
 * A check of plausibility and no reproduction: the pruning rate is of a later chip and the padding of one data set.
 */
const tokens = 384;
const [heads, dim] = [8, 64];
/** 46 % of the pairs are padding. */
const valid = Math.round(tokens * Math.sqrt(1 - 0.46));
const selection = markovMasks({
  heads,
  queries: tokens,
  keys: tokens,
  validQueries: valid,
  validKeys: valid,
  keepShare: 1 - 0.75,
  newShare: 0.021,
  keepDiagonal: true,
  seed: 1,
});

async function ledgerOf(changes: SprintConfig): Promise<SprintLedger> {
  const config = resolveSprint(changes);
  const gpu = await nodeGpu();
  const work = new Workspace(gpu);
  const batch = gpu.batch();
  const sizes = { headCount: heads, queries: tokens, keys: tokens, dim };
  // So few heads are one piece.
  const [traffic] = recordTraffic(batch, work, config, sizes, gpu.tensor(selection));
  const [counters, loads] = [batch.read<Uint32Array>(traffic!.counters), batch.read<Uint32Array>(traffic!.loads)];
  await batch.submit();
  work.destroy();
  const sequence = { queries: tokens, keys: tokens, dim, causal: false, validQueries: valid, validKeys: valid };
  const activity = Array.from({ length: heads }, (_, head) => {
    const of = (values: Uint32Array) =>
      values.subarray((head * values.length) / heads, ((head + 1) * values.length) / heads);
    return sprintActivity(of(counters.values()), of(loads.values()), sequence, config);
  });
  return sprintLedger({ config, heads, dim, chips: 1 }, [activity], 1, tokens);
}

const figure = (ledger: SprintLedger, name: string) => ledger.figures.find((one) => one.name === name)!.value as number;
const speedUp = (ledger: SprintLedger) => figure(ledger, 'speed-up over the unpruned machine');
const energyReduction = (ledger: SprintLedger) => figure(ledger, 'energy reduction over the unpruned machine');

describe('SPRINT on masks of two-state chains, 384 tokens of which 46 % of the pairs are padding, 75 % pruned', () => {
  const ledgers: Record<string, SprintLedger> = {};

  beforeAll(async () => {
    for (const size of ['S', 'M', 'L'] as const) {
      ledgers[size] = await ledgerOf({ size });
      ledgers[`${size} lru`] = await ledgerOf({ size, eviction: 'lru' });
      ledgers[`${size} head`] = await ledgerOf({ size, barrier: 'head' });
    }
    const rows = Object.entries(ledgers).map(
      ([name, ledger]) => `${name}: ${speedUp(ledger).toFixed(2)} x, ${energyReduction(ledger).toFixed(1)} x energy`,
    );
    console.info(rows.join('; '));
  });

  it('counts on the GPU what the simulated buffer does', async () => {
    const config = resolveSprint({ size: 'M', eviction: 'lru' });
    const capacity = bufferVectors(config, dim);
    const problem = { headCount: heads, queries: tokens, keys: tokens, eviction: config.eviction, capacity };
    const fetches = localityReference(problem, selection);
    const sizes = { headCount: heads, queries: tokens, keys: tokens, ...cycleSettings(config) };
    const { counters } = localityCyclesReference(sizes, selection, fetches);
    const fetched = counters.filter((_, i) => i % 5 === 0).reduce((sum, value) => sum + value, 0);
    const { counts } = ledgers['M lru']!;
    expect(counts['memory']!['readBit']).toBe((heads * valid + 2 * fetched) * dim * 8);
  });

  it('is about 7.4 times as fast as without pruning; 7.5 are published', () => {
    for (const name of ['S', 'S lru', 'S head']) expect(Math.abs(speedUp(ledgers[name]!) - 7.4)).toBeLessThan(0.2);
  });

  it('takes 15 to 24 times less energy, by what a full buffer gives up; 19.6 are published', () => {
    expect(energyReduction(ledgers['S']!)).toBeGreaterThan(14.9);
    expect(energyReduction(ledgers['S']!)).toBeLessThan(16.8);
    expect(energyReduction(ledgers['S lru']!)).toBeGreaterThan(20.8);
    expect(energyReduction(ledgers['S lru']!)).toBeLessThan(24.2);
  });

  it('loses what random keys have to where CORELETs wait at every query: more than the published 7.4 and 7.1', () => {
    const kept = ledgers['S']!.counts['softmax']!['exp']! / heads / valid;
    // Beyond its share of n kept keys the fullest of 2 has sqrt(n / 2 pi) on average, that of 4 has 1.03 sqrt(3 n) / 4.
    const expected = {
      M: 1 / (1 + 2 / Math.sqrt(2 * Math.PI * kept)),
      L: 1 / (1 + 1.03 * Math.sqrt(3 / kept)),
    };
    for (const size of ['M', 'L'] as const) {
      expect(Math.abs(figure(ledgers[size]!, 'CORELET utilisation') - expected[size])).toBeLessThan(0.01);
      expect(Math.abs(speedUp(ledgers[size]!) / speedUp(ledgers['S']!) - expected[size])).toBeLessThan(0.01);
    }
    expect(figure(ledgers['S']!, 'CORELET utilisation')).toBe(1);
  });

  it('loses about as much as published where they wait at the end of a head', () => {
    for (const [size, published] of [
      ['M', 7.4],
      ['L', 7.1],
    ] as const) {
      const ledger = ledgers[`${size} head`]!;
      expect(speedUp(ledger)).toBeLessThan(speedUp(ledgers['S']!));
      expect(speedUp(ledger)).toBeGreaterThan(speedUp(ledgers[size]!));
      expect(Math.abs(speedUp(ledger) / speedUp(ledgers['S']!) - published / 7.5)).toBeLessThan(0.02);
    }
  });

  it('says of itself that it is no reproduction', () => {
    for (const name of ['speed-up over the unpruned machine', 'energy reduction over the unpruned machine']) {
      const found = ledgers['S']!.figures.find((one) => one.name === name)!;
      expect(found).toMatchObject({
        standing: 'predicted',
        basis: { note: expect.stringContaining('no reproduction') },
      });
    }
  });
});
