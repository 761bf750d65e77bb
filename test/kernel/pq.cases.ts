import { type CellModel, cellModel } from '../../src/device/cell.ts';
import { type WtaModel, wtaModel } from '../../src/device/time-domain.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { planKmeans } from '../../src/kernel/kmeans.ts';
import { codeWords, paddedCentroids, planPqEncode, subspaceDim } from '../../src/kernel/pq-encode.ts';
import { planPqScore } from '../../src/kernel/pq-score.ts';
import { columnMismatch } from '../../src/kernel/wta-params.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { type Codebook, encodeReference, scoreReference } from '../../src/reference/pq.ts';
import { assert, assertClose, type KernelCase, normals, phi, sentinel, unwritten } from '../support/kernel-case.ts';
import { books, conductances, nearTie, pack, type Sizes, tableOf } from './pq-data.ts';

const shapes: readonly Sizes[] = [
  { heads: 1, tokens: 1, dim: 4, subspaces: 1, centroids: 2 },
  { heads: 2, tokens: 67, dim: 64, subspaces: 8, centroids: 16 },
  { heads: 3, tokens: 77, dim: 40, subspaces: 8, centroids: 17 },
  { heads: 1, tokens: 30, dim: 7, subspaces: 3, centroids: 5 },
  { heads: 1, tokens: 257, dim: 64, subspaces: 16, centroids: 64 },
  { heads: 1, tokens: 20, dim: 32, subspaces: 6, centroids: 256 },
];

/** Product quantisation: codes, relevance and one step of k-means against the host's. */
export const pqCases: readonly KernelCase[] = [
  ...shapes.map((sizes) => ({ name: `pq ${describe(sizes)}`, run: (gpu: Gpu) => checkShape(gpu, sizes) })),
  {
    name: 'codes do not depend on how currents follow from scores',
    async run(gpu) {
      const sizes = shapes[1]!;
      const plain = await encode(gpu, sizes, normals(sizes.heads * sizes.tokens * sizes.dim, 7), books(sizes));
      const bent = await encode(gpu, sizes, normals(sizes.heads * sizes.tokens * sizes.dim, 7), books(sizes), {
        gain: 0.003,
        offset: 9,
      });
      assert(
        plain.codes.every((word, i) => word === bent.codes[i]),
        'codes changed with the current range',
      );
    },
  },
  {
    name: 'the code error rate under jitter follows the normal law of the gap',
    run: (gpu) =>
      checkFlips(
        gpu,
        { wta: wtaModel({ preset: 'ideal', jitter: 'thermal', capacitanceFf: 0.5 }) },
        5.754e-4 * Math.sqrt(100),
        'log',
      ),
  },
  {
    name: 'the code error rate under absolute read noise follows the normal law of the gap',
    run: (gpu) =>
      checkFlips(
        gpu,
        { cell: cellModel({ preset: 'ideal', readNoise: { absoluteUs: 0.5 } }) },
        0.5 * Math.SQRT2 * Math.sqrt(1 + 0.3 ** 2),
        'linear',
      ),
  },
  {
    name: 'pq-encode on a ramp: when winners arrive, and what columns charge',
    run: checkRamp,
  },
  {
    name: 'pq-encode on a ramp: jitter flips two codes by the law of its time',
    run: (gpu) =>
      checkFlips(
        gpu,
        { wta: wtaModel({ form: 'ramp', jitter: 'thermal', capacitanceFf: 0.0135 }) },
        // sqrt(kT / C) / Vth of the ramp, which spans 9 uA.
        9 * 5.754e-4 * Math.sqrt(50 / 0.0135),
        'linear',
      ),
  },
];

