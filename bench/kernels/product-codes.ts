import { type CellModel, cellModel } from '../../src/device/cell.ts';
import { type WtaModel, wtaModel } from '../../src/device/time-domain.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { planKmeans } from '../../src/kernel/kmeans.ts';
import { codeWords, planPqEncode } from '../../src/kernel/pq-encode.ts';
import { planPqScore, scoreLanes } from '../../src/kernel/pq-score.ts';
import { columnMismatch, wtaParams } from '../../src/kernel/wta-params.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { type Codebook, scoreReference } from '../../src/reference/pq.ts';
import { randomWords, streams, toNormals } from '../../src/reference/rng.ts';
import { assert, assertClose, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';
import type { Dispatch } from '../repeat.ts';

/** Sizes of product quantisation; sub-spaces divide the dimensions, and 4 divides centroids and sub-spaces. */
export interface CodeSizes {
  readonly heads: number;
  readonly tokens: number;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
}

/** What the noisy encoder adds: read noise in proportion to conductance, and columns with mismatch and thermal jitter. */
const noisyCell = { preset: 'ideal', conductanceMaxUs: 1, readNoise: { absoluteUs: 0.01 } } as const;
const noisyColumn = { preset: 'ideal', jitter: 'thermal', capacitorMismatch: 0.01 } as const;
/** Currents (uA) at score 0 and per unit of score, and the seed of all draws. */
const [offset, gain, seed] = [50, 1, 9];

/**
 * `pq-encode`: a column sums its sub-space's dimensions and a bias row, a multiply-add each. With noise it takes a second sum, of
 * squared inputs, that the columns of an array share, and two words: read noise and jitter.
 */
export function pqEncodeBench(sizes: CodeSizes & { readonly noisy: boolean }): BenchKernel {
  const { heads, tokens, dim, subspaces, centroids, noisy } = sizes;
  const subDim = dim / subspaces;
  const words = codeWords(subspaces);
  const columns = heads * subspaces * centroids;
  const decisions = heads * tokens * subspaces;
  const cell = cellModel(noisy ? noisyCell : { preset: 'ideal', conductanceMaxUs: 1 });
  const wta = wtaModel(noisy ? noisyColumn : 'ideal');
  return {
    name: noisy ? 'pq-encode-noisy' : 'pq-encode',
    sizes: { heads, tokens, dim, subspaces, centroids },
    work: {
      flops: 2 * decisions * (subDim + 1) * (centroids + (noisy ? 1 : 0)),
      randomWords: noisy ? 2 * decisions * centroids : 0,
      bytes: 4 * (heads * tokens * dim + columns * (subDim + 1) + heads * tokens * words * 5 + (noisy ? columns : 0)),
    },
    async setup(gpu) {
      const x = normals(heads * tokens * dim, 7);
      const weights = arrayOf(sizes);
      const mismatch = columnMismatch(wta, columns, 1, 0, seed, 0);
      const launch = planPqEncode({
        ...{ headCount: heads, heads, windows: 1, chips: 1, tokens, dim, subspaces, centroids, biasRows: 1, columns },
        ...{ columnBase: 0, arrayBase: 0, dacBits: 0, cell, wta, seed },
      });
      const difference = gpu.tensor(weights);
      const ranges = Float32Array.from({ length: heads * subspaces * 4 }, (_, i) => [1, gain, offset, 0][i % 4]!);
      const codes = unwritten(gpu, 'u32', [heads, tokens, words]);
      const stats = unwritten(gpu, 'f32', [heads, tokens, words, 4]);
      const tensors = {
        x: gpu.tensor(x),
        difference,
        variance: difference,
        ranges: gpu.tensor(ranges),
        mismatch: gpu.tensor(mismatch),
      };
      return {
        dispatches: [{ launch, tensors: { ...tensors, codes, stats } }],
        outputs: { codes },
        check({ codes: got }) {
          for (const row of samples(heads * tokens, 40)) {
            const arrivals = arrivalsOf(sizes, { weights, mismatch, x, cell, wta }, row);
            arrivals.forEach((times, m) => {
              const code = (got![row * words + (m >> 2)]! >>> (8 * (m & 3))) & 255;
              const first = Math.min(...times);
              // Two columns nearer than f32 (or sin and cos, with noise) can tell may come in either order.
              assert(
                times[code]! <= first * (1 + (noisy ? 1e-5 : 1e-6)),
                `row ${row} sub-space ${m}: code ${code} is not the first to arrive`,
              );
            });
          }
        },
      };
    },
  };
}

/**
 * `pq-score`, rule `symmetric`: a visible pair adds up one table entry per sub-space and is written. The table holds floats, or,
 * with `whole`, numbers of 8 bits.
 */
export function pqScoreBench(sizes: CodeSizes & { readonly causal: boolean; readonly whole?: boolean }): BenchKernel {
  const { heads, tokens, dim, subspaces, centroids, causal, whole = false } = sizes;
  const pairs = heads * (causal ? (tokens * (tokens + 1)) / 2 : tokens * tokens);
  const stride = scoreStride(tokens);
  return {
    name: whole ? 'pq-score-whole' : 'pq-score',
    sizes: { heads, tokens, dim, subspaces, centroids, causal },
    work: { flops: pairs * subspaces, bytes: heads * subspaces * (2 * tokens + 4 * centroids ** 2) + 4 * pairs },
    async setup(gpu) {
      const books = booksOf(sizes);
      const codes = codesOf(sizes);
      const table = new Float32Array(heads * subspaces * centroids * centroids);
      const subDim = dim / subspaces;
      for (let i = 0; i < table.length; i++) {
        const array = Math.floor(i / centroids ** 2);
        const { values } = books[Math.floor(array / subspaces)]!;
        for (let r = 0; r < subDim; r++) {
          const at = ((array % subspaces) * subDim + r) * centroids;
          table[i]! += values[at + (Math.floor(i / centroids) % centroids)]! * values[at + (i % centroids)]!;
        }
      }
      if (whole)
        for (const [i, value] of table.entries()) table[i] = Math.max(-127, Math.min(127, Math.round(8 * value)));
      const launch = planPqScore({
        ...(whole ? { largestEntry: 127 } : {}),
        lanes: scoreLanes(gpu),
        headCount: heads,
        heads,
        queries: tokens,
        keys: tokens,
        causal,
        dim,
        subspaces,
        centroids,
        rule: 'symmetric',
      });
      const packed = gpu.tensor(new Uint32Array(codes.buffer));
      const scores = unwritten(gpu, 'f32', [heads, tokens, stride]);
      const x: Record<string, Tensor> = whole ? {} : { x: gpu.empty('f32', [1]) };
      const tensors = { q_codes: packed, k_codes: packed, table: gpu.tensor(table), ...x, scores };
      const codesAt = (row: number) => [...codes.subarray(row * subspaces, (row + 1) * subspaces)];
      return {
        dispatches: [{ launch, tensors }],
        outputs: { scores },
        check({ scores: got }) {
          for (const row of samples(heads * tokens, 12)) {
            const head = Math.floor(row / tokens);
            const visible = causal ? (row % tokens) + 1 : tokens;
            const q = codesAt(row);
            const expected = Array.from({ length: visible }, (_, key) => {
              const k = codesAt(head * tokens + key);
              if (!whole) return scoreReference('symmetric', books[head]!, { codes: q, x: [] }, k);
              return q.reduce(
                (sum, a, m) => sum + table[((head * subspaces + m) * centroids + a) * centroids + k[m]!]!,
                0,
              );
            });
            assertClose(
              got!.subarray(row * stride, row * stride + visible),
              expected,
              { absolute: dim * 2 ** -20, relative: 1e-5 },
              `row ${row}`,
            );
          }
        },
      };
    },
  };
}

/** `kmeans`, what follows an assignment: every element is added to its centroid, every centroid divided by its count. */
export function kmeansBench(sizes: CodeSizes): BenchKernel {
  const { heads, tokens, dim, subspaces, centroids } = sizes;
  const subDim = dim / subspaces;
  const columns = heads * subspaces * centroids;
  return {
    name: 'kmeans',
    sizes: { heads, tokens, dim, subspaces, centroids },
    work: {
      flops: heads * tokens * dim + columns * subDim,
      bytes: 4 * heads * tokens * dim + heads * tokens * subspaces + 4 * columns * subDim,
    },
    async setup(gpu) {
      const x = normals(heads * tokens * dim, 7);
      const codes = codesOf(sizes);
      const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const { gather, centre } = planKmeans({ sets: 1, heads, tokens, dim, subspaces, centroids, largest });
      const sums = gpu.empty('i32', [heads * subspaces, subDim + 1, centroids]);
      const book = unwritten(gpu, 'f32', [Math.ceil((subDim + 1) / 4) * 4, columns]);
      return {
        dispatches: [
          { launch: gather, tensors: { x: gpu.tensor(x), codes: gpu.tensor(new Uint32Array(codes.buffer)), sums } },
          { launch: centre, tensors: { sums, book } },
        ] as readonly Dispatch[],
        outputs: { book },
        check({ book: got }) {
          for (const column of samples(columns, 12)) {
            const array = Math.floor(column / centroids);
            const [head, m] = [Math.floor(array / subspaces), array % subspaces];
            const rows = Array.from({ length: tokens }, (_, t) => head * tokens + t);
            const members = rows.filter((row) => codes[row * subspaces + m] === column % centroids);
            if (members.length === 0) continue;
            const means = Array.from({ length: subDim }, (_, r) =>
              members.reduce((sum, row) => sum + x[row * dim + m * subDim + r]! / members.length, 0),
            );
            const values = means.map((_, r) => got![r * columns + column]!);
            assertClose(
              values,
              means,
              { absolute: (2 * largest * tokens) / 2 ** 30 + 1e-6, relative: 0 },
              `centroid ${column}`,
            );
          }
        },
      };
    },
  };
}

interface EncodeInput {
  readonly weights: Float32Array;
  readonly mismatch: Float32Array;
  readonly x: Float32Array;
  readonly cell: CellModel;
  readonly wta: WtaModel;
}

/** Arrival time of every column of a token, by sub-space, in float64 with the draws that the shader makes. */
function arrivalsOf(sizes: CodeSizes, { weights, mismatch, x, cell, wta }: EncodeInput, row: number): number[][] {
  const { heads, tokens, dim, subspaces, centroids } = sizes;
  const subDim = dim / subspaces;
  const columns = heads * subspaces * centroids;
  const { charge, jitter } = wtaParams(wta);
  const event = row % tokens;
  return Array.from({ length: subspaces }, (_, m) =>
    Array.from({ length: centroids }, (__, c) => {
      const column = (Math.floor(row / tokens) * subspaces + m) * centroids + c;
      const normal = (stream: number) => toNormals(randomWords(seed, 0, stream, column >> 2, event))[column & 3]!;
      let sum = weights[subDim * columns + column]!;
      let squares = 1;
      for (let r = 0; r < subDim; r++) {
        const value = x[row * dim + m * subDim + r]!;
        sum += value * weights[r * columns + column]!;
        squares += value * value;
      }
      const { absoluteUs } = cell.readNoise;
      if (absoluteUs > 0) sum += Math.sqrt(2 * squares) * absoluteUs * normal(streams.readNoise);
      const current = Math.min(Math.max(offset + gain * sum, wta.currentMinUa), wta.currentMaxUa);
      return jitter > 0
        ? (charge / current) * mismatch[column]! * (1 + jitter * normal(streams.wtaJitter))
        : charge / current;
    }),
  );
}

function booksOf({ heads, dim, subspaces, centroids }: CodeSizes): Codebook[] {
  return Array.from({ length: heads }, (_, h) => ({
    dim,
    subspaces,
    centroids,
    values: normals(dim * centroids, 20 + h),
  }));
}

/** Some code for every token and sub-space. */
function codesOf({ heads, tokens, subspaces, centroids }: CodeSizes): Uint8Array<ArrayBuffer> {
  const hash = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 16;
  return Uint8Array.from({ length: heads * tokens * subspaces }, (_, i) => hash(i) % centroids);
}

/** Codebooks as conductance differences: a unit of weight is a unit of conductance, the bias row -|w|^2 / 2 is last. */
function arrayOf(sizes: CodeSizes): Float32Array {
  const { heads, dim, subspaces, centroids } = sizes;
  const subDim = dim / subspaces;
  const columns = heads * subspaces * centroids;
  const out = new Float32Array(Math.ceil((subDim + 1) / 4) * 4 * columns);
  booksOf(sizes).forEach(({ values }, h) => {
    for (let i = 0; i < values.length; i++) {
      const [d, c] = [Math.floor(i / centroids), i % centroids];
      const column = (h * subspaces + Math.floor(d / subDim)) * centroids + c;
      out[(d % subDim) * columns + column] = values[i]!;
      out[subDim * columns + column]! -= values[i]! ** 2 / 2;
    }
  });
  return out;
}
