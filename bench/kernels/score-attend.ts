import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planScoreAttend } from '../../src/kernel/score-attend.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { quantizeReference } from '../../src/reference/attend.ts';
import { scoreAttendReference } from '../../src/reference/score-attend.ts';
import { assertClose, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/**
 * `score-attend`, f32 or int8, with every fourth key kept: a pair takes an exponential and `dim` multiply-adds. Rows of V are read per
 * pair, as in `gather-attend`, and a score with them.
 */
export function scoreAttendBench(sizes: {
  heads: number;
  queries: number;
  keys: number;
  dim: number;
  operandBits: 8 | 32;
}): BenchKernel {
  const { heads, queries, keys, dim, operandBits } = sizes;
  const words = selectionWords(keys);
  const rows = heads * queries;
  const pairs = (rows * keys) / 4;
  return {
    name: operandBits === 8 ? 'score-attend-int8' : 'score-attend',
    sizes: { heads, queries, keys, dim },
    work: {
      flops: 2 * dim * pairs,
      exponentials: pairs,
      bytes: pairs * ((operandBits / 8) * dim + 4) + 4 * rows * (words + dim),
    },
    async setup(gpu) {
      const stride = scoreStride(keys);
      const scores = normals(rows * stride, 1);
      const exact = normals(heads * keys * dim, 2);
      const scales = new Float32Array(3 * heads).fill(1);
      const coded = quantizeReference(exact, heads);
      if (operandBits === 8) scales.set(coded.scales, 2 * heads);
      const size = keys * dim;
      const v =
        operandBits === 8 ? Float64Array.from(coded.codes, (c, i) => c * coded.scales[Math.floor(i / size)]!) : exact;
      const kept = (row: number, key: number) => (key + row) % 4 === 0;
      const selection = new Uint32Array(rows * words);
      for (let row = 0; row < rows; row++)
        for (let key = 0; key < keys; key++)
          if (kept(row, key)) selection[row * words + (key >> 5)]! |= 1 << (key & 31);
      const out = unwritten(gpu, 'f32', [rows, dim]);
      const tensors = {
        scores: gpu.tensor(scores),
        scales: gpu.tensor(scales),
        v: gpu.tensor(operandBits === 8 ? new Uint32Array(coded.codes.buffer) : exact),
        selection: gpu.tensor(selection),
        out,
      };
      const launch = planScoreAttend({ heads, queries, keys, dim, operandBits, causal: false, scale: 1 });
      return {
        dispatches: [{ launch, tensors }],
        outputs: { out },
        check({ out: got }) {
          for (const row of samples(rows, 12)) {
            const head = Math.floor(row / queries);
            const expected = scoreAttendReference(
              { heads: 1, queries: 1, keys, dim },
              scores.subarray(row * stride, (row + 1) * stride),
              [1],
              v.subarray(head * size, (head + 1) * size),
              (_, __, key) => kept(row, key),
            );
            // Scores of up to 6 are rounded and exp is good to some 2^-21 of them; a sum of `keys` terms.
            const tolerance = { absolute: (64 + keys) * 2 ** -22, relative: 1e-5 };
            assertClose(got!.subarray(row * dim, (row + 1) * dim), expected, tolerance, `row ${row}`);
          }
        },
      };
    },
  };
}
