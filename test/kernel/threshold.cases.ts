import type { Gpu } from '../../src/gpu/gpu.ts';
import { planNibbleEstimate } from '../../src/kernel/nibble-estimate.ts';
import { planThresholdCompare } from '../../src/kernel/threshold-compare.ts';
import { planThresholdSelect } from '../../src/kernel/threshold-select.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { nibbleEstimateReference, seenKeys } from '../../src/reference/threshold.ts';
import { assert, assertEqual, type KernelCase, phi, unwritten } from '../support/kernel-case.ts';
import { assertSelected, selected, type ThresholdSetup, thresholdData, thresholdTensors } from './threshold-data.ts';

const setups: Readonly<Record<string, ThresholdSetup>> = {
  'one query, one key, one dimension': { queries: 1, keys: 1, dim: 1 },
  'six queries of a lane, a word less one': { queries: 6, keys: 31, dim: 5 },
  'a lane and one more, a whole word': { queries: 7, keys: 32, dim: 31 },
  'a word and one more': { queries: 5, keys: 33, dim: 32 },
  'a workgroup less one': { queries: 191, keys: 65, dim: 33 },
  'a workgroup and one more, causal': { queries: 193, keys: 193, causal: true, heads: 2 },
  'four blocks, not whole': { queries: 13, keys: 40, dim: 125 },
  'more keys than queries, causal': { queries: 20, keys: 90, causal: true },
  'one query at the end, causal': { queries: 1, keys: 70, causal: true },
  'fewer keys than queries': { queries: 50, keys: 20 },
  'padding of all kinds': { queries: 40, keys: 40, windows: 5, heads: 2, lengths: [40, 0, 1, 33, 99], causal: true },
  'padding, not causal': { queries: 40, keys: 40, windows: 5, lengths: [40, 0, 7, 32, 99] },
  'padding, more keys than queries': { queries: 10, keys: 40, windows: 3, lengths: [40, 35, 20], causal: true },
  'padding, fewer keys than queries': { queries: 40, keys: 10, windows: 2, lengths: [10, 4] },
  'a threshold below every score': { queries: 10, keys: 50, threshold: -1e20 },
  'a threshold above every score': { queries: 10, keys: 50, threshold: 1e20 },
  'a threshold that float32 divides to infinity': { queries: 4, keys: 9, threshold: 3e38, scale: () => 2 ** -20 },
  'a margin': { queries: 10, keys: 50, margin: 0.3 },
  'queries all zero, threshold 0 keeps all': { queries: 9, keys: 40, threshold: 0, scale: (slot) => slot },
  'keys all zero, threshold above 0 keeps the own key': {
    queries: 40,
    keys: 40,
    threshold: 1e-30,
    scale: (s) => 1 - s,
  },
  'a zero head lowered to 0 by its margin': { queries: 4, keys: 40, threshold: 0.5, margin: 0.5, scale: () => 0 },
  'nothing but the lowest nibbles': { queries: 7, keys: 40, dim: 128, code: () => -128 },
  'nothing but the highest nibbles': { queries: 7, keys: 40, dim: 128, code: () => 127 },
  'nibbles of opposite ends': { queries: 7, keys: 40, dim: 128, code: (row, d) => ((row + d) % 2 ? 127 : -127) },
  'nibbles of all values': { queries: 17, keys: 34, code: (row, d) => (((row * 7 + d * 3) % 16) - 8) * 16 + (d % 16) },
  'scales that round': { queries: 20, keys: 60, dim: 48, scale: (slot, h) => 0.013 + slot * 0.007 + h * 0.001 },
  'offsets of two chips with three heads': {
    ...{ queries: 20, keys: 45, dim: 20, chips: 2, heads: 3, windows: 2, firstChip: 3 },
    comparator: { offsetSigmaLsb: 12 },
  },
  'offsets of fewer comparators than keys': {
    ...{ queries: 20, keys: 75, dim: 20, heads: 2, columns: 31 },
    comparator: { offsetSigmaLsb: 12, calibrationStepLsb: 8 },
  },
  'noise, drawn as on the host': {
    ...{ queries: 20, keys: 45, dim: 20, chips: 2, heads: 3, windows: 2, firstChip: 5, layer: 2, firstEvent: 80 },
    comparator: { noiseSigmaLsb: 9 },
  },
  'noise and offsets of fewer comparators, causal': {
    ...{ queries: 75, keys: 75, dim: 20, heads: 2, columns: 10, causal: true },
    comparator: { offsetSigmaLsb: 5, noiseSigmaLsb: 9 },
  },
};

