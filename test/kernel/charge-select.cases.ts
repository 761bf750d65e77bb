import { type ChargeChoice, chargeModel, comparatorNoise } from '../../src/device/charge-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { ChargeSelectProblem } from '../../src/kernel/charge-select.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { randomWords, streams, toNormals } from '../../src/reference/rng.ts';
import { assert, type KernelCase, sentinel } from '../support/kernel-case.ts';
import { lineOf, randomCodes, runCharge, runSelect, type Thresholds } from './charge-data.ts';

interface Setup extends Partial<Omit<ChargeSelectProblem, 'model' | 'headCount'>> {
  readonly model?: string | ChargeChoice;
  readonly queries: number;
  readonly keys: number;
  readonly chips?: number;
  readonly lengths?: readonly number[];
  /** Threshold of every head but the last, which has -0.4 times as much; in score units. */
  readonly threshold?: number;
  /** Scale of the keys; 0 for keys that are all zero. */
  readonly scaleK?: number;
}

const many = { chips: 2, heads: 3, windows: 2 } as const;

const setups: Readonly<Record<string, Setup>> = {
  'one key': { queries: 1, keys: 1 },
  '31 keys': { queries: 3, keys: 31 },
  '32 keys, causal': { queries: 32, keys: 32, causal: true },
  '33 keys, causal with more keys than queries': { queries: 3, keys: 33, causal: true },
  'more queries than a workgroup has, causal': { queries: 66, keys: 66, causal: true, dim: 20 },
  'more queries than keys': { queries: 9, keys: 5 },
  'queries in part': { queries: 50, keys: 50, causal: true, queryFirst: 17, queryCount: 20 },
  'passive with everything': { model: 'charge-65nm', queries: 9, keys: 70, layer: 2, firstEvent: 40, ...many },
  'passive, offsets uncalibrated': {
    model: { preset: 'charge-65nm', calibrationStepMv: 0, pedestalMv: 0.4 },
    queries: 9,
    keys: 70,
    ...many,
  },
  'ideal with comparator errors': { model: { comparatorOffsetMv: 1, comparatorNoiseMv: 1 }, queries: 9, keys: 70 },
  'bitplane with everything': { model: { preset: 'charge-65nm', combine: 'bitplane' }, queries: 9, keys: 70, ...many },
  'bitplane, offsets uncalibrated': {
    model: { preset: 'charge-65nm', combine: 'bitplane', calibrationStepMv: 0, comparatorOffsetMv: 6 },
    queries: 9,
    keys: 70,
    ...many,
  },
  'a margin': { queries: 9, keys: 70, margin: 0.35, causal: false },
  'padded sequences': { queries: 40, keys: 40, lengths: [0, 1, 31, 40], heads: 2, windows: 4 },
  'padded sequences, causal': { queries: 40, keys: 40, lengths: [0, 1, 31, 40], heads: 2, windows: 4, causal: true },
  'padded sequences with more keys than queries': { queries: 4, keys: 40, lengths: [36, 38, 40], windows: 3 },
  'all-zero keys and a threshold above 0': { queries: 9, keys: 40, scaleK: 0 },
  'all-zero keys and a threshold below 0': { queries: 9, keys: 40, scaleK: 0, threshold: -0.2 },
};

/** Selections by charge arrays against the estimates that the same arrays put out. */
export const chargeSelectCases: readonly KernelCase[] = Object.entries(setups).map(([name, setup]) => ({
  name: `charge-select ${name}`,
  run: (gpu: Gpu) => compare(gpu, setup),
}));

