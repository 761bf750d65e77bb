import { cellModel } from '../../src/device/cell.ts';
import { cellTables } from '../../src/device/cell-tables.ts';
import { nibbleMiddle } from '../../src/device/charge-array.ts';
import type { ComparatorChoice } from '../../src/device/comparator.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { HostArray } from '../../src/gpu/tensor.ts';
import { visiblePairs } from '../../src/kernel/attend-problem.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planNibbleEstimate } from '../../src/kernel/nibble-estimate.ts';
import { nibblePerUs, planNibbleProgram } from '../../src/kernel/nibble-program.ts';
import { planThresholdCompare } from '../../src/kernel/threshold-compare.ts';
import { cellElements, planThresholdSelect, planThresholdSelectCells } from '../../src/kernel/threshold-select.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { nibbleProgramReference } from '../../src/reference/nibble-program.ts';
import { streams } from '../../src/reference/rng.ts';
import { nibbleEstimateReference, rowNormals, seenKeys } from '../../src/reference/threshold.ts';
import {
  assertSelected,
  type ThresholdData,
  thresholdData,
  thresholdTensors,
} from '../../test/kernel/threshold-data.ts';
import { assertClose, assertEqual, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/** Sizes of a thresholding bench: one chip, one window, causal; `dim` is a multiple of 32. */
export interface ThresholdSizes {
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
}

/** Errors of the noisy variants: half a step each. */
const comparator: ComparatorChoice = { offsetSigmaLsb: 0.5, noiseSigmaLsb: 0.5 };

/**
 * `threshold-select`: `dim` multiply-adds of nibbles and a comparison a pair, with noise a word and 2 operations more; the kernel
 * itself draws only near the threshold.
 */
export function thresholdSelectBench(sizes: ThresholdSizes & { readonly noisy: boolean }): BenchKernel {
  const { heads, tokens, dim, noisy } = sizes;
  const pairs = pairsOf(sizes);
  return {
    name: noisy ? 'threshold-select-noisy' : 'threshold-select',
    sizes: { heads, tokens, dim },
    work: {
      flops: (noisy ? 3 : 1) * pairs,
      byteOps: 2 * dim * pairs,
      randomWords: noisy ? pairs : 0,
      bytes: heads * tokens * (2 * dim + (noisy ? 4 : 0)) + selectedBytes(sizes),
    },
    async setup(gpu) {
      const data = operandsOf(sizes, noisy);
      const tensors = { ...thresholdTensors(gpu, data), ...codeTensors(gpu, data) };
      return {
        dispatches: [{ launch: planThresholdSelect(data.problem), tensors }],
        outputs: { selection: tensors.selection, counts: tensors.counts },
        check: (got) => checkRows(data, got, (row) => exactRow(data, row)),
      };
    },
  };
}

/**
 * `threshold-select-cells`: `dim` multiply-adds of f32 and a comparison a pair; with noise as many for its variance, the squares of
 * what drives it, two words and 5 operations more.
 */
export function thresholdCellsBench(sizes: ThresholdSizes & { readonly noisy: boolean }): BenchKernel {
  const { heads, tokens, dim, noisy } = sizes;
  const pairs = pairsOf(sizes);
  const readNoise = noisy ? { cellVariance: 0.01, ownVariances: true } : {};
  return {
    name: noisy ? 'threshold-select-cells-noisy' : 'threshold-select-cells',
    sizes: { heads, tokens, dim },
    work: {
      flops: pairs * (noisy ? 4 * dim + 6 : 2 * dim + 1),
      randomWords: noisy ? 2 * pairs : 0,
      bytes: heads * tokens * dim * (noisy ? 9 : 5) + selectedBytes(sizes),
    },
    async setup(gpu) {
      const data = operandsOf(sizes, noisy);
      const row = cellElements(dim / 4, readNoise);
      const deviates = normals(heads * tokens * row, 9);
      const cells = deviates.map((z, i) => {
        if (i % row >= dim) return 0.02 * (i % 5);
        return data.k[Math.floor(i / row) * dim + (i % row)]! + nibbleMiddle + 0.2 * z;
      });
      const tensors = { ...thresholdTensors(gpu, data), q: codeTensors(gpu, data).q, cells: gpu.tensor(cells) };
      return {
        dispatches: [{ launch: planThresholdSelectCells({ ...data.problem, readNoise }), tensors }],
        outputs: { selection: tensors.selection, counts: tensors.counts },
        check(got) {
          // Sums of products of up to 64 in f32; a draw is as good as sin and cos, 2^-11 of 5.9 sigma.
          const slack = 64 * dim * 2 ** -20 + (noisy ? 5.9 * 2 ** -11 * Math.sqrt(dim * 64 * 0.09) : 0);
          checkRows(data, got, (line) => cellsRow(data, cells, line, readNoise), slack);
        },
      };
    },
  };
}

/** `nibble-estimate`: `dim` multiply-adds of nibbles and 2 operations a pair, and 4 bytes for it. */
export function nibbleEstimateBench(sizes: ThresholdSizes): BenchKernel {
  const { heads, tokens, dim } = sizes;
  const pairs = pairsOf(sizes);
  const stride = scoreStride(tokens);
  return {
    name: 'nibble-estimate',
    sizes: { ...sizes },
    work: { flops: 2 * pairs, byteOps: 2 * dim * pairs, bytes: heads * tokens * 2 * dim + 4 * pairs },
    async setup(gpu) {
      const data = operandsOf(sizes, false);
      const scores = unwritten(gpu, 'f32', [heads, tokens, stride]);
      return {
        dispatches: [{ launch: planNibbleEstimate(data.problem), tensors: { ...codeTensors(gpu, data), scores } }],
        outputs: { scores },
        check({ scores: got }) {
          for (const row of samples(heads * tokens, 12)) {
            const seen = seenKeys(data.problem, row % tokens);
            const own = got!.subarray(row * stride, row * stride + seen);
            assertEqual(own, exactRow(data, row).subarray(0, seen), `row ${row}`);
          }
        },
      };
    },
  };
}

/** `threshold-compare`: a score is read once and compared. */
export function thresholdCompareBench(sizes: ThresholdSizes): BenchKernel {
  const { heads, tokens, dim } = sizes;
  const pairs = pairsOf(sizes);
  const stride = scoreStride(tokens);
  return {
    name: 'threshold-compare',
    sizes: { heads, tokens },
    work: { flops: pairs, bytes: 4 * pairs + selectedBytes(sizes) },
    async setup(gpu) {
      const data = operandsOf({ heads, tokens, dim }, false);
      const scores = normals(heads * tokens * stride, 6).map((z) => 100 * z);
      const tensors = { ...thresholdTensors(gpu, data), scores: gpu.tensor(scores) };
      return {
        dispatches: [{ launch: planThresholdCompare(data.problem), tensors }],
        outputs: { selection: tensors.selection, counts: tensors.counts },
        check: (got) => checkRows(data, got, (row) => scores.subarray(row * stride, (row + 1) * stride)),
      };
    },
  };
}

/** `nibble-program`: two cells a dimension, each a word and 12 operations from nibble to conductance by a quartic. */
export function nibbleProgramBench({ heads, tokens, dim }: ThresholdSizes): BenchKernel {
  const cell = cellModel('hfox-neurram');
  const cells = 2 * heads * tokens * dim;
  return {
    name: 'nibble-program',
    sizes: { heads, keys: tokens, dim },
    work: { flops: 12 * cells, randomWords: cells, bytes: heads * tokens * dim * 5 },
    async setup(gpu) {
      const data = operandsOf({ heads, tokens, dim }, false);
      const problem = { headCount: heads, heads, windows: 1, keys: tokens, dim, cell, seed: 3 };
      const table = cellTables(cell);
      const written = unwritten(gpu, 'f32', [heads, tokens, dim]);
      const curves = gpu.tensor(table.length > 0 ? table : new Float32Array(4));
      const tensors = { codes: gpu.tensor(data.codes.k), curves, cells: written };
      return {
        dispatches: [{ launch: planNibbleProgram(problem), tensors }],
        outputs: { cells: written },
        check({ cells: got }) {
          // Deviates of 5.9 times at most 3 uS, whose sine may be off by 2^-11.
          const absolute = 5.9 * 3 * 2 ** -11 * nibblePerUs(cell);
          for (const row of samples(heads * tokens, 12)) {
            const nibbles = data.k.subarray(row * dim, (row + 1) * dim);
            const { weights } = nibbleProgramReference(problem, Math.floor(row / tokens), row % tokens, nibbles);
            assertClose(got!.subarray(row * dim, (row + 1) * dim), weights, { absolute, relative: 0 }, `key ${row}`);
          }
        },
      };
    },
  };
}

const pairsOf = ({ heads, tokens }: ThresholdSizes) =>
  heads * visiblePairs({ queries: tokens, keys: tokens, causal: true });

/** Bytes of a selection with its counts. */
const selectedBytes = ({ heads, tokens }: ThresholdSizes) => heads * tokens * 4 * (selectionWords(tokens) + 1);

function operandsOf({ heads, tokens, dim }: ThresholdSizes, noisy: boolean): ThresholdData {
  const setup = { queries: tokens, keys: tokens, dim, heads, causal: true };
  return thresholdData(noisy ? { ...setup, comparator } : setup);
}

function codeTensors(gpu: Gpu, { codes }: ThresholdData) {
  return { q: gpu.tensor(codes.q), k: gpu.tensor(codes.k) };
}

function exactRow({ problem, q, k }: ThresholdData, row: number): Float64Array {
  const { queries, keys, dim } = problem;
  const first = Math.floor(row / queries) * keys;
  const own = q.subarray(row * dim, (row + 1) * dim);
  return Float64Array.from({ length: keys }, (_, j) =>
    nibbleEstimateReference(own, k.subarray((first + j) * dim, (first + j + 1) * dim)),
  );
}

function cellsRow(
  { problem, q }: ThresholdData,
  cells: Float32Array,
  line: number,
  { cellVariance = 0, ownVariances = false }: { readonly cellVariance?: number; readonly ownVariances?: boolean },
): Float64Array {
  const { queries, keys, dim } = problem;
  const headIndex = Math.floor(line / queries);
  const row = dim * (ownVariances ? 2 : 1);
  const draw = rowNormals(problem, headIndex, line % queries, streams.nibbleReadNoise);
  return Float64Array.from({ length: keys }, (_, j) => {
    const at = (headIndex * keys + j) * row;
    let [sum, variance] = [0, 0];
    for (let d = 0; d < dim; d++) {
      const drive = q[line * dim + d]! + nibbleMiddle;
      sum += drive * cells[at + d]!;
      variance += drive ** 2 * (cellVariance + (ownVariances ? cells[at + dim + d]! : 0));
    }
    return variance > 0 ? sum + Math.sqrt(variance) * draw(j) : sum;
  });
}

function checkRows(
  data: ThresholdData,
  got: Readonly<Record<string, HostArray>>,
  estimates: (row: number) => ArrayLike<number>,
  slack = 0,
): void {
  const read = { selection: got['selection'] as Uint32Array, counts: got['counts'] as Uint32Array };
  assertSelected(data, estimates, read, slack, samples(read.counts.length, 12));
}
