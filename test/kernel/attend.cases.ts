import type { Batch } from '../../src/gpu/batch.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { type AttendProblem, attendLayout, visibleKeys } from '../../src/kernel/attend-problem.ts';
import { planDenseAttend } from '../../src/kernel/dense-attend.ts';
import { type DenseAttendVariant, denseAttendVariants } from '../../src/kernel/dense-attend-variant.ts';
import { planGatherAttend, selectionWords } from '../../src/kernel/gather-attend.ts';
import { type GatherAttendVariant, gatherAttendVariants } from '../../src/kernel/gather-attend-variant.ts';
import { planPadRows, planQuantizeRows } from '../../src/kernel/quantize-rows.ts';
import { attendReference, quantizeReference } from '../../src/reference/attend.ts';
import { assert, assertClose, assertEqual, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

type Sizes = Omit<AttendProblem, 'operandBits'>;

const shapes: readonly Sizes[] = [
  { heads: 2, queries: 1, keys: 1, dim: 4, causal: true },
  { heads: 1, queries: 31, keys: 31, dim: 32, causal: true },
  { heads: 3, queries: 77, keys: 77, dim: 40, causal: true },
  { heads: 3, queries: 77, keys: 77, dim: 40, causal: false },
  { heads: 1, queries: 32, keys: 35, dim: 1, causal: true },
  { heads: 2, queries: 33, keys: 129, dim: 64, causal: true },
  { heads: 2, queries: 130, keys: 65, dim: 7, causal: false },
  { heads: 1, queries: 64, keys: 64, dim: 128, causal: true },
  { heads: 1, queries: 20, keys: 32, dim: 97, causal: false },
];

/** Dense and gathered attention, float32 and 8-bit. */
export const attendCases: readonly KernelCase[] = [
  ...shapes.map((sizes) => ({ name: `attend ${describe(sizes)}`, run: (gpu: Gpu) => checkShape(gpu, sizes) })),
  {
    name: 'a row that keeps nothing gives zeros, bits past the last key count for nothing',
    async run(gpu) {
      const sizes: Sizes = { heads: 1, queries: 3, keys: 20, dim: 8, causal: false };
      const data = operands(sizes);
      const dense = attendReference(sizes, data.q, data.k, data.v);
      for (const variant of gatherAttendVariants(gpu)) {
        const out = await gathered(gpu, sizes, 32, data, Uint32Array.of(0, 0xfff00000, 0xffffffff), variant);
        assertEqual(out.subarray(0, 16), new Float32Array(16), `${variant}: empty rows`);
        assertClose(out.subarray(16), dense.subarray(16), tolerance(sizes), `${variant}: full row`);
      }
    },
  },
  {
    name: 'groups of keys that no query keeps are not read',
    async run(gpu) {
      const sizes: Sizes = { heads: 1, queries: 16, keys: 80, dim: 8, causal: false };
      const mask = Uint32Array.from({ length: 48 }, (_, i) => (i % 3 === 1 ? 0 : 0xf0f0 << Math.floor(i / 3)));
      const kept = (_: number, i: number, j: number) => ((mask[3 * i + (j >> 5)]! >>> (j & 31)) & 1) === 1;
      const data = operands(sizes);
      const expected = attendReference(sizes, data.q, data.k, data.v, kept);
      for (const x of [data.k, data.v]) x.fill(Number.NaN, 32 * 8, 64 * 8);
      for (const variant of gatherAttendVariants(gpu))
        assertClose(await gathered(gpu, sizes, 32, data, mask, variant), expected, tolerance(sizes), variant);
    },
  },
  {
    name: 'an outlier key that is masked out contributes exactly nothing',
    async run(gpu) {
      const sizes: Sizes = { heads: 1, queries: 2, keys: 40, dim: 8, causal: false };
      const mask = Uint32Array.of(0xfffffffe, 0xff, 0xfffffffe, 0xff);
      for (const variant of gatherAttendVariants(gpu)) {
        const data = operands(sizes);
        const before = await gathered(gpu, sizes, 32, data, mask, variant);
        data.k.fill(1e30, 0, 8);
        data.v.fill(1e30, 0, 8);
        assertEqual(await gathered(gpu, sizes, 32, data, mask, variant), before, variant);
      }
    },
  },
];

async function checkShape(gpu: Gpu, sizes: Sizes): Promise<void> {
  const data = operands(sizes);
  const full = visibleMask(sizes);
  const some = full.map((word, i) => word & (i % 2 ? 0x5a3c96f1 : 0xa7e1b35d));
  const bit = (mask: Uint32Array) => (h: number, i: number, j: number) =>
    ((mask[(h * sizes.queries + i) * selectionWords(sizes.keys) + (j >> 5)]! >>> (j & 31)) & 1) === 1;
  const allowed = tolerance(sizes);

  const expected = attendReference(sizes, data.q, data.k, data.v);
  for (const variant of denseAttendVariants(gpu))
    assertClose(await densely(gpu, sizes, 32, data, variant), expected, allowed, `dense f32, ${variant}`);
  const few = attendReference(sizes, data.q, data.k, data.v, bit(some));
  // Masking in rows of 128 dimensions takes seconds to compile, and its text is that of the dense variant above.
  for (const variant of gatherAttendVariants(gpu).filter((way) => sizes.dim <= 64 || !way.startsWith('masked')))
    assertClose(await gathered(gpu, sizes, 32, data, some, variant), few, allowed, `kept keys f32, ${variant}`);

  const dense8 = await densely(gpu, sizes, 8, data);
  const gathered8 = await gathered(gpu, sizes, 8, data, full);
  assertEqual(gathered8, dense8, 'gathered int8 under a full mask against dense int8');
  const q8 = dequantised(data.q, sizes.heads);
  const k8 = dequantised(data.k, sizes.heads);
  const v8 = dequantised(data.v, sizes.heads);
  // One code may round the other way on another adapter: 1/127 of the largest magnitude in one of `dim` products.
  const loose = { absolute: 0.02, relative: 0 };
  assertClose(dense8, attendReference(sizes, q8, k8, v8), loose, 'dense int8');
  assertClose(
    await gathered(gpu, sizes, 8, data, some),
    attendReference(sizes, q8, k8, v8, bit(some)),
    loose,
    'gathered int8',
  );
}

/** Rounding of `dim` products in a score of size s moves a probability by s * dim * 2^-24 relative; outputs are of size 1. */
function tolerance({ dim, keys }: Sizes): { absolute: number; relative: number } {
  return { absolute: 4 * (dim + Math.sqrt(keys) + 16) * 2 ** -24 * 4, relative: 1e-5 };
}

function operands({ heads, queries, keys, dim }: Sizes): { q: Float32Array; k: Float32Array; v: Float32Array } {
  return {
    q: normals(heads * queries * dim, 11),
    k: normals(heads * keys * dim, 12),
    v: normals(heads * keys * dim, 13),
  };
}

function visibleMask(sizes: Sizes): Uint32Array {
  const words = selectionWords(sizes.keys);
  const mask = new Uint32Array(sizes.heads * sizes.queries * words);
  for (let row = 0; row < sizes.heads * sizes.queries; row++) {
    const visible = visibleKeys(sizes, row % sizes.queries);
    for (let j = 0; j < visible; j++) mask[row * words + (j >> 5)]! |= 1 << (j & 31);
  }
  return mask;
}

function dequantised(x: Float32Array, heads: number): Float64Array {
  const { codes, scales } = quantizeReference(x, heads);
  return Float64Array.from(codes, (code, i) => code * scales[Math.floor((i * heads) / x.length)]!);
}

async function densely(
  gpu: Gpu,
  sizes: Sizes,
  bits: 8 | 32,
  data: ReturnType<typeof operands>,
  variant?: DenseAttendVariant,
): Promise<Float32Array> {
  return attend(gpu, sizes, bits, data, (batch, tensors) => {
    batch.run(planDenseAttend({ ...sizes, operandBits: bits, ...(variant && { variant }) }), tensors);
  });
}

async function gathered(
  gpu: Gpu,
  sizes: Sizes,
  bits: 8 | 32,
  data: ReturnType<typeof operands>,
  mask: Uint32Array,
  variant?: GatherAttendVariant,
): Promise<Float32Array> {
  return attend(gpu, sizes, bits, data, (batch, tensors) => {
    const launch = planGatherAttend({ ...sizes, operandBits: bits, ...(variant && { variant }) });
    batch.run(launch, { ...tensors, selection: gpu.tensor(mask) });
  });
}

async function attend(
  gpu: Gpu,
  sizes: Sizes,
  operandBits: 8 | 32,
  data: ReturnType<typeof operands>,
  record: (batch: Batch, tensors: Readonly<Record<string, Tensor>>) => void,
): Promise<Float32Array> {
  const { heads, queries, keys, dim } = sizes;
  const { groups, rowElements } = attendLayout({ ...sizes, operandBits });
  const batch = gpu.batch();
  const scales = gpu.empty('f32', [3, heads]);
  const packed = (['q', 'k', 'v'] as const).map((operand) => {
    const tokens = operand === 'q' ? queries : keys;
    const x = gpu.tensor(data[operand]);
    const rows = unwritten(gpu, operandBits === 8 ? 'u32' : 'f32', [heads * tokens * rowElements]);
    if (operandBits === 8)
      batch.run(planQuantizeRows({ heads, tokens, dim, groups, operand }), { x, packed: rows, scales });
    else batch.run(planPadRows({ rows: heads * tokens, from: dim, to: rowElements }), { x, y: rows });
    return rows;
  });
  const out = unwritten(gpu, 'f32', [heads, queries, dim]);
  const tensors = { q: packed[0]!, k: packed[1]!, v: packed[2]!, out, ...(operandBits === 8 ? { scales } : {}) };
  record(batch, tensors);
  const read = batch.read<Float32Array>(out);
  await batch.submit();
  assert(read.values().length === heads * queries * dim, 'output size');
  return read.values();
}

function describe({ heads, queries, keys, dim, causal }: Sizes): string {
  return `${heads} heads, ${queries} queries, ${keys} keys, dim ${dim}${causal ? ', causal' : ''}`;
}
