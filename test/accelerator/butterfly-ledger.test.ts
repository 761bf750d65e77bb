import { describe, expect, it } from 'vitest';
import { type LinearActivity, spanActivity } from '../../src/accelerator/butterfly-activity.ts';
import { type ButterflyConfig, resolveButterfly } from '../../src/accelerator/butterfly-config.ts';
import { butterflyWork } from '../../src/accelerator/butterfly-counts.ts';
import { butterflyLedger } from '../../src/accelerator/butterfly-ledger.ts';
import { auditFigures, auditTechnology } from '../../src/ledger/audit.ts';

const [keys, dim, span, tileQueries] = [256, 64, 32, 64];
const head = spanActivity({ queries: keys, keys, span, causal: true, tileQueries });
const mirrored = spanActivity({ queries: keys, keys, span, causal: false, tileQueries });
/** Projections of four heads, a quarter of the weights kept, balanced: every round is full. */
const projection: LinearActivity = {
  rows: keys,
  inputs: 256,
  outputs: 768,
  keptWeights: (256 * 768) / 4,
  rounds: (256 / 16) * (768 / 32),
  projects: true,
};

const price = (config: ButterflyConfig = {}, heads = [head, head], linears = [projection], chips = 1) =>
  butterflyLedger(
    {
      config: resolveButterfly({ spans: span, tileQueries, ...config }),
      dim,
      chips,
      windows: 1,
      longestKeys: keys,
      causal: true,
    },
    [heads],
    linears,
  );
/** The figure of that name, or the one whose name begins so. */
const figureOf = (name: string, ...given: Parameters<typeof price>) => {
  const { figures } = price(...given);
  const exact = figures.filter((figure) => figure.name === name);
  const found = exact.length > 0 ? exact : figures.filter((figure) => figure.name.startsWith(name));
  expect(found, name).toHaveLength(1);
  return found[0]!;
};
const numberOf = (...given: Parameters<typeof figureOf>) => figureOf(...given).value as number;

describe('spanActivity', () => {
  it('keeps pairs within the span and sees those without it', () => {
    expect(head).toEqual({
      queries: keys,
      keptPairs: keys * span - (span * (span - 1)) / 2,
      visiblePairs: (keys * (keys + 1)) / 2,
      mirroredPairs: 0,
      reusedRows: keys,
      // Every tile but the first loads the 31 keys before it.
      reloadedRows: keys + 3 * (span - 1),
      fullRows: 64 + 128 + 192 + 256,
    });
  });
});

