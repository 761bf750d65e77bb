import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { type Counts, totalOf } from '../../src/ledger/counts.ts';
import { attend } from '../../src/study/attend.ts';
import { attendButterfly } from '../../src/study/attend-butterfly.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import type { AcceleratorChoice, AttendOutput } from '../../src/study/result.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import '../support/properties.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await nodeGpu();
});

const sizes = fc.record({
  heads: fc.integer({ min: 1, max: 2 }),
  queries: fc.integer({ min: 1, max: 24 }),
  earlier: fc.integer({ min: 0, max: 12 }),
  causal: fc.boolean(),
  keepRatio: fc.constantFrom(0.12, 0.25, 0.5),
  seed: fc.integer({ min: 1, max: 99 }),
});
type Sizes = typeof sizes extends fc.Arbitrary<infer T> ? T : never;
const dim = 16;
const numRuns = 4;

function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32 - 0.5) * 4;
  });
}

/** One attention call, with what its selection says by itself: survivors, and pairs that could be seen. */
async function run({ heads, queries, earlier, causal, seed }: Sizes, choice: AcceleratorChoice) {
  const keys = queries + earlier;
  const [q, k, v] = [queries, keys, keys].map((tokens, i) => noise(heads * tokens * dim, seed + 1000 * i));
  const shape = { batch: 1, heads, queries, keys, dim, causal, chips: 1, seed };
  const output = await attend(gpu, { ...choice, ...shape, q: q!, k: k!, v: v! });
  return { output, queries: heads * queries, keys: heads * keys, ...pairsOf(output, heads, queries, keys, causal) };
}

function pairsOf(
  { selection, kept, summary }: AttendOutput,
  heads: number,
  queries: number,
  keys: number,
  causal: boolean,
) {
  let [survivors, pruned] = [0, 0];
  const words = Math.ceil(keys / 32);
  for (let row = 0; row < heads * queries; row++) {
    for (let key = 0; key < keys; key++) {
      const bit = (selection[row * words + (key >> 5)]! >>> (key & 31)) & 1;
      const visible = !causal || key <= (row % queries) + keys - queries;
      expect(bit === 1 && !visible).toBe(false);
      if (bit) survivors++;
      else if (visible) pruned++;
    }
  }
  const visible = heads * (causal ? queries * (keys - queries) + (queries * (queries + 1)) / 2 : queries * keys);
  // Survivors and pruned pairs are the visible ones, and the run's own counters say the same as its selection.
  expect(survivors + pruned).toBe(visible);
  expect(kept.reduce((sum, count) => sum + count, 0)).toBe(survivors);
  expect(summary.keptShare).toBeCloseTo(survivors / visible, 12);
  return { survivors, visible };
}

const count = (counts: Counts, path: string) => {
  const [component, action] = path.split('.') as [string, string];
  return totalOf(counts, component, action);
};

