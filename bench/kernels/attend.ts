import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { type AttendProblem, visibleKeys, visiblePairs } from '../../src/kernel/attend-problem.ts';
import { planDenseAttend } from '../../src/kernel/dense-attend.ts';
import { type DenseAttendVariant, denseAttendVariants } from '../../src/kernel/dense-attend-variant.ts';
import { planGatherAttend, selectionWords } from '../../src/kernel/gather-attend.ts';
import { type GatherAttendVariant, gatherAttendVariants } from '../../src/kernel/gather-attend-variant.ts';
import { attendReference, quantizeReference } from '../../src/reference/attend.ts';
import { assertClose, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/** Sizes of an attention bench; `dim` is a multiple of 32, so that rows need no padding. */
export type AttendSizes = Omit<AttendProblem, 'scale'>;

/**
 * `dense-attend`, f32 in one of its variants or int8. A visible pair takes a product of `dim` terms and as many multiply-adds into the output: 4 dim
 * operations and one exponential. At 8 bits the first half is integer work; probabilities stay f32.
 */
export function denseAttendBench(sizes: AttendSizes & { readonly variant?: DenseAttendVariant }): BenchKernel {
  const { heads, queries, keys, dim, causal, operandBits, variant = 'pair' } = sizes;
  return {
    name: operandBits === 8 ? 'dense-attend-int8' : variant === 'pair' ? 'dense-attend' : `dense-attend-${variant}`,
    available: (gpu) => denseAttendVariants(gpu).includes(variant),
    sizes: { heads, queries, keys, dim, causal },
    work: {
      ...pairWork(sizes, heads * visiblePairs(sizes)),
      bytes: (operandBits / 8) * heads * (queries + 2 * keys) * dim + outBytes(sizes),
    },
    async setup(gpu) {
      const { tensors, expectedRow } = operands(gpu, sizes);
      return {
        dispatches: [{ launch: planDenseAttend(sizes), tensors }],
        outputs: { out: tensors['out']! },
        check: ({ out }) => checkRows(sizes, out as Float32Array, (row) => expectedRow(row, visible(sizes, row))),
      };
    },
  };
}

/**
 * `gather-attend`, f32 in one of its ways or int8, with `keep` keys a query. The rows of K and V that a query keeps are its own: they are read per
 * pair, since nothing says that two queries share them.
 */
export function gatherAttendBench(
  sizes: AttendSizes & { readonly keep: number; readonly variant?: GatherAttendVariant },
): BenchKernel {
  const { heads, queries, keys, dim, operandBits, keep, variant = 'gather' } = sizes;
  const words = selectionWords(keys);
  const pairs = heads * queries * keep;
  const gathered = (operandBits / 8) * 2 * dim * pairs;
  return {
    name: `gather-attend${operandBits === 8 ? '-int8' : variant === 'gather' ? '' : `-${variant}`}`,
    available: (gpu) => gatherAttendVariants(gpu).includes(variant),
    sizes: { heads, queries, keys, dim, keep },
    work: {
      ...pairWork(sizes, pairs),
      bytes: gathered + (operandBits / 8) * heads * queries * dim + 4 * heads * queries * words + outBytes(sizes),
    },
    async setup(gpu) {
      const { tensors, expectedRow } = operands(gpu, sizes);
      const mask = new Uint32Array(heads * queries * words);
      const kept = (row: number) => keptKeys(row, keys, keep);
      for (let row = 0; row < heads * queries; row++)
        for (const key of kept(row)) mask[row * words + (key >> 5)]! |= 1 << (key & 31);
      return {
        dispatches: [
          {
            launch: planGatherAttend(sizes),
            tensors: { ...tensors, selection: gpu.tensor(mask, [mask.length], 'selection') },
          },
        ],
        outputs: { out: tensors['out']! },
        check: ({ out }) => checkRows(sizes, out as Float32Array, (row) => expectedRow(row, kept(row))),
      };
    },
  };
}

/** Operations and exponentials of some pairs. */
export function pairWork({ dim, operandBits }: AttendSizes, pairs: number) {
  const half = 2 * dim * pairs;
  return operandBits === 8
    ? { flops: half, byteOps: half, exponentials: pairs }
    : { flops: 2 * half, exponentials: pairs };
}

/** Bytes of the output. */
export const outBytes = ({ heads, queries, dim }: AttendSizes) => 4 * heads * queries * dim;

/** Keys of a row in steps that differ from row to row and share no factor with a power of two, so that all are distinct. */
function keptKeys(row: number, keys: number, keep: number): readonly number[] {
  if ((keys & (keys - 1)) !== 0) throw new Error(`${keys} keys are no power of two`);
  const step = 2 * ((row * 7919) % keys) + 1;
  return Array.from({ length: keep }, (_, i) => (row * 31 + i * step) % keys).sort((a, b) => a - b);
}

function visible(sizes: AttendSizes, row: number): readonly number[] {
  return Array.from({ length: visibleKeys(sizes, row % sizes.queries) }, (_, key) => key);
}

/** Random operands on the device, packed as the kernels read them, and a row of the output by the reference. */
export function operands(gpu: Gpu, sizes: AttendSizes) {
  const { heads, queries, keys, dim, operandBits } = sizes;
  if (dim % 32 !== 0) throw new Error(`dim ${dim} is no multiple of 32`);
  const exact = {
    q: normals(heads * queries * dim, 11),
    k: normals(heads * keys * dim, 12),
    v: normals(heads * keys * dim, 13),
  };
  const out = unwritten(gpu, 'f32', [heads, queries, dim]);
  const tensors: Record<string, Tensor> = { out };
  const values: Record<string, ArrayLike<number>> = { ...exact };
  if (operandBits === 8) {
    const parts = Object.entries(exact).map(([name, x]) => [name, quantizeReference(x, heads)] as const);
    for (const [name, { codes, scales }] of parts) {
      tensors[name] = gpu.tensor(new Uint32Array(codes.buffer), [codes.length / 4], name);
      values[name] = Float64Array.from(codes, (code, i) => code * scales[Math.floor((i * heads) / codes.length)]!);
    }
    tensors['scales'] = gpu.tensor(
      Float32Array.from(parts.flatMap(([, { scales }]) => [...scales])),
      [3, heads],
      'scales',
    );
  } else {
    for (const [name, x] of Object.entries(exact)) tensors[name] = gpu.tensor(x, [x.length], name);
  }
  const rowOf = (name: string, row: number) =>
    Array.prototype.slice.call(values[name], row * dim, (row + 1) * dim) as number[];
  /** Output of a row over a list of keys, by the reference for one head and one query. */
  const expectedRow = (row: number, list: readonly number[]) => {
    const head = Math.floor(row / queries);
    const own = { heads: 1, queries: 1, keys: list.length, dim, causal: false };
    const gather = (name: string) => list.flatMap((key) => rowOf(name, head * keys + key));
    return attendReference(own, rowOf('q', row), gather('k'), gather('v'));
  };
  return { tensors, expectedRow };
}

/** Fails unless sampled rows of the output are what the reference says. */
export function checkRows(sizes: AttendSizes, out: Float32Array, expectedRow: (row: number) => Float64Array): void {
  const { heads, queries, keys, dim, operandBits } = sizes;
  // Rounding of `dim` products in a score of size s moves a probability by s * dim * 2^-24 relative; outputs are of size 1.
  const f32 = { absolute: 16 * (dim + Math.sqrt(keys) + 16) * 2 ** -24, relative: 1e-5 };
  // One code may round the other way: 1/127 of the largest magnitude in one of `dim` products.
  const tolerance = operandBits === 8 ? { absolute: 0.02, relative: 0 } : f32;
  for (const row of samples(heads * queries, 12)) {
    assertClose(out.subarray(row * dim, (row + 1) * dim), expectedRow(row), tolerance, `row ${row}`);
  }
}
