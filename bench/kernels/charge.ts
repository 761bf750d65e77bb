import { type ChargeChoice, chargeModel, countVolts } from '../../src/device/charge-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { visibleKeys, visiblePairs } from '../../src/kernel/attend-problem.ts';
import { planChargeCells } from '../../src/kernel/charge-cells.ts';
import { type ChargeMvmProblem, planChargeMvm } from '../../src/kernel/charge-mvm.ts';
import { chargeOffsets, chargeParams, chargeWeights, weightsPerCell } from '../../src/kernel/charge-params.ts';
import { planChargeProgram, planeWords } from '../../src/kernel/charge-program.ts';
import { planChargeSelect } from '../../src/kernel/charge-select.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { chargeEstimateReference, upperNibble } from '../../src/reference/charge-mvm.ts';
import { randomWords, streams, toNormals } from '../../src/reference/rng.ts';
import { assert, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/** Sizes of a charge bench: one chip, one window, causal; `dim` is a multiple of 32. */
export interface ChargeSizes {
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
}

/** Arrays by their names in the table. `unsure` has codes wider than counts, so that every count is summed up cell by cell. */
const ways = {
  ideal: {},
  passive: { preset: 'charge-65nm' },
  bitplane: { preset: 'charge-65nm', combine: 'bitplane' },
  unsure: { preset: 'charge-65nm', combine: 'bitplane', conversionBits: 5 },
} as const satisfies Readonly<Record<string, ChargeChoice>>;

const seed = 5;

/** `charge-cells`: a word for each cell, and 4 operations from a draw to a capacitor and from that to its share. */
export function chargeCellsBench({ heads, dim }: { heads: number; dim: number }): BenchKernel {
  const model = chargeModel(ways.passive);
  const cells = heads * model.columns * dim * 4;
  return {
    name: 'charge-cells',
    sizes: { heads, dim },
    work: { flops: 4 * cells, randomWords: cells, bytes: 4 * cells },
    async setup(gpu) {
      const shares = unwritten(gpu, 'f32', [cells]);
      return {
        dispatches: [{ launch: planChargeCells({ chips: 1, heads, dim, model, seed }), tensors: { shares } }],
        outputs: { shares },
        check({ shares: got }) {
          // All shares of a line add up to what is not in its parasitic: dim, but for the line's own deviation.
          for (const line of samples(heads * model.columns * 4, 16)) {
            let sum = 0;
            for (let n = 0; n < dim; n++) sum += got![(Math.floor(line / 4) * dim + n) * 4 + (line % 4)]!;
            assert(Math.abs(sum / dim - 1) < 6 * model.capacitorMismatch, `line ${line} adds up to ${sum} of ${dim}`);
          }
        },
      };
    },
  };
}

/** `charge-program` for bitplane: a bit, its share and both deviations for every plane of a dimension, 6 operations. */
export function chargeProgramBench(sizes: ChargeSizes): BenchKernel {
  const { heads, tokens, dim } = sizes;
  const cells = heads * tokens * dim * 4;
  const columns = chargeModel(ways.bitplane).columns;
  return {
    name: 'charge-program',
    sizes: { heads, keys: tokens, dim },
    work: { flops: 6 * cells, bytes: heads * (tokens * (dim + 4 * planeWords(dim)) + columns * 16 * dim) + 4 * cells },
    async setup(gpu) {
      const array = await writtenArray(gpu, sizes, ways.bitplane);
      // The array was written once already: what the bench checks has to come from its own runs.
      const planes = unwritten(gpu, 'u32', array.planes.shape);
      const { launch, tensors } = array.program;
      return {
        dispatches: [{ launch, tensors: { ...tensors, planes } }],
        outputs: { planes },
        destroy: () => array.planes.destroy(),
        check({ planes }) {
          for (const row of samples(heads * tokens, 16)) {
            const sum = nibblesOf(array.k, row, dim).reduce((a, b) => a + b, 0);
            const facts = new Float32Array(planes!.slice(row * planeWords(dim), row * planeWords(dim) + 4).buffer);
            assert(facts[0] === sum, `key ${row} sums up to ${facts[0]}, expected ${sum}`);
          }
        },
      };
    },
  };
}

/**
 * `charge-mvm`: a pair takes `dim` multiply-adds, of nibbles where nothing can move a count, as in `ideal` and `bitplane`, and of f32
 * weights and with a word of noise in `passive`. In `unsure` each of 16 counts takes `dim` multiply-adds of f32, a word of noise
 * and 4 operations to be converted and weighted.
 */
export function chargeMvmBench(way: keyof typeof ways, sizes: ChargeSizes): BenchKernel {
  const { heads, tokens, dim } = sizes;
  const problem = problemOf(sizes, way);
  const pairs = heads * visiblePairs(problem);
  const stride = scoreStride(tokens);
  return {
    name: `charge-mvm-${way}`,
    sizes: { ...sizes },
    work: { ...pairWork(way, pairs, dim), bytes: inputBytes(problem) + 4 * pairs },
    async setup(gpu) {
      const array = await writtenArray(gpu, sizes, ways[way]);
      const estimates = unwritten(gpu, 'f32', [heads * tokens * stride]);
      const { q, planes, weights } = array;
      return {
        dispatches: [{ launch: planChargeMvm(problem), tensors: { q, planes, weights, estimates } }],
        outputs: { estimates, planes, weights },
        check({ estimates: got, ...written }) {
          const cells = { planes: written['planes'] as Uint32Array, weights: written['weights'] as Float32Array };
          // Sums of dim products of up to 64, and draws whose sine may be off by 2^-11.
          const error =
            way === 'passive' ? 8 * dim * 2 ** -18 + 5.9 * 2 ** -11 * chargeParams(problem.model, dim).sigma : 0;
          let [checked, wrong] = [0, 0];
          for (const row of samples(heads * tokens, 12)) {
            const expected = expectedRow(problem, array, row, cells);
            checked += expected.length;
            wrong += expected.filter((e, j) => !(Math.abs(got![row * stride + j]! - e) <= error)).length;
          }
          // Where mismatch and noise decide about codes, a few counts lie too near a code's limit for rounding to tell.
          const allowed = way === 'unsure' ? 0.02 * checked : 0;
          assert(wrong <= allowed, `${wrong} of ${checked} estimates are wrong`);
        },
        destroy: array.destroy,
      };
    },
  };
}

/** `charge-select`: as `charge-mvm`, and a comparison per pair, with a draw of its own unless numbers are compared; a bit per key is written. */
export function chargeSelectBench(way: 'ideal' | 'passive' | 'bitplane', sizes: ChargeSizes): BenchKernel {
  const { heads, tokens, dim } = sizes;
  const problem = problemOf(sizes, way);
  const pairs = heads * visiblePairs(problem);
  const words = selectionWords(tokens);
  const estimate = pairWork(way, pairs, dim);
  return {
    name: `charge-select-${way}`,
    sizes: { ...sizes },
    work: {
      ...estimate,
      flops: estimate.flops + pairs,
      randomWords: (estimate.randomWords ?? 0) + (way === 'passive' ? pairs : 0),
      bytes: inputBytes(problem) + 4 * heads * tokens * (words + 1),
    },
    async setup(gpu) {
      const array = await writtenArray(gpu, sizes, ways[way]);
      const { q, planes, weights } = array;
      const selection = unwritten(gpu, 'u32', [heads * tokens * words]);
      const counts = unwritten(gpu, 'u32', [heads * tokens]);
      const tensors = {
        ...{ q, planes, weights, selection, counts },
        scales: gpu.tensor(new Float32Array(3 * heads).fill(0.03)),
        thresholds: gpu.tensor(new Float32Array(heads).fill(threshold)),
        lengths: gpu.empty('u32', [1]),
      };
      return {
        dispatches: [{ launch: planChargeSelect(problem), tensors }],
        outputs: { selection, counts, planes, weights },
        check({ selection: got, counts: kept, ...written }) {
          const cells = { planes: written['planes'] as Uint32Array, weights: written['weights'] as Float32Array };
          for (const row of samples(heads * tokens, 12)) {
            const expected = expectedRow(problem, array, row, cells);
            const own = row % tokens;
            let total = 0;
            for (let j = 0; j < 32 * words; j++) {
              const bit = (got![row * words + (j >> 5)]! >>> (j & 31)) & 1;
              total += bit;
              // A passive comparison has errors of its own of some 5 + 4 units; the exact rule is tested elsewhere.
              const over = (expected[j] ?? Number.NEGATIVE_INFINITY) - limitOf(dim);
              if (j === own || Math.abs(over) > (way === 'passive' ? 40 : 1e-3))
                assert((bit === 1) === (j === own || over > 0), `row ${row}, key ${j} is ${bit}`);
            }
            assert(kept![row] === total, `row ${row} counts ${kept![row]}, not ${total}`);
          }
        },
        destroy: array.destroy,
      };
    },
  };
}

/** A threshold that keeps about a quarter of random operands, in score units at scales of 0.03; and as a limit on estimates. */
const threshold = 0.5;
const limitOf = (dim: number) => (threshold * Math.sqrt(dim)) / (256 * 0.03 ** 2);

function problemOf({ heads, tokens, dim }: ChargeSizes, way: keyof typeof ways): ChargeMvmProblem {
  const sizes = { headCount: heads, heads, windows: 1, queries: tokens, keys: tokens, dim, causal: true };
  return { ...sizes, model: chargeModel(ways[way]), seed };
}

function pairWork(way: keyof typeof ways, pairs: number, dim: number) {
  if (way === 'passive') return { flops: 2 * dim * pairs, randomWords: pairs };
  if (way === 'unsure') return { flops: 16 * (2 * dim + 4) * pairs, randomWords: 16 * pairs };
  return { flops: 0, byteOps: 2 * dim * pairs };
}

function inputBytes({ heads, queries, keys, dim, model }: ChargeMvmProblem): number {
  const weights = 4 * dim * weightsPerCell(chargeWeights(model));
  return heads * (queries * dim + keys * (4 * planeWords(dim) + weights));
}

/** Random operands with the keys written. */
async function writtenArray(gpu: Gpu, sizes: ChargeSizes, choice: ChargeChoice) {
  const { heads, tokens, dim } = sizes;
  const model = chargeModel(choice);
  const codes = (salt: number) =>
    Int8Array.from(normals(heads * tokens * dim, salt), (x) => Math.max(-127, Math.min(127, Math.round(32 * x))));
  const [q, k] = [codes(1), codes(2)];
  const cells = planChargeCells({ chips: 1, heads, dim, model, seed });
  const launch = planChargeProgram({ headCount: heads, heads, windows: 1, keys: tokens, dim, model });
  const tensors = {
    codes: gpu.tensor(new Uint32Array(k.buffer)),
    offsets: gpu.tensor(chargeOffsets(model, dim, { chips: 1, heads, seed })),
    shares: gpu.empty('f32', [cells.elements['shares']!]),
    planes: gpu.empty('u32', [launch.elements['planes']!]),
    weights: gpu.empty('f32', [launch.elements['weights']!]),
  };
  await gpu.batch().run(cells, { shares: tensors.shares }).run(launch, tensors).submit();
  return {
    ...{ k, qCodes: q, program: { launch, tensors }, planes: tensors.planes, weights: tensors.weights },
    q: gpu.tensor(new Uint32Array(q.buffer)),
    destroy: () => {
      for (const tensor of Object.values(tensors)) tensor.destroy();
    },
  };
}

/** Estimates of a row over the keys that it sees, in float64, from the cells that keys were written to. */
function expectedRow(
  problem: ChargeMvmProblem,
  { qCodes, k }: { readonly qCodes: Int8Array; readonly k: Int8Array },
  row: number,
  { planes, weights }: { readonly planes: Uint32Array; readonly weights: Float32Array },
): number[] {
  const { model, heads, queries: tokens, dim } = problem;
  const [head, query] = [Math.floor(row / tokens), row % tokens];
  const q = nibblesOf(qCodes, row, dim);
  const { sigma } = chargeParams(model, dim);
  const element = (head % heads) * (scoreStride(tokens) / 4);
  const draws = (place: number) => toNormals(randomWords(seed, 0, streams.capacitorNoise, place, query));
  return Array.from({ length: visibleKeys(problem, query) }, (_, j) => {
    const at = head * tokens + j;
    const key = nibblesOf(k, at, dim);
    if (model.combine === 'ideal') return chargeEstimateReference(model, q, key);
    if (model.combine === 'passive') {
      const product = q.reduce((sum, a, n) => sum + (a + 15 / 32) * weights[at * dim + n]!, 0);
      return product + sigma * draws(element + (j >> 2))[j & 3]!;
    }
    const shares = weights.subarray(4 * at * dim, 4 * (at + 1) * dim);
    const offset = new Float32Array(planes.buffer, planes.byteOffset)[at * planeWords(dim) + 1]!;
    const noise = [0, 1, 2, 3].map((p) => draws((element * 4 + j) * 4 + p));
    const eventV = (s: number, p: number) => countVolts(model, dim) * (offset + sigma * noise[p]![s]!);
    return chargeEstimateReference(model, q, key, { shares, eventV });
  });
}

const nibblesOf = (codes: Int8Array, row: number, dim: number) =>
  Array.from(codes.subarray(row * dim, (row + 1) * dim), upperNibble);
