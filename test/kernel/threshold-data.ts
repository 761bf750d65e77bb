import { comparatorModel } from '../../src/device/comparator.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Launch } from '../../src/gpu/launch.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { comparatorOffsets } from '../../src/kernel/comparator-offsets.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import type { ThresholdProblem } from '../../src/kernel/threshold-problem.ts';
import { streams } from '../../src/reference/rng.ts';
import { nibbleUnit, rowNormals, thresholdLimit, thresholdRowReference } from '../../src/reference/threshold.ts';
import { assert, normals, unwritten } from '../support/kernel-case.ts';

/** Sizes and settings of one check, by their defaults where left out. */
export interface ThresholdSetup {
  readonly queries: number;
  readonly keys: number;
  readonly dim?: number;
  readonly heads?: number;
  readonly windows?: number;
  readonly chips?: number;
  readonly causal?: boolean;
  /** Valid tokens of each sequence. */
  readonly lengths?: readonly number[];
  /** Of every head; default one that keeps about a quarter. */
  readonly threshold?: number;
  readonly margin?: number;
  readonly comparator?: Parameters<typeof comparatorModel>[0];
  readonly columns?: number;
  readonly firstChip?: number;
  readonly layer?: number;
  readonly firstEvent?: number;
  /** Code of row, dimension and normal deviate; default 40 times the deviate. */
  readonly code?: (row: number, d: number, deviate: number) => number;
  /** Scale of a head's q or k; default a power of two that differs by head. */
  readonly scale?: (slot: number, headIndex: number) => number;
}

/** A setup with its operands. */
export interface ThresholdData {
  readonly problem: ThresholdProblem;
  /** Upper nibbles, `[headCount, tokens, dim]`. */
  readonly q: Int8Array;
  readonly k: Int8Array;
  readonly codes: { readonly q: Uint32Array<ArrayBuffer>; readonly k: Uint32Array<ArrayBuffer> };
  readonly scales: Float32Array<ArrayBuffer>;
  readonly thresholds: Float32Array<ArrayBuffer>;
  readonly lengths: readonly number[] | undefined;
  readonly offsets: Float32Array<ArrayBuffer>;
}

/** Makes a setup's operands. */
export function thresholdData(setup: ThresholdSetup): ThresholdData {
  const { queries, keys, dim = 64, heads = 1, windows = 1, chips = 1, causal = false, lengths, margin } = setup;
  const { columns, firstChip = 0, layer = 0, firstEvent = 0, code = (_row, _d, deviate) => 40 * deviate } = setup;
  const headCount = chips * windows * heads;
  const comparator = comparatorModel(setup.comparator);
  const groups = Math.ceil(dim / 32) * 8;
  const operand = (tokens: number, seed: number) => {
    const deviates = normals(headCount * tokens * dim, seed);
    const packed = new Uint32Array(headCount * tokens * groups);
    const nibbles = Int8Array.from(deviates, (deviate, i) => {
      const row = Math.floor(i / dim);
      const value = Math.max(-127, Math.min(127, Math.round(code(row, i % dim, deviate))));
      packed[row * groups + ((i % dim) >> 2)]! |= (value & 255) << (8 * ((i % dim) & 3));
      return value >> 4;
    });
    return { nibbles, packed };
  };
  const q = operand(queries, 3);
  const k = operand(keys, 4);
  const scale = setup.scale ?? ((slot: number, headIndex: number) => 2 ** (-5 - slot - (headIndex % 3)));
  const scales = Float32Array.from({ length: 3 * headCount }, (_, i) =>
    scale(Math.floor(i / headCount), i % headCount),
  );
  const thresholds = new Float32Array(heads).fill(
    setup.threshold ?? nibbleUnit(2 ** -5, 2 ** -6, dim) * 4 * Math.sqrt(dim),
  );
  const seed = 11;
  const population = { chips, heads, columns: columns ?? keys, seed, firstChip };
  return {
    problem: {
      ...{ headCount, heads, windows, queries, keys, dim, causal, padded: lengths !== undefined, comparator, seed },
      ...{ firstChip, layer, firstEvent, ...(margin === undefined ? {} : { margin }) },
      ...(columns === undefined ? {} : { columns }),
    },
    q: q.nibbles,
    k: k.nibbles,
    codes: { q: q.packed, k: k.packed },
    scales,
    thresholds,
    lengths,
    offsets: comparatorOffsets(comparator, population),
  };
}