describe('butterflyLedger counts', () => {
  it('multiply kept weights and kept pairs only', () => {
    const { counts } = price();
    const linear = keys * projection.keptWeights;
    expect(counts).toEqual({
      mac: { mac8: linear + 2 * 2 * head.keptPairs * dim },
      skipper: { hop: linear * 4 },
      cells: { writeBit: 2 * 2 * keys * dim * 8 },
      metadata: { readBit: 256 * 768 * (keys / 64) },
      buffer: {
        readBit: keys * 256 * 8 + (2 * keys + 4 * keys) * dim * 8 + 2 * head.keptPairs * (22 + 8),
        writeBit: keys * 768 * 8 + 2 * keys * dim * 8 + 2 * head.keptPairs * (22 + 8),
      },
      softmax: { exp: 2 * head.keptPairs, divide: 2 * keys * dim },
      leakage: { cycle: expect.any(Number) },
    });
  });

  it('multiply every weight without a skipper, with no butterfly to set or pass', () => {
    const { counts } = price({ skipper: false }, []);
    expect(counts['mac']!['mac8']).toBe(keys * 256 * 768);
    expect(counts['skipper']!['hop']).toBe(0);
    expect(counts['metadata']!['readBit']).toBe(0);
  });

  it('write keys and values again for every tile without reuse', () => {
    const rows = (config: ButterflyConfig) => price(config).counts['cells']!['writeBit']! / (2 * 2 * dim * 8);
    expect(rows({})).toBe(keys);
    expect(rows({ spanReuse: false })).toBe(head.reloadedRows);
  });

  it('project a third less and score half, where scores mirror, when queries and keys are shared', () => {
    const shared = price({ qkSharing: true }, [mirrored]);
    const scores = mirrored.keptPairs - mirrored.mirroredPairs;
    expect(2 * scores).toBe(mirrored.keptPairs + keys);
    expect(shared.counts['mac']!['mac8']).toBeCloseTo(
      (2 / 3) * keys * projection.keptWeights + (scores + mirrored.keptPairs) * dim,
      6,
    );
    const other = price({ qkSharing: true }, [], [{ ...projection, projects: false }]);
    expect(other.counts['mac']!['mac8']).toBe(keys * projection.keptWeights);
  });

  it.each([
    ['bitmap', 256 * 768],
    ['index', projection.keptWeights * 4],
    ['switch', (256 / 16) * 768 * 32],
  ] as const)('keep a %s of %i bits, read once a tile', (metadata, bits) => {
    const { counts, setupCounts } = price({ metadata }, []);
    expect(counts['metadata']!['readBit']).toBe(bits * (keys / 64));
    expect(setupCounts['cells']!['writeBit']).toBe(projection.keptWeights * 8 + bits);
    expect(price({ metadata, skipper: false }).setupCounts['cells']!['writeBit']).toBe(256 * 768 * 8);
  });

  it('are those of one chip', () => {
    expect(price({}, [head, head], [projection], 2).counts['mac']!['mac8']).toBe(price().counts['mac']!['mac8']! / 2);
  });

  it('add up to the operations of the figures and to the energy', () => {
    const ledger = price();
    const executed = 2 * ledger.counts['mac']!['mac8']!;
    const dense = 2 * keys * 256 * 768 + 2 * 4 * dim * head.visiblePairs;
    const totalPj = ledger.energy.reduce((sum, row) => sum + row.energyPj, 0);
    expect(numberOf('efficiency, executed')).toBeCloseTo(executed / totalPj, 9);
    expect(numberOf('throughput')).toBeCloseTo(dense / ledger.latency.overlappedNs / 1000, 9);
    expect(figureOf('efficiency, executed').basis.sparsity).toBeCloseTo(1 - executed / dense, 12);
    const { linearMacs, scoreMacs, outputMacs } = butterflyWork(
      { config: resolveButterfly(), dim, chips: 1, heads: [head, head], linears: [projection] },
      { skipper: true, spanReuse: true, qkSharing: false },
    );
    expect(2 * (linearMacs + scoreMacs + outputMacs)).toBe(executed);
  });
});

describe('butterflyLedger latency', () => {
  it('is the products over all trees, bit by bit, a quarter of it with full lanes', () => {
    const perCycle = (16 * 32 * 64) / 8;
    const linear = (config: ButterflyConfig) => price(config).latency.stages[0]!.timeNs;
    expect(linear({ skipper: false })).toBeCloseTo(((keys * 256 * 768) / perCycle) * 2.5, 6);
    expect(linear({})).toBeCloseTo(linear({ skipper: false }) / 4, 6);
    expect(linear({ clockMhz: 200 })).toBeCloseTo(2 * linear({}), 6);
  });

  it('waits for the fullest column of a lockstep', () => {
    const irregular = { ...projection, rounds: 2 * projection.rounds };
    const linear = (layer: LinearActivity) => price({}, [], [layer]).latency.stages[0]!.timeNs;
    expect(linear(irregular)).toBeCloseTo(2 * linear(projection), 6);
    expect(numberOf('use of the lanes', {}, [], [irregular])).toBeCloseTo(0.5, 12);
    expect(numberOf('use of the lanes')).toBe(1);
  });

  it('hides writing beside computing', () => {
    const { stages, sequentialNs, overlappedNs } = price().latency;
    const [linear, score, output, write] = stages.map((row) => row.timeNs);
    expect(write).toBeCloseTo(((2 * 2 * keys) / 16) * 2.5, 9);
    expect(sequentialNs).toBeCloseTo(linear! + score! + output! + write!, 6);
    expect(overlappedNs).toBeCloseTo(linear! + score! + output!, 6);
    expect(price({}, [{ ...head, keptPairs: 0 }], []).latency.overlappedNs).toBeCloseTo(write! / 2, 9);
  });
});