/** Thresholding by estimates from codes, fused and in two steps, against the host. */
export const thresholdCases: readonly KernelCase[] = [
  ...Object.entries(setups).map(([name, setup]) => ({
    name: `threshold: ${name}`,
    run: (gpu: Gpu) => compare(gpu, setup),
  })),
  {
    name: 'threshold: products q.k with a unit of their own, in part',
    async run(gpu) {
      const data = thresholdData({ queries: 30, keys: 41, dim: 16, heads: 2, windows: 2, causal: true, threshold: 1 });
      const { headCount, queries, keys } = data.problem;
      const stride = scoreStride(keys);
      const part = { queryFirst: 7, queryCount: 20 };
      const scores = Float32Array.from({ length: headCount * 20 * stride }, (_, i) => ((i * 37) % 64) / 4 - 8);
      const tensors = { ...thresholdTensors(gpu, data), scores: gpu.tensor(scores) };
      const launch = planThresholdCompare({ ...data.problem, ...part, unit: 1 / 4 });
      const got = await selected(gpu, [launch], tensors);
      for (let row = 0; row < headCount * queries; row++) {
        const [headIndex, local] = [Math.floor(row / queries), (row % queries) - 7];
        if (local < 0 || local >= 20) {
          assert(got.counts[row] === 0xdeadbeef, `row ${row} is not in the part`);
          continue;
        }
        const own = local + 7 + keys - queries;
        for (let j = 0; j < 64; j++) {
          const score = scores[(headIndex * 20 + local) * stride + j]!;
          const expected = j < keys && j <= own && (j === own || score / 4 >= 1) ? 1 : 0;
          const bit = (got.selection[row * 2 + (j >> 5)]! >>> (j & 31)) & 1;
          assert(bit === expected, `row ${row}, key ${j}: ${bit}`);
        }
      }
    },
  },
  {
    name: 'threshold: noise keeps a key as often as the normal law says',
    async run(gpu) {
      // Every estimate is the same and lies 0.7 sigma below the limit; the own keys are left out of the count.
      const [queries, keys, sigma] = [200, 100, 3];
      const setup = { queries, keys, dim: 4, code: () => 40, comparator: { noiseSigmaLsb: sigma } };
      const estimate = nibbleEstimateReference([2, 2, 2, 2], [2, 2, 2, 2]);
      const data = thresholdData({ ...setup, threshold: 256 * (estimate + 0.7 * sigma), scale: () => Math.SQRT2 });
      const got = await selected(gpu, [planThresholdSelect(data.problem)], operands(gpu, data));
      const kept = got.counts.reduce((sum, count) => sum + count, 0) - keys;
      const pairs = queries * keys - keys;
      const share = 1 - phi(0.7);
      const tolerance = 4 * Math.sqrt(pairs * share * (1 - share));
      assert(Math.abs(kept - pairs * share) < tolerance, `${kept} of ${pairs} kept, expected ${pairs * share}`);
    },
  },
];

async function compare(gpu: Gpu, setup: ThresholdSetup): Promise<void> {
  const data = thresholdData(setup);
  const { problem, q, k } = data;
  const { headCount, queries, keys, dim } = problem;
  const exact = (row: number) =>
    Float64Array.from({ length: keys }, (_, j) => {
      const key = (Math.floor(row / queries) * keys + j) * dim;
      return nibbleEstimateReference(q.subarray(row * dim, (row + 1) * dim), k.subarray(key, key + dim));
    });
  const tensors = operands(gpu, data);
  const fused = await selected(gpu, [planThresholdSelect(problem)], tensors);
  assertSelected(data, exact, fused);
  const stride = scoreStride(keys);
  const scores = unwritten(gpu, 'f32', [headCount, queries, stride]);
  const again = { ...operands(gpu, data), scores };
  const apart = await selected(gpu, [planNibbleEstimate(problem), planThresholdCompare(problem)], again);
  assertEqual(apart.selection, fused.selection, 'selection in two steps');
  assertEqual(apart.counts, fused.counts, 'counts in two steps');
  const batch = gpu.batch();
  const read = batch.read<Float32Array>(scores);
  await batch.submit();
  for (let row = 0; row < headCount * queries; row++) {
    const seen = seenKeys(problem, row % queries);
    assertEqual(read.values().slice(row * stride, row * stride + seen), exact(row).subarray(0, seen), `row ${row}`);
  }
}

function operands(gpu: Gpu, data: ReturnType<typeof thresholdData>) {
  return { ...thresholdTensors(gpu, data), q: gpu.tensor(data.codes.q), k: gpu.tensor(data.codes.k) };
}
