import { nibbleMiddle } from '../../src/device/charge-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { planNibbleEstimateCells } from '../../src/kernel/nibble-estimate.ts';
import { planThresholdCompare } from '../../src/kernel/threshold-compare.ts';
import { planThresholdSelectCells, type ReadNoise } from '../../src/kernel/threshold-select.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { streams } from '../../src/reference/rng.ts';
import { rowNormals, seenKeys } from '../../src/reference/threshold.ts';
import { assert, assertEqual, type KernelCase, normals, phi, unwritten } from '../support/kernel-case.ts';
import {
  assertSelected,
  selected,
  type ThresholdData,
  type ThresholdSetup,
  thresholdData,
  thresholdTensors,
} from './threshold-data.ts';

interface Setup extends ThresholdSetup {
  readonly readNoise?: ReadNoise;
  readonly queryFirst?: number;
  readonly queryCount?: number;
}

const setups: Readonly<Record<string, Setup>> = {
  'one query, one key, one dimension': { queries: 1, keys: 1, dim: 1 },
  'four queries of a lane, a word less one': { queries: 4, keys: 31, dim: 31 },
  'a workgroup less one, one key over a word': { queries: 127, keys: 33, dim: 32 },
  'a workgroup and one more, causal, two heads': { queries: 129, keys: 129, dim: 33, causal: true, heads: 2 },
  'more keys than queries, causal': { queries: 20, keys: 90, dim: 20, causal: true },
  'fewer keys than queries': { queries: 50, keys: 20, dim: 20 },
  padding: { queries: 40, keys: 40, dim: 20, windows: 5, heads: 2, lengths: [40, 0, 1, 33, 99], causal: true },
  'estimates of a part of the queries': { queries: 20, keys: 40, dim: 20, causal: true, queryFirst: 5, queryCount: 9 },
  'offsets of two chips': {
    ...{ queries: 20, keys: 45, dim: 20, chips: 2, heads: 3, windows: 2, columns: 31 },
    comparator: { offsetSigmaLsb: 12 },
  },
  'read noise alike in all cells': { queries: 20, keys: 45, dim: 20, chips: 2, readNoise: { cellVariance: 0.3 } },
  'read noise of the estimate and of each cell, comparator noise': {
    ...{ queries: 20, keys: 45, chips: 2, heads: 3, windows: 2, firstChip: 5, layer: 2, firstEvent: 80 },
    ...{ dim: 20, readNoise: { cellVariance: 0.1, sumVariance: 7, ownVariances: true } },
    comparator: { noiseSigmaLsb: 9, offsetSigmaLsb: 4 },
  },
};

/** Thresholding by programmed cells, fused and in two steps, against the host; and its noise by distribution. */
export const thresholdCellsCases: readonly KernelCase[] = [
  ...Object.entries(setups).map(([name, setup]) => ({
    name: `threshold-cells: ${name}`,
    run: (gpu: Gpu) => compare(gpu, setup),
  })),
  {
    name: 'threshold-cells: read noise keeps a key as often as the normal law says',
    async run(gpu) {
      const [queries, keys, dim] = [200, 100, 4];
      const readNoise = { cellVariance: 0.4, sumVariance: 2 };
      const drive = 2 + nibbleMiddle;
      const sigma = Math.sqrt(0.4 * dim * drive ** 2 + 2);
      const limit = dim * drive ** 2 + 0.7 * sigma;
      const setup = { queries, keys, dim, code: () => 40, threshold: 256 * limit, scale: () => Math.SQRT2 };
      const data = thresholdData(setup);
      const cells = gpu.tensor(cellRows(data, readNoise, () => 0));
      const tensors = { ...thresholdTensors(gpu, data), q: gpu.tensor(data.codes.q), cells };
      const got = await selected(gpu, [planThresholdSelectCells({ ...data.problem, readNoise })], tensors);
      const kept = got.counts.reduce((sum, count) => sum + count, 0) - keys;
      const pairs = queries * keys - keys;
      const share = 1 - phi(0.7);
      const tolerance = 4 * Math.sqrt(pairs * share * (1 - share));
      assert(Math.abs(kept - pairs * share) < tolerance, `${kept} of ${pairs} kept, expected ${pairs * share}`);
    },
  },
];