describe('what a run counts is conserved', () => {
  it('by hardsea', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const config = { keepRatio: given.keepRatio };
        const { output, survivors, visible, queries, keys } = await run(given, { accelerator: 'hardsea', config });
        const { counts } = output.summary;
        expect(count(counts, 'mac.mac8')).toBe(2 * dim * survivors);
        expect(count(counts, 'softmax.exp')).toBe(survivors);
        expect(count(counts, 'sram.boundaryBit')).toBe(2 * dim * 8 * survivors);
        expect(count(counts, 'wta-select.column')).toBe(visible);
        expect(count(counts, 'table.lookup') % visible).toBe(0);
        expect(count(counts, 'sram.readBit')).toBe(queries * dim * 8);
        // Keys and values and the keys' codes of 8 sub-spaces with 16 centroids.
        expect(count(counts, 'sram.writeBit')).toBe(keys * (2 * dim * 8 + 8 * 4));
        expect(count(counts, 'crossbar.cellRead') / count(counts, 'dac.drive')).toBe(2 * 16);
      }),
      { numRuns },
    );
  }, 120_000);

  it('by sprint', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const config = { keepRatio: given.keepRatio };
        const { output, survivors, queries, keys } = await run(given, { accelerator: 'sprint', config });
        const { counts } = output.summary;
        expect(count(counts, 'mac.mac8')).toBe(2 * dim * survivors);
        expect(count(counts, 'softmax.exp')).toBe(survivors);
        const compared = (queries * keys) / given.heads;
        expect(count(counts, 'comparator.decide')).toBe(compared);
        expect(count(counts, 'crossbar.mac4')).toBe(compared * dim);
        // A vector that is written to the buffer is read from it at least once, and comes from memory.
        expect(count(counts, 'sram.readBit')).toBe(2 * dim * 8 * survivors);
        expect(count(counts, 'sram.readBit')).toBeGreaterThanOrEqual(count(counts, 'sram.writeBit'));
        expect(count(counts, 'memory.readBit')).toBe(count(counts, 'sram.writeBit') + queries * dim * 8);
        expect(count(counts, 'memory.writeBit')).toBe((queries + 2 * keys) * dim * 8);
      }),
      { numRuns },
    );
  }, 120_000);

  it('by charge', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const config = { keepRatio: given.keepRatio };
        const { output, survivors, visible, queries, keys } = await run(given, { accelerator: 'charge', config });
        const { counts } = output.summary;
        expect(count(counts, 'comparator.decide')).toBe(visible);
        expect(count(counts, 'line.event')).toBe(16 * visible);
        // Cells that charge are counted from the operands, over all pairs that the array scores.
        const share = output.summary.figures.find(({ name }) => name === 'share of cells that charge')!;
        expect(count(counts, 'array.product')).toBeCloseTo((share.value as number) * 16 * dim * visible, 6);
        expect(share.value).toBeGreaterThan(0.05);
        expect(share.value).toBeLessThan(0.6);
        expect(count(counts, 'array.writeBit')).toBe(keys * dim * 4);
        // Two operations a product, in scores and outputs.
        expect(count(counts, 'digital.operation8')).toBe(4 * dim * survivors);
        expect(count(counts, 'digital.exp')).toBe(survivors);
        expect(count(counts, 'digital.divide')).toBe(queries * dim);
      }),
      { numRuns },
    );
  }, 120_000);

  it('by butterfly', async () => {
    const more = fc.record({ span: fc.integer({ min: 1, max: 24 }), zeros: fc.integer({ min: 0, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(sizes, more, async ({ heads, queries: tokens, causal, seed }, { span, zeros }) => {
        const model = 16;
        const columns = heads * dim;
        // Of every four weights of a column some are zero, as a balanced pruning leaves them.
        const weights = (which: number) =>
          noise(model * columns, seed + which).map((value, i) =>
            Math.floor(i / columns) % 4 < 4 - zeros ? value + 5 : 0,
          );
        const output = await attendButterfly(gpu, {
          ...{ x: noise(tokens * model, seed), wq: weights(1), wk: weights(2), wv: weights(3) },
          ...{ batch: 1, tokens, model, columns, causal, chips: 1, seed },
          config: { heads, spans: span, lanes: 16 },
        });
        const { survivors } = pairsOf(output, heads, tokens, tokens, causal);
        const { counts } = output.summary;
        const kept = 3 * columns * model * ((4 - zeros) / 4);
        expect(count(counts, 'mac.mac8')).toBe(tokens * kept + 2 * dim * survivors);
        expect(count(counts, 'skipper.hop')).toBe(tokens * kept * 4);
        expect(count(counts, 'softmax.exp')).toBe(survivors);
        // Every row of keys and values that is written to the cells was read from the buffer.
        expect(count(counts, 'buffer.readBit')).toBeGreaterThanOrEqual(count(counts, 'cells.writeBit'));
      }),
      { numRuns },
    );
  }, 120_000);

  it('by a crossbar: a conversion for every input, cycle, weight slice, tile and column', async () => {
    const arrays = fc.record({
      inputs: fc.integer({ min: 1, max: 3 }),
      rows: fc.integer({ min: 1, max: 20 }),
      columns: fc.integer({ min: 1, max: 5 }),
      tileRows: fc.constantFrom(4, 16),
      weightBits: fc.constantFrom(3, 5, 9),
      bitsPerSlice: fc.constantFrom(1, 2),
      sliceBits: fc.constantFrom(1, 2, 4),
      mapping: fc.constantFrom('differential' as const, 'offset' as const),
      seed: fc.integer({ min: 1, max: 99 }),
    });
    await fc.assert(
      fc.asyncProperty(arrays, async (given) => {
        const { inputs, rows, columns, tileRows, weightBits, bitsPerSlice, sliceBits, mapping, seed } = given;
        const { ledger } = await runCrossbar(gpu, {
          weights: { values: noise(rows * columns, seed), rows, columns },
          inputs: noise(inputs * rows, seed + 1),
          config: {
            ...{ mapping, weightBits, bitsPerSlice, tileRows, adc: { bits: 8 } },
            dac: { bits: 9, mode: 'bit-serial', sliceBits },
          },
        });
        const cycles = Math.ceil(8 / sliceBits);
        // A differential pair keeps the sign apart; an offset weight takes all its bits and a column of reference.
        const slices = Math.ceil((mapping === 'differential' ? weightBits - 1 : weightBits) / bitsPerSlice);
        const [sides, lines] = mapping === 'differential' ? [2, columns] : [1, columns + 1];
        const conversions = inputs * cycles * slices * Math.ceil(rows / tileRows) * lines;
        expect(count(ledger.counts, 'adc.conversion')).toBe(conversions);
        expect(count(ledger.counts, 'sample-hold.sample')).toBe(conversions);
        expect(count(ledger.counts, 'dac.drive')).toBe(inputs * cycles * rows);
        const written = count(ledger.setupCounts, 'crossbar.cellWrite');
        expect(written).toBe(slices * sides * rows * lines);
        expect(count(ledger.counts, 'crossbar.cellRead')).toBe(inputs * cycles * written);
      }),
      { numRuns: 8 },
    );
  }, 120_000);
});
