import { describe, expect, it } from 'vitest';
import { type SprintActivity, sprintActivity } from '../../src/accelerator/sprint-activity.ts';
import { resolveSprint, type SprintConfig } from '../../src/accelerator/sprint-config.ts';
import { sprintLedger } from '../../src/accelerator/sprint-ledger.ts';
import { auditFigures } from '../../src/ledger/audit.ts';
import { totalOf } from '../../src/ledger/counts.ts';

const busy: SprintActivity = {
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
};

const price = (config: SprintConfig = {}, activity: Partial<SprintActivity> = {}, chips = 1) =>
  sprintLedger({ config: resolveSprint(config), heads: 2, dim: 16, chips }, [[{ ...busy, ...activity }, busy]], 1, 14);

describe('sprintLedger', () => {
  it('counts memory, arrays and the exact stage of all heads', () => {
    const bits = 16 * 8;
    expect(price().counts).toEqual({
      memory: { writeBit: 2 * (9 + 22) * bits, readBit: 2 * (9 + 2 * 25) * bits },
      sram: { writeBit: 2 * 2 * 25 * bits, readBit: 2 * 2 * 40 * bits },
      mac: { mac8: 2 * 2 * 40 * 16 },
      softmax: { exp: 80, divide: 2 * 9 * 16 },
      crossbar: { mac4: 2 * 99 * 16 },
      dac: { drive: 2 * 9 * 16 },
      comparator: { decide: 2 * 99 },
      converter: { convert: 0 },
      'query-buffer': { writeBit: 2 * 9 * 16 * 4 },
      'pruning-vector': { readBit: 2 * 99 },
    });
  });

  it('counts the machine without pruning by the same rules, with no arrays', () => {
    const bits = 16 * 8;
    const { counts } = price().baseline;
    expect(counts).toEqual({
      memory: { writeBit: 2 * (12 + 28) * bits, readBit: 2 * (12 + 200) * bits },
      sram: { writeBit: 2 * 200 * bits, readBit: 2 * 336 * bits },
      mac: { mac8: 2 * 336 * 16 },
      softmax: { exp: 336, divide: 2 * 12 * 16 },
    });
    expect(totalOf(counts, 'crossbar')).toBe(0);
  });

  it('leaves out storing q, k and v where it is told to', () => {
    expect(price({ countWrites: false }).counts['memory']).toMatchObject({ writeBit: 0 });
    expect(price({ countWrites: false }).baseline.counts['memory']).toMatchObject({ writeBit: 0 });
  });

  it('needs converters and no keys where scores are not computed again', () => {
    const { counts, baseline, technology, latency } = price({ recompute: false });
    expect(counts).toMatchObject({
      memory: { readBit: 2 * (9 + 25) * 128 },
      sram: { readBit: 2 * 40 * 128 },
      mac: { mac8: 2 * 40 * 16 },
      converter: { convert: 80 },
    });
    expect(baseline.counts).toEqual(price().baseline.counts);
    expect(technology.components['converter']!.instances).toBe(2 * 14);
    expect(latency.stages.find((row) => row.stage === 'score')!.timeNs).toBe(0);
    expect(price().technology.components['converter']!.instances).toBe(0);
  });

  it('lets heads take turns and a query take as long as its row', () => {
    const { latency, baseline } = price();
    expect(latency.stages.map((row) => row.timeNs)).toEqual([2 * 9 * 8, 2 * 32, 2 * 45, 2 * 45]);
    expect(latency.sequentialNs).toBe(144 + 64 + 180);
    expect(latency.overlappedNs).toBe(144);
    expect(baseline.latency.stages[0]).toEqual({ stage: 'threshold', timeNs: 0 });
    expect(baseline.latency.overlappedNs).toBe(360);
  });

  it('compares both machines in its figures, which trace to sources', () => {
    const { figures, energy, baseline, technology } = price();
    const value = (name: string) => figures.find((figure) => figure.name === name)!.value;
    const total = (rows: typeof energy) => rows.reduce((sum, row) => sum + row.energyPj, 0);
    expect(value('speed-up over the unpruned machine')).toBe(360 / 144);
    expect(value('energy reduction over the unpruned machine')).toBeCloseTo(total(baseline.energy) / total(energy), 12);
    expect(value('vectors fetched per query')).toBeCloseTo(25 / 9, 12);
    expect(value('CORELET utilisation')).toBeCloseTo(40 / 45, 12);
    expect(auditFigures(figures, technology)).toEqual([]);
  });

  it('knows how often a key cell is written and how long it stands that', () => {
    const named = (name: string) => price().figures.find((figure) => figure.name === name)!;
    // 11 keys of two heads, for which the arrays have 14 columns each.
    expect(named('writes per key cell per window').value).toBeCloseTo(22 / 28, 12);
    expect(named('windows until key cells wear out').value).toBeCloseTo(1e8 / (22 / 28), 3);
    expect(named('windows until key cells wear out').basis.note).toContain('from 1000000 to 1000000000000');
  });

  it('is the mean over chips', () => {
    const two = price({}, {}, 2);
    expect(two.counts['mac']!['mac8']).toBe(price().counts['mac']!['mac8']! / 2);
    expect(two.latency.overlappedNs).toBe(72);
    expect(two.figures.find((figure) => figure.name === 'vectors fetched per query')!.value).toBeCloseTo(25 / 9, 12);
  });

  it('splits keys that are longer than an array over several columns', () => {
    const cells = (rows: number) => price({ rows }).technology.components['crossbar']!.instances;
    expect(cells(16)).toBe(2 * 14 * 16);
    expect(cells(64)).toBe(2 * 14 * 16);
    expect(cells(10)).toBe(2 * 14 * 2 * 10);
  });
});

describe('sprintActivity', () => {
  it('adds rows up and knows what padding leaves', () => {
    const counters = [2, 1, 3, 16, 16, 1, 2, 3, 8, 8, 0, 0, 0, 0, 0];
    const sequence = { queries: 3, keys: 3, dim: 16, causal: false, validQueries: 2, validKeys: 2 };
    expect(sprintActivity(counters, [6], sequence, resolveSprint())).toMatchObject({
      queries: 2,
      keys: 2,
      keptPairs: 6,
      visiblePairs: 4,
      comparedPairs: 4,
      fetched: 3,
      computeCycles: 6,
      fetchCycles: 24,
      rowCycles: 24,
      baselineQueries: 3,
      baselineKeys: 3,
      baselinePairs: 9,
      baselineFetched: 3,
    });
  });

  it('sees the past of a causal model, while arrays compare with all', () => {
    const sequence = { queries: 3, keys: 5, dim: 16, causal: true, validQueries: 2, validKeys: 4 };
    const activity = sprintActivity(new Uint32Array(15), [0], sequence, resolveSprint());
    expect(activity).toMatchObject({ visiblePairs: 3 + 4, comparedPairs: 8, baselinePairs: 3 + 4 + 5 });
  });
});