/** The tensors of a comparison, its outputs unwritten. */
export function thresholdTensors(gpu: Gpu, data: ThresholdData) {
  const { headCount, queries, keys } = data.problem;
  return {
    scales: gpu.tensor(data.scales),
    thresholds: gpu.tensor(data.thresholds),
    lengths: gpu.tensor(Uint32Array.from(data.lengths ?? [0])),
    offsets: gpu.tensor(data.offsets),
    selection: unwritten(gpu, 'u32', [headCount, queries, selectionWords(keys)]),
    counts: unwritten(gpu, 'u32', [headCount, queries]),
  };
}

/** Runs launches in a row and reads what the last one selected; `tensors` are those of all of them. */
export async function selected(gpu: Gpu, launches: readonly Launch[], tensors: Readonly<Record<string, Tensor>>) {
  const batch = gpu.batch();
  for (const launch of launches) {
    const { bindings } = Object.values(launch.program.entries)[0]!;
    const bound = bindings.filter(({ name }) => name !== 'params').map(({ name }) => [name, tensors[name]!]);
    batch.run(launch, Object.fromEntries(bound));
  }
  const selection = batch.read<Uint32Array>(tensors['selection']!);
  const counts = batch.read<Uint32Array>(tensors['counts']!);
  await batch.submit();
  return { selection: selection.values(), counts: counts.values() };
}

/**
 * Fails unless every row, or each of `rows`, keeps what the reference keeps, `estimates` being those of `[headCount, queries, keys]`. Keys within
 * `slack` of their limit may go either way; so may those that the rounding of the limit decides, and those whose draw is as near
 * as sin and cos tell.
 */
export function assertSelected(
  data: ThresholdData,
  estimates: (row: number) => ArrayLike<number>,
  got: { readonly selection: Uint32Array; readonly counts: Uint32Array },
  slack = 0,
  rows: readonly number[] = Array.from(got.counts.keys()),
): void {
  const { problem, scales, thresholds, lengths, offsets } = data;
  const { headCount, heads, windows, queries, keys, dim, margin = 0, columns = keys, comparator } = problem;
  const sigma = comparator?.noiseSigmaLsb ?? 0;
  const words = selectionWords(keys);
  for (const row of rows) {
    const [headIndex, query] = [Math.floor(row / queries), row % queries];
    const head = headIndex % heads;
    const unit = nibbleUnit(scales[headIndex]!, scales[headCount + headIndex]!, dim);
    const limit = thresholdLimit(thresholds[head]!, margin, unit);
    const line = (Math.floor(headIndex / (heads * windows)) * heads + head) * columns;
    const draw = sigma > 0 ? rowNormals(problem, headIndex, query, streams.comparatorNoise) : () => 0;
    const shift = (j: number) => offsets[line + (j % columns)]! + sigma * draw(j);
    const length = lengths?.[Math.floor(headIndex / heads)];
    const valid = length === undefined ? keys : Math.min(length, keys);
    const near = slack + 2 ** -21 * Math.abs(limit) + sigma * 5 * 2 ** -11;
    const choose = (more: number) =>
      new Set(thresholdRowReference(problem, query, { estimates: estimates(row), limit, shift, valid }, more));
    const [sure, possible] = [choose(-near), choose(near)];
    let kept = 0;
    for (let j = 0; j < 32 * words; j++) {
      const bit = (got.selection[row * words + (j >> 5)]! >>> (j & 31)) & 1;
      kept += bit;
      assert(bit === 1 ? possible.has(j) : !sure.has(j), `row ${row}, key ${j}: ${bit === 1 ? 'kept' : 'dropped'}`);
    }
    assert(got.counts[row] === kept, `row ${row} counts ${got.counts[row]}, has ${kept}`);
  }
}
