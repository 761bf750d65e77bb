import { wtaModel } from '../../src/device/time-domain.ts';
import { planBankCycles } from '../../src/kernel/bank-cycles.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planSelectionQuality } from '../../src/kernel/selection-quality.ts';
import { sharedLanes } from '../../src/kernel/shared-lanes.ts';
import { columnMismatch } from '../../src/kernel/wta-params.ts';
import { planWtaSelect, scoreStride } from '../../src/kernel/wta-select.ts';
import { wtaSelectReference } from '../../src/reference/wta-select.ts';
import { assert, assertClose, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

const seed = 3;
/** Currents (uA) at score 0 and per unit of score. */
const range = [50, 5] as const;

/**
 * `wta-select`: at least one comparison per score, which is read once; a bit per key and 16 bytes of figures per row are written.
 * With noise a score takes a word of jitter and 4 operations from score to arrival.
 */
export function wtaSelectBench(sizes: {
  heads: number;
  queries: number;
  keys: number;
  keep: number;
  noisy: boolean;
  /** A subgroup for a row instead of a lane. */
  held: boolean;
}): BenchKernel {
  const { heads, queries, keys, keep, noisy, held } = sizes;
  const model = wtaModel(noisy ? { preset: 'ideal', jitter: 'thermal', capacitorMismatch: 0.01 } : 'ideal');
  const scoreCount = heads * queries * keys;
  const stride = scoreStride(keys);
  const words = selectionWords(keys);
  return {
    name: `wta-select${held ? '-subgroup' : ''}${noisy ? '-noisy' : ''}`,
    sizes: { heads, queries, keys, keep },
    work: {
      flops: (noisy ? 5 : 1) * scoreCount,
      randomWords: noisy ? scoreCount : 0,
      bytes: 4 * scoreCount + 4 * heads * queries * (words + 4) + (noisy ? 4 * heads * keys : 0),
    },
    available: (gpu) => !held || sharedLanes(gpu) > 0,
    async setup(gpu) {
      const scores = normals(heads * queries * stride, 5);
      const factors = columnMismatch(model, stride, 1, 0, seed, 1, heads);
      const selection = unwritten(gpu, 'u32', [heads * queries, words]);
      const launch = planWtaSelect({
        headCount: heads,
        heads,
        windows: 1,
        queries,
        keys,
        keep,
        causal: false,
        model,
        seed,
        lanes: held ? sharedLanes(gpu) : 0,
      });
      const tensors = {
        scores: gpu.tensor(scores),
        ranges: gpu.tensor(Float32Array.from({ length: 2 * heads }, (_, i) => range[i % 2]!)),
        mismatch: gpu.tensor(factors),
        arrivals: gpu.empty('i32', [heads * queries, stride]),
        selection,
        stats: unwritten(gpu, 'f32', [heads * queries, 4]),
      };
      return {
        dispatches: [{ launch, tensors }],
        outputs: { selection },
        check({ selection: got }) {
          for (const row of samples(heads * queries, 6)) {
            const head = Math.floor(row / queries);
            const own = scores.subarray(row * stride, row * stride + keys);
            const draws = { seed, chip: 0, element: head * (stride / 4), event: row % queries };
            const choose = (count: number) =>
              new Set(wtaSelectReference(own, count, model, range, factors.subarray(head * stride), draws).kept);
            const kept = Array.from({ length: keys }, (_, j) => j).filter(
              (j) => (got![row * words + (j >> 5)]! >>> (j & 31)) & 1,
            );
            // The last winner and the first loser may lie nearer than sin and cos can tell.
            const [sure, possible] = noisy ? [choose(keep - 1), choose(keep + 1)] : [choose(keep), choose(keep)];
            assert(kept.length === keep, `row ${row} keeps ${kept.length}, not ${keep}`);
            assert(
              kept.every((j) => possible.has(j)),
              `row ${row} keeps a late key`,
            );
            assert(
              [...sure].every((j) => kept.includes(j)),
              `row ${row} leaves an early key out`,
            );
          }
        },
      };
    },
  };
}

/** `selection-quality`: a pair takes an exponential, two comparisons with bits and two sums. */
export function selectionQualityBench(sizes: {
  heads: number;
  queries: number;
  keys: number;
  dim: number;
}): BenchKernel {
  const { heads, queries, keys, dim } = sizes;
  const pairs = heads * queries * keys;
  const rows = heads * queries;
  const words = selectionWords(keys);
  const stride = scoreStride(keys);
  return {
    name: 'selection-quality',
    sizes: { ...sizes },
    work: { flops: 4 * pairs, exponentials: pairs, bytes: 4 * pairs + 8 * rows * words + 16 * rows },
    async setup(gpu) {
      const products = normals(rows * stride, 6).map((value) => 4 * value);
      const [selection, best] = [bits(rows * words, 5), bits(rows * words, 8)];
      const quality = unwritten(gpu, 'f32', [rows, 4]);
      const launch = planSelectionQuality({ heads, queries, keys, dim, causal: false, operandBits: 32 });
      const tensors = {
        products: gpu.tensor(products),
        selection: gpu.tensor(selection),
        best: gpu.tensor(best),
        quality,
      };
      return {
        dispatches: [{ launch, tensors }],
        outputs: { quality },
        check({ quality: got }) {
          for (const row of samples(rows, 8)) {
            const has = (set: Uint32Array, key: number) => (set[row * words + (key >> 5)]! >>> (key & 31)) & 1;
            let [total, mass, both, wanted] = [0, 0, 0, 0];
            for (let key = 0; key < keys; key++) {
              const weight = Math.exp(products[row * stride + key]! / Math.sqrt(dim));
              total += weight;
              mass += weight * has(selection, key);
              both += has(selection, key) & has(best, key);
              wanted += has(best, key);
            }
            assertClose(
              got!.subarray(4 * row, 4 * row + 4),
              [mass / total, both, wanted, keys],
              { absolute: 1e-5, relative: 1e-5 },
              `row ${row}`,
            );
          }
        },
      };
    },
  };
}

/** `bank-cycles`: a key's bit is taken out and added to its bank. The largest count stays the largest, so no zeroing is needed between runs. */
export function bankCyclesBench({ rows, keys, banks }: { rows: number; keys: number; banks: number }): BenchKernel {
  const words = selectionWords(keys);
  return {
    name: 'bank-cycles',
    sizes: { rows, keys, banks },
    work: { flops: 2 * rows * keys, bytes: 4 * rows * (words + 1) },
    async setup(gpu) {
      const selection = bits(rows * words, 4);
      const cycles = gpu.empty('u32', [rows]);
      return {
        dispatches: [
          { launch: planBankCycles({ rows, keys, banks }), tensors: { selection: gpu.tensor(selection), cycles } },
        ],
        outputs: { cycles },
        check({ cycles: got }) {
          for (const row of samples(rows, 16)) {
            const counts = new Uint32Array(banks);
            for (let key = 0; key < keys; key++)
              counts[key % banks]! += (selection[row * words + (key >> 5)]! >>> (key & 31)) & 1;
            assert(
              got![row] === Math.max(...counts),
              `row ${row} takes ${got![row]} cycles, expected ${Math.max(...counts)}`,
            );
          }
        },
      };
    },
  };
}

/** Words of which about every fourth bit is set. */
function bits(count: number, salt: number): Uint32Array<ArrayBuffer> {
  const word = (i: number) => {
    let z = Math.imul(i + salt, 0x9e3779b1);
    z = Math.imul(z ^ (z >>> 15), 0x85ebca6b);
    return z ^ (z >>> 13);
  };
  return Uint32Array.from({ length: count }, (_, i) => word(2 * i) & word(2 * i + 1));
}
