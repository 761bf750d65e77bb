import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayPasses, type ChargeActivity } from '../../src/accelerator/charge-activity.ts';
import { type ChargeConfig, resolveCharge } from '../../src/accelerator/charge-config.ts';
import { chargeLedger } from '../../src/accelerator/charge-ledger.ts';
import { auditFigures, auditTechnology } from '../../src/ledger/audit.ts';
import { countedOperations } from '../../src/ledger/technology/charge-fit.ts';

const busy: ChargeActivity = { queries: 128, visiblePairs: 8256, keptPairs: 2064, keysWritten: 128, passes: 192 };
const idle: ChargeActivity = { queries: 128, visiblePairs: 0, keptPairs: 0, keysWritten: 0, passes: 0 };

const price = (config: ChargeConfig = {}, heads: readonly ChargeActivity[] = [busy], dim = 64, chips = 1) =>
  chargeLedger({ config: resolveCharge(config), dim, chips }, [heads], 1);
const figureOf = (name: string, config: ChargeConfig = {}, heads?: readonly ChargeActivity[], dim?: number) => {
  const found = price(config, heads, dim).figures.filter((figure) => figure.name === name);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const numberOf = (...given: Parameters<typeof figureOf>) => figureOf(...given).value as number;

describe('arrayPasses', () => {
  it('drives every query against each group of keys that it sees', () => {
    const problems = fc.record({
      queries: fc.integer({ min: 1, max: 40 }),
      keys: fc.integer({ min: 1, max: 40 }),
      causal: fc.boolean(),
      columns: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(problems, (problem) => {
        const { queries, keys, causal, columns } = problem;
        let passes = 0;
        for (let query = 0; query < queries; query++) {
          const visible = causal ? Math.max(0, keys - queries + query + 1) : keys;
          passes += Math.ceil(visible / columns);
        }
        expect(arrayPasses(problem)).toBe(passes);
      }),
    );
  });
});

describe('chargeLedger counts', () => {
  it('score every visible pair in the array, and compute the kept ones again outside', () => {
    const { counts } = price();
    expect(counts).toEqual({
      array: { product: 8256 * 16 * 64 * 0.25, writeBit: 128 * 64 * 4 },
      line: { event: 8256 * 16 },
      comparator: { decide: 8256 },
      converter: { convert: 0 },
      digital: { operation8: 2064 * 4 * 64, operandBit: 2064 * 2 * 64 * 8, exp: 2064, divide: 128 * 64 },
    });
  });

  it('take half the operations where the scores of the array are used, and sixteen times as many at 32 bits', () => {
    const operations = (config: ChargeConfig) => price(config).counts['digital']!['operation8'];
    expect(operations({ recompute: false })).toBe(operations({})! / 2);
    expect(operations({ operandBits: 32 })).toBe(operations({})! * 16);
  });

  it('convert every event and decide nothing in the array where events are combined as numbers', () => {
    const { counts } = price({ array: { preset: 'charge-65nm', combine: 'bitplane' } });
    expect(counts['converter']!['convert']).toBe(8256 * 16);
    expect(counts['comparator']!['decide']).toBe(0);
  });

  it('are those of one chip, and those of all heads', () => {
    expect(price({}, [busy], 64, 4).counts['line']!['event']).toBe((8256 * 16) / 4);
    expect(price({}, [busy, busy]).counts['line']!['event']).toBe(2 * 8256 * 16);
  });

  it('add up: energies are counts times prices, kept and pruned pairs are the visible ones', () => {
    const { energy, counts, technology } = price();
    for (const row of energy) {
      expect(row.count).toBe(counts[row.component]![row.action]);
      expect(row.energyPj).toBe(row.count * technology.components[row.component]!.actions[row.action]!.energyPj.value);
    }
    const { basis } = figureOf('efficiency, definition I');
    const pruned = basis.sparsity! * busy.visiblePairs;
    expect(pruned + busy.keptPairs).toBeCloseTo(busy.visiblePairs, 9);
    const executed = (counts['line']!['event']! / 16) * 2 * 64 + counts['digital']!['operation8']!;
    expect(countedOperations('II', { ...busy, dim: 64, recompute: true })).toBe(executed);
  });
});

describe('chargeLedger latency', () => {
  it('is the slower of array and digital core when pipelined, head by head', () => {
    const [cycle, pass] = [1 / 1.1, 16 / 1.1];
    const arrayBound = { ...busy, keptPairs: 1 };
    const { stages, sequentialNs, overlappedNs } = price({}, [busy, arrayBound]).latency;
    expect(stages.map((row) => row.stage)).toEqual(['write', 'score', 'digital']);
    const [write, score, digital] = stages.map((row) => row.timeNs);
    expect(write).toBeCloseTo(2 * 128 * cycle, 9);
    expect(score).toBeCloseTo(2 * 192 * pass, 9);
    expect(sequentialNs).toBeCloseTo(write! + score! + digital!, 9);
    const alone = price().latency.stages[2]!.timeNs;
    expect(alone).toBeGreaterThan(128 * cycle + 192 * pass);
    expect(overlappedNs).toBeCloseTo(alone + 128 * cycle + 192 * pass, 9);
  });

  it('waits for conversions where they are slower than a pass', () => {
    const score = (config: ChargeConfig) => price(config).latency.stages[1]!.timeNs;
    const slow = score({ array: { preset: 'charge-65nm', combine: 'bitplane', conversionBits: 6 } });
    expect(slow).toBeCloseTo(192 * 16 * 6 * (0.00653 * 64 + 0.64), 6);
    expect(score({ passCycles: 32 })).toBeCloseTo(2 * score({}), 9);
  });
});

describe('chargeLedger figures', () => {
  const published = [14.8, 976.6, 1.65, 79.4];
  const peaks = (definition: string) => [
    'peak efficiency of the analog core',
    'peak area efficiency of the analog core',
    `peak efficiency of the chip, definition ${definition}`,
    `peak area efficiency of the chip, definition ${definition}`,
  ];

  it.each([
    ['I', [4, 4], 'ideal'],
    ['II', [4, 4], 'charge-65nm'],
    ['III', [4, 4], 'charge-65nm'],
    ['I', [4, 8], 'charge-65nm'],
  ] as const)(
    'meet the published peaks under definition %s, read at %j bits, by calibration',
    (definition, peakBits, array) => {
      for (const [i, name] of peaks(definition).entries()) {
        const figure = figureOf(name, { definition, peakBits, array }, undefined, 16);
        expect(figure.standing).toBe('calibrated');
        expect(Math.abs((figure.value as number) / published[i]! - 1)).toBeLessThan(1e-9);
      }
    },
  );

  it('print the other definitions beside the chosen one', () => {
    const chip = (definition: string) => numberOf(`peak efficiency of the chip, definition ${definition}`);
    expect(chip('II')).toBeCloseTo((1.65 * 192) / 256, 9);
    expect(chip('III')).toBeCloseTo((1.65 * 64) / 256, 9);
    const energy = (definition: string) => numberOf(`digital energy per 8-bit operation, definition ${definition}`);
    expect([energy('I'), energy('II'), energy('III')].map((pj) => pj.toFixed(2))).toEqual(['2.29', '1.68', '0.47']);
  });

  it('say what an operation is wherever operations are counted', () => {
    for (const figure of price().figures.filter(({ unit }) => /OPS/.test(unit))) {
      if (figure.standing === 'published') expect(figure.basis.note).toContain('what counts as an operation');
      else expect(figure.basis.operations, figure.name).toBeDefined();
      if (/definition/.test(figure.name)) expect(figure.basis.note).toMatch(/^.*definition I/);
    }
  });

  it('pass the audit and call nothing predicted that a constant was fitted to', () => {
    const { figures, technology } = price({}, [busy, idle]);
    expect(auditTechnology(technology)).toEqual([]);
    expect(auditFigures(figures, technology)).toEqual([]);
    const wrong = figures.map((figure) => ({ ...figure, standing: 'predicted' as const }));
    expect(auditFigures(wrong, technology).length).toBeGreaterThanOrEqual(9);
  });

  it('move away from the peak with the capacitor, the supply and the bits that the peak is read at', () => {
    const core = (config: ChargeConfig) => numberOf('peak efficiency of the analog core', config);
    expect(core({ array: { unitCapacitanceFf: 2 } })).toBeLessThan(14.8);
    expect(core({ array: { supplyV: 0.85 } })).toBeCloseTo(14.8 / 0.85 ** 2, 9);
    const run = (config: ChargeConfig) =>
      numberOf('efficiency of the analog core', config, [{ ...busy, keysWritten: 0 }]);
    expect(run({ peakBits: [4, 8] }) / run({})).toBeGreaterThan(1.9);
    expect(core({ array: { combine: 'bitplane', conversionBits: 6 } })).toBeLessThan(8);
  });

  it('fall short of the area efficiency where the array is slower than that', () => {
    const name = 'peak area efficiency of the chip, definition III';
    const { value, source } = figureOf(name, { definition: 'III', peakBits: [4, 8] });
    // 64 operations for each of 64 pairs in 32 cycles of 1.1 GHz.
    expect(value).toBeCloseTo((64 * 64) / (32 / 1.1) / 3.2, 9);
    expect(source.where).toContain('held back by the array');
    expect(figureOf(name).source.where).not.toContain('held back');
  });

  it('come to 1.65 TOPS/W in a run that keeps a quarter, but for writing the keys', () => {
    const efficiency = numberOf('efficiency, definition I', {}, [{ ...busy, keysWritten: 0 }]);
    expect(efficiency).toBeCloseTo(1.65, 9);
    expect(numberOf('efficiency, definition I')).toBeLessThan(1.65);
  });
});