async function compare(gpu: Gpu, setup: Setup): Promise<void> {
  const {
    lengths,
    threshold = 0.3,
    scaleK = 0.021,
    chips = 1,
    heads = 1,
    windows = 1,
    queries,
    keys,
    dim = 64,
  } = setup;
  const { causal = false, queryFirst = 0, queryCount = queries - queryFirst, layer = 0, firstEvent = 0 } = setup;
  const headCount = chips * heads * windows;
  const sizes = { headCount, heads, windows, queries, queryFirst, queryCount, keys, dim, causal };
  const problem: ChargeSelectProblem = {
    ...{ ...sizes, layer, firstEvent, seed: 6, firstChip: 3, margin: setup.margin ?? 0 },
    model: chargeModel(setup.model ?? 'ideal'),
    padded: lengths !== undefined,
  };
  const q = randomCodes(headCount * queries, dim, 1);
  const k = randomCodes(headCount * keys, dim, 2);
  const { estimates, offsets } = await runCharge(gpu, problem, q, k);
  const given: Thresholds = {
    scales: Float32Array.from({ length: 3 * headCount }, (_, i) =>
      i < headCount ? 0.018 + 0.001 * i : scaleK * (1 + 0.02 * (i - headCount)),
    ),
    thresholds: Float32Array.from({ length: heads }, (_, h) => (h > 0 && h === heads - 1 ? -0.4 : 1) * threshold),
    ...(lengths ? { lengths: Uint32Array.from(lengths) } : {}),
  };
  const { selection, counts } = await runSelect(gpu, problem, q, k, given);
  const words = selectionWords(keys);
  let [kept, pruned, unsure] = [0, 0, 0];
  for (let h = 0; h < headCount; h++) {
    for (let i = 0; i < queries; i++) {
      const row = h * queries + i;
      const own = selection.subarray(row * words, (row + 1) * words);
      if (i < queryFirst || i >= queryFirst + queryCount) {
        assert(own.every((word) => word === sentinel.u32) && counts[row] === sentinel.u32, `row ${row} was written`);
        continue;
      }
      let total = 0;
      for (let j = 0; j < 32 * words; j++) {
        const got = ((own[j >> 5]! >>> (j & 31)) & 1) === 1;
        total += got ? 1 : 0;
        const expected = j < keys && decide(problem, given, { estimates, offsets }, { h, i, j });
        if (expected === undefined) unsure += 1;
        else assert(got === expected, `row ${row}, key ${j} is ${got ? '' : 'not '}kept`);
        if (got) kept += 1;
        else pruned += 1;
      }
      assert(counts[row] === total, `row ${row} counts ${counts[row]}, its bits are ${total}`);
    }
  }
  assert(unsure <= 0.02 * (kept + pruned) + 1, `${unsure} decisions of ${kept + pruned} are too near to tell`);
  if (keys > 30 && scaleK > 0) assert(kept > 20 && pruned > 20, `${kept} kept and ${pruned} pruned test nothing`);
}

/** Whether a key has to be kept; undefined where estimate and limit are too near for rounding, or the draw's sine, to tell. */
function decide(
  problem: ChargeSelectProblem,
  { scales, thresholds, lengths }: Thresholds,
  run: { readonly estimates: Float32Array; readonly offsets: Float32Array },
  { h, i, j }: { h: number; i: number; j: number },
): boolean | undefined {
  const { headCount, heads, windows, queries, queryFirst = 0, queryCount = 0, keys, dim, causal, model } = problem;
  const valid = lengths?.[Math.floor(h / heads)] ?? keys;
  const own = i + keys - queries;
  if (j >= valid || own >= valid || (causal && j > own)) return false;
  if (j === own) return true;
  const unit = (256 * scales[h]! * scales[headCount + h]!) / Math.sqrt(dim);
  const above = thresholds[h % heads]! - problem.margin!;
  if (unit === 0) return above <= 0;
  const estimate = run.estimates[(h * queryCount + i - queryFirst) * scoreStride(keys) + j]!;
  let [shift, error] = [0, Math.abs(above / unit) * 2 ** -20 + 2 ** -14];
  if (model.combine !== 'bitplane') {
    const sigma = comparatorNoise(model, dim);
    const chip = problem.firstChip! + Math.floor(h / (heads * windows));
    const element = (problem.layer! * heads + (h % heads)) * (scoreStride(keys) / 4) + (j >> 2);
    const event = problem.firstEvent! + (Math.floor(h / heads) % windows) * queries + i;
    const draws = toNormals(randomWords(problem.seed!, chip, streams.comparatorNoise, element, event));
    shift = run.offsets[lineOf(problem, h, j)]! + sigma * draws[j & 3]!;
    // Sines are good to 2^-11, on normals of up to 5.9.
    error += sigma * 5.9 * 2 ** -11;
  }
  const over = estimate + shift - above / unit;
  return Math.abs(over) < error ? undefined : over >= 0;
}
