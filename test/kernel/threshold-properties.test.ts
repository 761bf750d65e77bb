import fc from 'fast-check';
import { describe, it } from 'vitest';
import { planThresholdSelect } from '../../src/kernel/threshold-select.ts';
import { assert } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import {
  selected,
  type ThresholdData,
  type ThresholdSetup,
  thresholdData,
  thresholdTensors,
} from './threshold-data.ts';

const setups = fc.record({
  queries: fc.integer({ min: 1, max: 30 }),
  keys: fc.integer({ min: 30, max: 70 }),
  heads: fc.integer({ min: 1, max: 3 }),
  columns: fc.integer({ min: 1, max: 70 }),
});

/** Codes spread by a hash of row and dimension. */
const coded = (salt: number) => (row: number, d: number) =>
  (Math.imul(row * 64 + d + salt, 0x9e3779b1) >>> 24) - 128 + (salt % 3);

async function keptBits(data: ThresholdData): Promise<Uint32Array> {
  const gpu = await nodeGpu();
  const operands = { q: gpu.tensor(data.codes.q), k: gpu.tensor(data.codes.k) };
  const tensors = { ...thresholdTensors(gpu, data), ...operands };
  const { selection } = await selected(gpu, [planThresholdSelect(data.problem)], tensors);
  for (const tensor of Object.values(tensors)) tensor.destroy();
  return selection;
}

describe('thresholding', () => {
  it('keeps no more keys when the threshold rises, the draws being the same', async () => {
    const comparator = { offsetSigmaLsb: 20, noiseSigmaLsb: 30 };
    const rises = fc.record({
      low: fc.double({ min: -3, max: 3, noNaN: true }),
      by: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(
        setups,
        rises,
        fc.boolean(),
        fc.integer({ min: 0, max: 99 }),
        async (sizes, rise, causal, salt) => {
          const setup: ThresholdSetup = {
            ...sizes,
            dim: 20,
            causal,
            comparator,
            code: coded(salt),
            scale: () => 2 ** -6,
          };
          const some = await keptBits(thresholdData({ ...setup, threshold: rise.low }));
          const fewer = await keptBits(thresholdData({ ...setup, threshold: rise.low + rise.by }));
          for (const [i, word] of fewer.entries()) assert((word & ~some[i]!) === 0, `word ${i} gained keys`);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('keeps the same keys in whatever order they come, but for the own ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        setups,
        fc.integer({ min: 0, max: 99 }),
        fc.infiniteStream(fc.nat()),
        async (sizes, salt, draws) => {
          const { queries, keys, heads } = sizes;
          const order = Array.from({ length: keys }, (_, j) => [draws.next().value as number, j] as const)
            .sort((a, b) => a[0] - b[0] || a[1] - b[1])
            .map(([, j]) => j);
          const setup = { queries, keys, heads, dim: 20, scale: () => 2 ** -6, threshold: 0.3, code: coded(salt) };
          const data = thresholdData(setup);
          const groups = data.codes.k.length / (heads * keys);
          const k = Uint32Array.from(data.codes.k, (_, i) => {
            const [head, key] = [Math.floor(i / (keys * groups)), Math.floor(i / groups) % keys];
            return data.codes.k[(head * keys + order[key]!) * groups + (i % groups)]!;
          });
          const before = await keptBits(data);
          const after = await keptBits({ ...data, codes: { ...data.codes, k } });
          const words = Math.ceil(keys / 32);
          const bit = (of: Uint32Array, row: number, j: number) => (of[row * words + (j >> 5)]! >>> (j & 31)) & 1;
          for (let row = 0; row < heads * queries; row++) {
            const own = (row % queries) + keys - queries;
            for (let j = 0; j < keys; j++) {
              if (j === own || order[j] === own) continue;
              assert(bit(after, row, j) === bit(before, row, order[j]!), `row ${row}, key ${j}`);
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