async function checkShape(gpu: Gpu, sizes: Sizes): Promise<void> {
  const { heads, tokens, dim, subspaces, centroids } = sizes;
  const x = normals(heads * tokens * dim, 7);
  const codebooks = books(sizes);
  const { codes, stats } = await encode(gpu, sizes, x, codebooks);
  const words = codeWords(subspaces);
  const rows: number[][] = [];
  for (let row = 0; row < heads * tokens; row++) {
    const vector = x.subarray(row * dim, (row + 1) * dim);
    const book = codebooks[Math.floor(row / tokens)]!;
    const expected = encodeReference(book, vector);
    const got = expected.map((_, m) => (codes[row * words + (m >> 2)]! >>> (8 * (m & 3))) & 255);
    got.forEach((code, m) => {
      if (code !== expected[m])
        assert(
          nearTie(book, vector, m, code, expected[m]!),
          `row ${row} sub-space ${m}: code ${code}, expected ${expected[m]}`,
        );
    });
    rows.push(got);
    for (let w = 0; w < words; w++) {
      const [sum, latest, charges, arrays] = stats.subarray((row * words + w) * 4, (row * words + w) * 4 + 4);
      const expectedArrays = Math.min(4, subspaces - 4 * w);
      assert(arrays === expectedArrays, `row ${row}: ${arrays} arrays, expected ${expectedArrays}`);
      assert(
        latest! <= sum! * (1 + 1e-6) &&
          sum! <= arrays * latest! * (1 + 1e-6) &&
          charges! >= arrays * 0.999 &&
          charges! <= arrays * centroids * 1.001,
        `row ${row}: times ${sum}, ${latest}, charges ${charges}`,
      );
    }
  }
  for (const rule of ['symmetric', 'match', 'asymmetric'] as const)
    await checkScores(gpu, sizes, rule, x, codebooks, rows);
  await checkKmeans(gpu, sizes, x, rows);
}

/** A ramp of 20 ns over 1 to 10 uA: the best column of a sub-space is passed first, and stops the rest. */
async function checkRamp(gpu: Gpu): Promise<void> {
  const sizes: Sizes = { heads: 2, tokens: 9, dim: 12, subspaces: 3, centroids: 5 };
  const x = normals(18 * 12, 7);
  const codebooks = books(sizes);
  const wta = wtaModel({ form: 'ramp', rampNs: 20, delayPs: 500 });
  const { codes, stats } = await encode(gpu, sizes, x, codebooks, { wta });
  const padded = paddedCentroids(5);
  for (let row = 0; row < 18; row++) {
    const book = codebooks[Math.floor(row / 9)]!;
    const times = [0, 1, 2].map((m) => {
      const code = (codes[row]! >>> (8 * m)) & 255;
      assert(code === encodeReference(book, x.subarray(row * 12, row * 12 + 12))[m], `row ${row}: code ${code}`);
      let score = 0;
      for (let r = 0; r < 4; r++) {
        const w = book.values[(m * 4 + r) * padded + code]!;
        score += x[row * 12 + m * 4 + r]! * w - w ** 2 / 2;
      }
      return (20 * (10 - Math.min(10, Math.max(1, 5 + score)))) / 9;
    });
    const sum = times.reduce((total, time) => total + time, 0);
    const expected = [sum + 1.5, Math.max(...times) + 0.5, 15 + (5 * sum) / 20, 3];
    assertClose(stats.subarray(4 * row, 4 * row + 4), expected, { absolute: 1e-4, relative: 1e-5 }, `row ${row}`);
  }
}