describe('butterflyLedger figures', () => {
  it('pass the audit', () => {
    const { figures, technology } = price();
    expect(auditTechnology(technology)).toEqual([]);
    expect(auditFigures(figures, technology)).toEqual([]);
  });

  it('gain by each engine, most by all, and more over full attention', () => {
    const gain = (name: string) => numberOf(`energy gain, ${name}`, {}, [mirrored, mirrored]);
    const [skipper, reuse, sharing] = [gain('zero skipper'), gain('span reuse'), gain('QK sharing')];
    expect(Math.min(skipper, reuse, sharing)).toBeGreaterThan(1);
    expect(gain('all three')).toBeGreaterThan(Math.max(skipper, reuse, sharing));
    expect(gain('all three and the spans')).toBeGreaterThan(gain('all three'));
    expect(numberOf('energy gain, span reuse', {}, [])).toBe(1);
  });

  it('compare the engines alike whichever of them the run had on', () => {
    const gain = (config: ButterflyConfig) => numberOf('energy gain, zero skipper', config);
    expect(gain({ skipper: false, spanReuse: false, qkSharing: true })).toBeCloseTo(gain({}), 12);
  });

  it('approach a fourfold saving where only the multiplications of pruned layers are paid for', () => {
    const wide: LinearActivity = {
      ...projection,
      rows: 4096,
      inputs: 16384,
      keptWeights: 4096 * 768,
      rounds: 1024 * 24,
    };
    const gain = numberOf('energy gain, zero skipper', { toggle: 1, tileQueries: 4096 }, [], [wide]);
    expect(gain).toBeGreaterThan(3.4);
    expect(gain).toBeLessThan(4);
  });

  it('give the headline for a triple that is printed with it, beside the published one', () => {
    const { figures } = price();
    const at = figures.findIndex(({ name }) => name.startsWith('efficiency at'));
    expect(figures[at]).toMatchObject({
      name: 'efficiency at 75 % of the weights zero, 0.65 V, toggle 1',
      standing: 'calibrated',
      basis: {
        operations: 'dense-equivalent',
        sparsity: 0.75,
        supplyV: 0.65,
        note: expect.stringContaining('toggle 1'),
      },
    });
    // 141 fJ for the product and 4 hops of 2.4 fJ.
    expect(figures[at]!.value).toBeCloseTo(53.09, 2);
    expect(figures[at + 1]).toMatchObject({ name: 'butterfly.efficiency', value: 53.8, standing: 'published' });
    expect(figures[at + 2]).toMatchObject({ value: 2.52, standing: 'published' });
  });

  it('call the headline predicted at any other triple, and take no credit for zeros without a skipper', () => {
    const name = 'efficiency at';
    const other = figureOf(name, { headline: { supplyV: 0.9 } });
    expect(other.standing).toBe('predicted');
    expect(other.name).toContain('75 % of the weights zero, 0.9 V');
    expect(figureOf(name, { headline: { sparsity: 1 - 1 / 6.8 } }).name).toContain('at 85.29 % of');
    expect(numberOf(name, { skipper: false })).toBeCloseTo(2 / (0.2711 * (0.65 / 0.9) ** 2), 1);
  });

  it('count rows of keys that the spans spare, and macros that hold the rest', () => {
    expect(numberOf('rows of keys spared by the spans')).toBeCloseTo(1 - span / keys, 12);
    // 144 rows of 64 bytes in each of 16 macros; keys and values of two heads of 32 rows.
    expect(numberOf('macros that hold keys and values of a layer')).toBe(1);
    expect(numberOf('use of their rows')).toBeCloseTo(128 / 144, 12);
    expect(numberOf('macros that hold keys and values of a layer', { spans: 256 })).toBe(8);
    // A macro of 1 KB / 16 has one row of 64 bytes; one of 1 KB / 32 has none, and nothing is said of it.
    expect(numberOf('macros that hold keys and values of a layer', { capacityKb: 1 })).toBe(128);
    expect(price({ capacityKb: 1, macros: 32 }).figures.filter(({ unit }) => unit === 'macros')).toEqual([]);
  });

  it('say at which supply, toggle rate or clock they hold', () => {
    for (const { name, basis, unit, standing } of price().figures) {
      if (standing === 'published') continue;
      if (unit === 'TOPS/W' || unit === 'pJ') expect(basis.note, name).toMatch(/toggle/);
      if (unit === 'ns' || unit === 'TOPS') expect(basis.note, name).toMatch(/MHz/);
    }
  });
});