/** `cells` as the kernels take them: the nibbles' middles, off by `error`, and variances that differ. */
function cellRows(data: ThresholdData, { ownVariances = false }: ReadNoise, error: (i: number) => number) {
  const { headCount, keys, dim } = data.problem;
  const rowElements = Math.ceil(dim / 32) * 32;
  const row = rowElements * (ownVariances ? 2 : 1);
  const cells = new Float32Array(headCount * keys * row);
  for (let i = 0; i < data.k.length; i++) {
    const at = Math.floor(i / dim) * row + (i % dim);
    cells[at] = data.k[i]! + nibbleMiddle + error(i);
    if (ownVariances) cells[at + rowElements] = 0.05 * (i % 7);
  }
  return cells;
}

async function compare(gpu: Gpu, setup: Setup): Promise<void> {
  const data = thresholdData(setup);
  const { readNoise = {}, queryFirst = 0 } = setup;
  const { headCount, queries, keys, dim } = data.problem;
  const { queryCount = queries - queryFirst } = setup;
  const problem = { ...data.problem, readNoise };
  const deviates = normals(data.k.length, 9);
  const cells = cellRows(data, readNoise, (i) => 0.3 * deviates[i]!);
  const row = cells.length / (headCount * keys);
  const { cellVariance = 0, sumVariance = 0, ownVariances = false } = readNoise;
  let magnitude = 0;
  const estimates = Array.from({ length: headCount * queries }, (_, line) => {
    const headIndex = Math.floor(line / queries);
    const draw = rowNormals(problem, headIndex, line % queries, streams.nibbleReadNoise);
    return Float64Array.from({ length: keys }, (__, j) => {
      const at = (headIndex * keys + j) * row;
      let [sum, size, variance] = [0, 0, sumVariance];
      for (let d = 0; d < dim; d++) {
        const q = data.q[line * dim + d]! + nibbleMiddle;
        sum += q * cells[at + d]!;
        size += Math.abs(q * cells[at + d]!);
        variance += q ** 2 * (cellVariance + (ownVariances ? cells[at + row / 2 + d]! : 0));
      }
      magnitude = Math.max(magnitude, size + 5 * Math.sqrt(variance));
      return variance > 0 ? sum + Math.sqrt(variance) * draw(j) : sum;
    });
  });
  // A sum of dim / 4 + 3 roundings; a draw is as good as sin and cos, 2^-11 of at most 5.9 sigma.
  const noisy = cellVariance + sumVariance > 0 || ownVariances;
  const slack = magnitude * (noisy ? 2 ** -10 : (dim / 4 + 3) * 2 ** -24);

  const tensors = () => ({ ...thresholdTensors(gpu, data), q: gpu.tensor(data.codes.q), cells: gpu.tensor(cells) });
  const fused = await selected(gpu, [planThresholdSelectCells(problem)], tensors());
  assertSelected(data, (line) => estimates[line]!, fused, slack);

  const stride = scoreStride(keys);
  const scores = unwritten(gpu, 'f32', [headCount, queryCount, stride]);
  const part = { ...problem, queryFirst, queryCount };
  const again = { ...tensors(), scores };
  const apart = await selected(gpu, [planNibbleEstimateCells(part), planThresholdCompare(part)], again);
  const batch = gpu.batch();
  const read = batch.read<Float32Array>(scores);
  await batch.submit();
  const words = fused.selection.length / (headCount * queries);
  for (let line = 0; line < headCount * queries; line++) {
    const local = (line % queries) - queryFirst;
    if (local < 0 || local >= queryCount) continue;
    const same = (from: Uint32Array, count: number) => from.slice(line * count, (line + 1) * count);
    assertEqual(same(apart.selection, words), same(fused.selection, words), `row ${line} in two steps`);
    assertEqual(same(apart.counts, 1), same(fused.counts, 1), `count ${line} in two steps`);
    const at = (Math.floor(line / queries) * queryCount + local) * stride;
    for (let j = 0; j < seenKeys(problem, line % queries); j++) {
      const [value, expected] = [read.values()[at + j]!, estimates[line]![j]!];
      assert(Math.abs(value - expected) <= slack, `row ${line}, key ${j}: ${value}, expected ${expected}`);
    }
  }
}
