import type { Gpu } from '../../src/gpu/gpu.ts';
import { attendLayout } from '../../src/kernel/attend-problem.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planPadRows, planQuantizeRows } from '../../src/kernel/quantize-rows.ts';
import { planScoreAttend, type ScoreAttendProblem } from '../../src/kernel/score-attend.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { quantizeReference } from '../../src/reference/attend.ts';
import { scoreAttendReference } from '../../src/reference/score-attend.ts';
import { assertClose, assertEqual, type KernelCase, normals, sentinel, unwritten } from '../support/kernel-case.ts';

type Sizes = Omit<ScoreAttendProblem, 'operandBits' | 'scale' | 'causal'>;

const shapes: readonly Sizes[] = [
  { heads: 2, queries: 1, keys: 1, dim: 1 },
  { heads: 1, queries: 63, keys: 31, dim: 31 },
  { heads: 3, queries: 64, keys: 32, dim: 32 },
  { heads: 2, queries: 65, keys: 33, dim: 40 },
  { heads: 2, queries: 20, keys: 70, dim: 128 },
  { heads: 2, queries: 50, keys: 70, dim: 64, queryFirst: 13, queryCount: 22 },
];

/** Attention with given scores, on float32 and 8-bit values. */
export const scoreAttendCases: readonly KernelCase[] = shapes.flatMap((sizes) =>
  ([32, 8] as const).map((operandBits) => ({
    name: `score-attend int${operandBits} ${JSON.stringify(sizes).replaceAll('"', '')}`.replace('int32', 'f32'),
    run: (gpu: Gpu) => compare(gpu, { ...sizes, operandBits, causal: false, scale: 1.7 }),
  })),
);

async function compare(gpu: Gpu, problem: ScoreAttendProblem): Promise<void> {
  const { heads, queries, keys, dim, operandBits, scale, queryFirst = 0, queryCount = queries - queryFirst } = problem;
  const stride = scoreStride(keys);
  const words = selectionWords(keys);
  const scores = normals(heads * queryCount * stride, 1);
  const v = normals(heads * keys * dim, 2);
  // Of every head, the first row keeps nothing, the second all it has and bits past the last key.
  const selection = Uint32Array.from(normals(heads * queries * words, 3), (x, i) => {
    const row = (Math.floor(i / words) % queries) - queryFirst;
    return row === 0 ? 0 : row === 1 ? 0xffffffff : (x * 2 ** 28) >>> 0;
  });
  const scales = Float32Array.from({ length: 3 * heads }, (_, i) => 0.6 + 0.1 * i);
  const { groups, rowElements } = attendLayout(problem);
  const packed = unwritten(gpu, operandBits === 8 ? 'u32' : 'f32', [heads * keys * rowElements]);
  const bound = {
    scores: gpu.tensor(scores),
    scales: gpu.tensor(scales),
    v: packed,
    selection: gpu.tensor(selection),
    out: unwritten(gpu, 'f32', [heads * queries * dim]),
  };
  const batch = gpu.batch();
  const x = gpu.tensor(v);
  if (operandBits === 32) batch.run(planPadRows({ rows: heads * keys, from: dim, to: rowElements }), { x, y: packed });
  else
    batch.run(planQuantizeRows({ heads, tokens: keys, dim, groups, operand: 'v' }), {
      x,
      packed,
      scales: bound.scales,
    });
  batch.run(planScoreAttend(problem), bound);
  const read = batch.read<Float32Array>(bound.out);
  await batch.submit();

  const { codes, scales: ownScales } = quantizeReference(v, heads);
  const values =
    operandBits === 32
      ? v
      : Float64Array.from(codes, (code, i) => code * ownScales[Math.floor((i * heads) / v.length)]!);
  const factors = Float64Array.from({ length: heads }, (_, h) => scale * scales[h]! * scales[heads + h]!);
  const bit = (h: number, i: number, j: number) =>
    ((selection[(h * queries + queryFirst + i) * words + (j >> 5)]! >>> (j & 31)) & 1) === 1;
  const expected = scoreAttendReference({ heads, queries: queryCount, keys, dim }, scores, factors, values, bit);
  // Scores of up to 6 are rounded, and exp is good to 2^-21 or so of them; sums of `keys` terms. 8-bit codes may round the other way.
  const tolerance = { absolute: operandBits === 8 ? 0.02 : (64 + keys) * 2 ** -22, relative: 1e-5 };
  for (let h = 0; h < heads; h++) {
    const own = read.values().subarray(h * queries * dim, (h + 1) * queries * dim);
    const part = own.subarray(queryFirst * dim, (queryFirst + queryCount) * dim);
    assertClose(part, expected.subarray(h * queryCount * dim, (h + 1) * queryCount * dim), tolerance, `head ${h}`);
    assertEqual(part.subarray(0, dim), new Float32Array(dim), 'the row that keeps nothing');
    const before = own.subarray(0, queryFirst * dim);
    assertEqual(before, new Float32Array(before.length).fill(sentinel.f32), 'rows before the part');
  }
}