async function checkScores(
  gpu: Gpu,
  sizes: Sizes,
  rule: 'symmetric' | 'match' | 'asymmetric',
  x: Float32Array,
  codebooks: readonly Codebook[],
  codes: readonly number[][],
): Promise<void> {
  const { heads, tokens, dim, subspaces, centroids } = sizes;
  const packed = gpu.tensor(pack(codes, subspaces));
  const causal = tokens % 2 === 1;
  const stride = scoreStride(tokens);
  const first = Math.floor(tokens / 3);
  for (const [queryFirst, queryCount] of [
    [0, tokens],
    [first, tokens - first],
  ] as const) {
    const scores = unwritten(gpu, 'f32', [heads, queryCount, stride]);
    const launch = planPqScore({
      headCount: heads,
      heads,
      queries: tokens,
      queryFirst,
      queryCount,
      keys: tokens,
      causal,
      dim,
      subspaces,
      centroids,
      rule,
    });
    const batch = gpu.batch().run(launch, {
      q_codes: packed,
      k_codes: packed,
      table: gpu.tensor(tableOf(sizes, rule, codebooks)),
      ...('x' in launch.elements ? { x: gpu.tensor(x) } : {}),
      scores,
    });
    const read = batch.read<Float32Array>(scores);
    await batch.submit();
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < queryCount; i++) {
        const query = queryFirst + i;
        const row = h * tokens + query;
        const visible = causal ? query + 1 : tokens;
        const q = { codes: codes[row]!, x: x.subarray(row * dim, (row + 1) * dim) };
        const expected = Float64Array.from({ length: visible }, (_, j) =>
          scoreReference(rule, codebooks[h]!, q, codes[h * tokens + j]!),
        );
        const at = (h * queryCount + i) * stride;
        assertClose(
          read.values().subarray(at, at + visible),
          expected,
          { absolute: dim * 2 ** -20, relative: 1e-5 },
          `${rule} scores of row ${row}`,
        );
      }
    }
  }
}

async function checkKmeans(gpu: Gpu, sizes: Sizes, x: Float32Array, codes: readonly number[][]): Promise<void> {
  const { heads, tokens, dim, subspaces, centroids } = sizes;
  const subDim = subspaceDim(dim, subspaces);
  const padded = paddedCentroids(centroids);
  const columns = heads * subspaces * padded;
  const largest = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const { gather, centre } = planKmeans({ sets: 1, heads, tokens, dim, subspaces, centroids, largest });
  const book = gpu.tensor(new Float32Array(Math.ceil((subDim + 1) / 4) * 4 * columns).fill(0.25));
  const sums = gpu.empty('i32', [heads * subspaces, subDim + 1, padded]);
  const batch = gpu.batch();
  batch.run(gather, { x: gpu.tensor(x), codes: gpu.tensor(pack(codes, subspaces)), sums }).run(centre, { sums, book });
  const reads = [batch.read<Float32Array>(book), batch.read<Int32Array>(sums)] as const;
  await batch.submit();
  assert(
    reads[1].values().every((sum) => sum === 0),
    'sums are zero again for the next round',
  );
  for (let array = 0; array < heads * subspaces; array++) {
    const h = Math.floor(array / subspaces);
    const m = array % subspaces;
    for (let c = 0; c < centroids; c++) {
      const members = Array.from({ length: tokens }, (_, t) => h * tokens + t).filter((row) => codes[row]![m] === c);
      for (let r = 0; r < subDim; r++) {
        const d = m * subDim + r;
        const mean = d < dim ? members.reduce((sum, row) => sum + x[row * dim + d]!, 0) / members.length : 0;
        const got = reads[0].values()[r * columns + array * padded + c]!;
        const allowed = (2 * largest * tokens) / 2 ** 30 + 1e-6;
        assert(
          Math.abs(got - (members.length > 0 ? mean : 0.25)) <= allowed,
          `array ${array} centroid ${c} row ${r}: ${got}, expected ${mean}`,
        );
      }
    }
  }
}

interface Options {
  readonly gain?: number;
  readonly offset?: number;
  readonly cell?: CellModel;
  readonly wta?: WtaModel;
}

