import type { Gpu } from '../../src/gpu/gpu.ts';
import { attendLayout } from '../../src/kernel/attend-problem.ts';
import { planDenseAttend } from '../../src/kernel/dense-attend.ts';
import { planPadRows, planQuantizeRows } from '../../src/kernel/quantize-rows.ts';
import { planSpanAttend, type SpanAttendProblem } from '../../src/kernel/span-attend.ts';
import { quantizeReference } from '../../src/reference/attend.ts';
import { spanAttendReference, spanCountersReference } from '../../src/reference/span-attend.ts';
import { assertClose, assertEqual, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

interface Problem extends Omit<SpanAttendProblem, 'operandBits'> {
  /** The rows of q are the keys too. */
  readonly sharedQk?: boolean;
}
type Sizes = Omit<Problem, 'heads'>;

const shapes: readonly Sizes[] = [
  { sequences: 1, queries: 1, keys: 1, dim: 4, causal: true, spans: [1] },
  { sequences: 2, queries: 63, keys: 63, dim: 32, causal: true, spans: [1, 2, 63, 64] },
  { sequences: 1, queries: 64, keys: 64, dim: 40, causal: false, spans: [1, 2, 31, 64, 1000] },
  { sequences: 2, queries: 65, keys: 65, dim: 64, causal: true, spans: [3, 32, 65], tileQueries: 16 },
  { sequences: 1, queries: 130, keys: 130, dim: 7, causal: false, spans: [5, 33], tileQueries: 64 },
  { sequences: 1, queries: 33, keys: 129, dim: 64, causal: true, spans: [4, 97, 98, 200], tileQueries: 7 },
  { sequences: 2, queries: 5, keys: 70, dim: 97, causal: false, spans: [1, 40], tileQueries: 2 },
  { sequences: 1, queries: 20, keys: 20, dim: 128, causal: false, spans: [6], sharedQk: true },
  { sequences: 2, queries: 70, keys: 70, dim: 16, causal: true, spans: [9, 100], sharedQk: true },
];

/** Attention within spans, float32 and 8-bit, with what it counts. */
export const spanAttendCases: readonly KernelCase[] = [
  ...shapes.map((sizes) => ({
    name: `span-attend ${describe(sizes)}`,
    run: (gpu: Gpu) => checkShape(gpu, { ...sizes, heads: sizes.sequences * sizes.spans.length }),
  })),
  {
    name: 'span-attend with spans as long as the tokens is dense attention',
    async run(gpu) {
      for (const causal of [true, false]) {
        const sizes = { sequences: 1, heads: 2, queries: 90, keys: 90, dim: 32, causal, spans: [90, 2 ** 32 - 1] };
        const data = operands(sizes);
        for (const bits of [8, 32] as const) {
          const { out } = await attend(gpu, sizes, bits, data);
          assertClose(out, await densely(gpu, sizes, bits, data), tolerance(sizes), `${bits} bits, causal ${causal}`);
        }
      }
    },
  },
  {
    name: 'span-attend does not see an outlier right behind the window',
    async run(gpu) {
      const sizes = { sequences: 1, heads: 1, queries: 2, keys: 9, dim: 8, causal: true, spans: [4] };
      const data = operands(sizes);
      const before = await attend(gpu, sizes, 32, data);
      // Tokens 7 and 8 ask and see 4 to 8; a lane that walks with others may pass over 0 to 3.
      for (const x of [data.k, data.v]) x.fill(1e30, 0, 4 * 8);
      for (const lockstep of [1, 32]) {
        const { out } = await attend(gpu, { ...sizes, lockstep }, 32, data);
        assertEqual(out, before.out, `output of ${lockstep} lanes together`);
      }
    },
  },
];

async function checkShape(gpu: Gpu, problem: Problem): Promise<void> {
  const { heads, tileQueries = problem.queries } = problem;
  const data = operands(problem);
  const expected = spanAttendReference(problem, data.q, data.k, data.v);
  const counters = spanCountersReference(problem, tileQueries);
  const exact = [data.q, data.k, data.v].map((x) => dequantised(x, heads)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const expected8 = spanAttendReference(problem, ...exact);
  // A pipeline of many dimensions takes a software adapter seconds.
  for (const lockstep of problem.dim > 64 ? [1] : problem.dim > 32 ? [1, 32] : [1, 8, 32]) {
    const walk = { ...problem, lockstep };
    const f32 = await attend(gpu, walk, 32, data);
    assertClose(f32.out, expected, tolerance(problem), `f32, ${lockstep} lanes together`);
    assertEqual(f32.counts, counters, `counts, ${lockstep} lanes together`);
    const int8 = await attend(gpu, walk, 8, data);
    // One code may round the other way on another adapter: 1/127 of the largest magnitude in one of `dim` products.
    assertClose(int8.out, expected8, { absolute: 0.02, relative: 0 }, `int8, ${lockstep} lanes together`);
    assertEqual(int8.counts, counters, `counts at 8 bits, ${lockstep} lanes together`);
  }
}

/** Rounding of `dim` products in a score of size s moves a probability by s * dim * 2^-24 relative; outputs are of size 1. */
function tolerance({ dim, keys }: Problem): { absolute: number; relative: number } {
  return { absolute: 4 * (dim + Math.sqrt(keys) + 16) * 2 ** -24 * 4, relative: 1e-5 };
}

function operands({ heads, queries, keys, dim, sharedQk }: Problem) {
  const q = normals(heads * queries * dim, 11);
  const v = normals(heads * keys * dim, 13);
  return { q, k: sharedQk ? q : normals(heads * keys * dim, 12), v };
}

function dequantised(x: Float32Array, heads: number): Float64Array {
  const { codes, scales } = quantizeReference(x, heads);
  return Float64Array.from(codes, (code, i) => code * scales[Math.floor((i * heads) / x.length)]!);
}

type Operands = ReturnType<typeof operands>;

async function attend(gpu: Gpu, problem: Problem, operandBits: 8 | 32, data: Operands) {
  const { heads, queries, dim, sharedQk } = problem;
  const batch = gpu.batch();
  const { q, k, ...rest } = packed(gpu, batch, problem, operandBits, data);
  const out = unwritten(gpu, 'f32', [heads, queries, dim]);
  const counts = unwritten(gpu, 'u32', [heads, queries, 4]);
  const spans = gpu.tensor(Uint32Array.from(problem.spans));
  const tensors = { q, k: sharedQk ? q : k, ...rest, spans, out, counts };
  batch.run(planSpanAttend({ ...problem, operandBits }), tensors);
  const read = { out: batch.read<Float32Array>(out), counts: batch.read<Uint32Array>(counts) };
  await batch.submit();
  return { out: read.out.values(), counts: read.counts.values() };
}

async function densely(gpu: Gpu, problem: Problem, operandBits: 8 | 32, data: Operands): Promise<Float32Array> {
  const batch = gpu.batch();
  const out = unwritten(gpu, 'f32', [problem.heads, problem.queries, problem.dim]);
  batch.run(planDenseAttend({ ...problem, operandBits }), { ...packed(gpu, batch, problem, operandBits, data), out });
  const read = batch.read<Float32Array>(out);
  await batch.submit();
  return read.values();
}

function packed(gpu: Gpu, batch: ReturnType<Gpu['batch']>, problem: Problem, operandBits: 8 | 32, data: Operands) {
  const { heads, queries, keys, dim } = problem;
  const { groups, rowElements } = attendLayout({ ...problem, operandBits });
  const scales = gpu.empty('f32', [3, heads]);
  const rows = (operand: 'q' | 'k' | 'v') => {
    const tokens = operand === 'q' ? queries : keys;
    const x = gpu.tensor(data[operand]);
    const y = unwritten(gpu, operandBits === 8 ? 'u32' : 'f32', [heads * tokens * rowElements]);
    if (operandBits === 32) batch.run(planPadRows({ rows: heads * tokens, from: dim, to: rowElements }), { x, y });
    else batch.run(planQuantizeRows({ heads, tokens, dim, groups, operand }), { x, packed: y, scales });
    return y;
  };
  return { q: rows('q'), k: rows('k'), v: rows('v'), ...(operandBits === 8 ? { scales } : {}) };
}

function describe({ sequences, queries, keys, dim, causal, spans, sharedQk }: Sizes): string {
  const sizes = `${sequences} sequences, ${queries} queries, ${keys} keys, dim ${dim}, spans ${[...(spans as number[])]}`;
  return `${sizes}${causal ? ', causal' : ''}${sharedQk ? ', keys are queries' : ''}`;
}