async function encode(gpu: Gpu, sizes: Sizes, x: Float32Array, codebooks: readonly Codebook[], options: Options = {}) {
  const { heads, tokens, dim, subspaces, centroids } = sizes;
  const { gain = 1, offset = 5, wta = wtaModel('ideal') } = options;
  const cell = { ...(options.cell ?? cellModel('ideal')), conductanceMinUs: 0, conductanceMaxUs: 1 };
  const padded = paddedCentroids(centroids);
  const columns = heads * subspaces * padded;
  const codes = unwritten(gpu, 'u32', [heads, tokens, codeWords(subspaces)]);
  const stats = unwritten(gpu, 'f32', [heads, tokens, codeWords(subspaces), 4]);
  const problem = {
    headCount: heads,
    heads,
    windows: 1,
    chips: 1,
    tokens,
    dim,
    subspaces,
    centroids,
    biasRows: 1,
    columns,
    columnBase: 0,
    arrayBase: 0,
    dacBits: 0,
    cell,
    wta,
    seed: 9,
  };
  const batch = gpu.batch().run(planPqEncode(problem), {
    x: gpu.tensor(x),
    ...differences(gpu, conductances(sizes, codebooks)),
    ranges: gpu.tensor(Float32Array.from({ length: heads * subspaces * 4 }, (_, i) => [1, gain, offset, 0][i % 4]!)),
    mismatch: gpu.tensor(columnMismatch(wta, columns, 1, 0, 9, 0)),
    codes,
    stats,
  });
  const reads = [batch.read<Uint32Array>(codes), batch.read<Float32Array>(stats)] as const;
  await batch.submit();
  assert(
    !reads[0].values().includes(sentinel.u32) && !reads[1].values().includes(Math.fround(sentinel.f32)),
    'every output was written',
  );
  return { codes: reads[0].values(), stats: reads[1].values() };
}

/** Two centroids whose scores differ by a small gap: the worse one wins with probability Phi(-gap / (sqrt 2 sigma)). */
async function checkFlips(gpu: Gpu, options: Options, sigma: number, law: 'log' | 'linear'): Promise<void> {
  const tokens = 20000;
  const sizes: Sizes = { heads: 1, tokens, dim: 1, subspaces: 1, centroids: 2 };
  const gap = law === 'log' ? 0.05 : 0.9;
  const x = new Float32Array(tokens).fill(0.3);
  // Scores are w x - w^2 / 2 through the bias row; bias values are overwritten to set the gap exactly.
  const book: Codebook = { dim: 1, subspaces: 1, centroids: 2, values: [0, 0, 0, 0] };
  const cell = { ...(options.cell ?? cellModel('ideal')), conductanceMinUs: 0, conductanceMaxUs: 1 };
  const wta = options.wta ?? wtaModel('ideal');
  const conductance = conductances(sizes, [book]);
  conductance[4] = gap;
  const codes = unwritten(gpu, 'u32', [1, tokens, 1]);
  const stats = unwritten(gpu, 'f32', [1, tokens, 1, 4]);
  const problem = {
    headCount: 1,
    heads: 1,
    windows: 1,
    chips: 1,
    tokens,
    dim: 1,
    subspaces: 1,
    centroids: 2,
    biasRows: 1,
    columns: 4,
    columnBase: 0,
    arrayBase: 0,
    dacBits: 0,
    cell,
    wta,
    seed: 4,
  };
  const batch = gpu.batch().run(planPqEncode(problem), {
    x: gpu.tensor(x),
    ...differences(gpu, conductance),
    ranges: gpu.tensor(Float32Array.of(1, 1, 5, 0)),
    mismatch: gpu.tensor(new Float32Array(4).fill(1)),
    codes,
    stats,
  });
  const read = batch.read<Uint32Array>(codes);
  await batch.submit();
  const wrong = read.values().filter((code) => code === 1).length;
  const distance = law === 'log' ? Math.log((5 + gap) / 5) : gap;
  const expected = tokens * phi(-distance / (Math.SQRT2 * sigma));
  assert(
    expected > 200 && Math.abs(wrong - expected) < 5 * Math.sqrt(expected),
    `${wrong} wrong codes of ${tokens}, expected ${expected.toFixed(0)}`,
  );
}

/** The array as the encoder reads it; the tests' noise does not depend on conductance, so that variances are not read. */
function differences(gpu: Gpu, values: Float32Array) {
  const difference = gpu.tensor(values);
  return { difference, variance: difference };
}

function describe({ heads, tokens, dim, subspaces, centroids }: Sizes): string {
  return `${heads} heads, ${tokens} tokens, dim ${dim}, ${subspaces} x ${centroids}`;
}
