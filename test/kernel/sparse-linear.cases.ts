import type { Gpu } from '../../src/gpu/gpu.ts';
import type { LinearOptions } from '../../src/kernel/linear.ts';
import { packCodeRows, planLinearInt8 } from '../../src/kernel/linear-int8.ts';
import { packTokens, planQuantizeTokens, rowGroup, tokenWords } from '../../src/kernel/quantize-tokens.ts';
import { planSparseLinear, sparseOperand } from '../../src/kernel/sparse-linear.ts';
import { compileWeights, denseCodes, type SparseWeights } from '../../src/kernel/sparse-weights/compile.ts';
import { quantizeReference } from '../../src/reference/attend.ts';
import { codeProducts, linearInt8Reference } from '../../src/reference/linear-int8.ts';
import { assertClose, assertEqual, type KernelCase, normals, sentinel, unwritten } from '../support/kernel-case.ts';
import { prunedMatrix } from './sparse-weights/pruned-matrix.ts';

type Fork = SparseWeights['fork'];
type Kernel = 'sparse-linear' | 'linear-int8';
const kernels: readonly Kernel[] = ['sparse-linear', 'linear-int8'];

/** rows, outputs, inputs */
const shapes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [31, 7, 16],
  [32, 8, 20],
  [33, 9, 75],
  [257, 3, 64],
  [65, 66, 48],
];

/** Products by kept weights and by all of them, on 8-bit codes, against exact integer sums. */
export const sparseLinearCases: readonly KernelCase[] = [
  ...(['balanced', 'irregular'] as const).flatMap((fork) =>
    shapes.map((shape) => ({
      name: `sparse-linear and linear-int8 ${shape.join(' x ')}, ${fork}, are exact`,
      run: (gpu: Gpu) => exact(gpu, shape, compile(shape, fork)),
    })),
  ),
  {
    name: 'sparse-linear and linear-int8 stay exact where sums leave f32',
    async run(gpu) {
      // 1,104 products of 255 (127, from 0 on) and 127 or 126: 2.1 times what one stretch of f32 sums may hold. The sum of any four
      // is odd, so that one f32 sum of all could not hold it; with even ones it could, up to 2^25.
      const shape = [33, 9, 1104] as const;
      const weights = new Float32Array(1104 * 9).map((_, i) => (Math.floor(i / 9) % 4 === 3 ? 126 : 127));
      const compiled = compileWeights({ inputs: 1104, outputs: 9, fork: 'irregular' }, weights);
      await exact(gpu, shape, compiled, () => 127);
    },
  },
  {
    name: 'sparse-linear gives the bias where an output keeps nothing',
    async run(gpu) {
      const empty = compileWeights({ inputs: 32, outputs: 3 }, new Float32Array(96));
      const got = await multiply(gpu, 'sparse-linear', 5, { codes: codes(160), scales: ones(5) }, empty, {}, [1, 2, 3]);
      assertEqual(
        got,
        Array.from({ length: 15 }, (_, i) => (i % 3) + 1),
        'bias',
      );
    },
  },
  withOptions('sparse-linear', { activation: 'gelu-erf' }),
  ...kernels.flatMap((kernel) => [
    withOptions(kernel, {}),
    withOptions(kernel, { bias: false, activation: 'gelu-tanh' }),
    withOptions(kernel, { accumulate: true }),
    withOptions(kernel, { yStride: 30 }),
    {
      name: `${kernel} with no rows writes nothing`,
      async run(gpu: Gpu) {
        const weights = compile([0, 4, 16], 'balanced');
        const got = await multiply(
          gpu,
          kernel,
          0,
          { codes: new Int8Array(0), scales: [] },
          weights,
          { bias: false },
          [],
          8,
        );
        assertEqual(got, new Float32Array(8).fill(sentinel.f32), 'y');
      },
    },
  ]),
  ...[
    [1, 1],
    [31, 5],
    [32, 64],
    [33, 65],
    [70, 130],
  ].map(([rows, inner]) => ({
    name: `quantize-tokens ${rows} x ${inner}`,
    run: (gpu: Gpu) => quantizes(gpu, rows!, inner!),
  })),
];

function compile([, outputs, inputs]: readonly [number, number, number], fork: Fork): SparseWeights {
  return compileWeights({ inputs, outputs, fork }, prunedMatrix(inputs, outputs, fork));
}

/** Codes from -127 to 127, both ends among them. */
function codes(count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => ((i * 73 + (i >> 8) * 31) % 255) - 127);
}

const ones = (count: number) => new Float32Array(count).fill(1);

/** With scales of 1 the outputs are the sums, to the bit: as f32 has them, which from 2^24 on is the nearest it can. */
async function exact(
  gpu: Gpu,
  [rows, , inner]: readonly [number, number, number],
  weights: SparseWeights,
  code?: (i: number) => number,
): Promise<void> {
  const x = {
    codes: code ? Int8Array.from({ length: rows * inner }, (_, i) => code(i)) : codes(rows * inner),
    scales: ones(rows),
  };
  const bare = { ...weights, scales: ones(weights.outputs) };
  const expected = Float32Array.from(codeProducts(x.codes, denseCodes(weights), inner));
  for (const kernel of kernels)
    assertEqual(await multiply(gpu, kernel, rows, x, bare, { bias: false }, []), expected, kernel);
}

function withOptions(kernel: Kernel, options: LinearOptions): KernelCase {
  return {
    name: `${kernel} ${JSON.stringify(options).replaceAll('"', '')}`,
    async run(gpu) {
      const [rows, outputs, inner] = [37, 23, 60];
      const weights = compile([rows, outputs, inner], 'balanced');
      const x = quantizeReference(normals(rows * inner, 2), rows);
      const bias = normals(outputs, 3);
      const before = normals(rows * outputs, 4);
      const w = { codes: denseCodes(weights), scales: weights.scales };
      const expected = linearInt8Reference({ ...options, inner }, x, w, bias, before);
      const got = await multiply(gpu, kernel, rows, x, weights, options, bias, 0, before);
      const stride = options.yStride ?? outputs;
      for (let row = 0; row < rows; row++) {
        const own = got.subarray(row * stride, row * stride + outputs);
        // Two products by scales, a sum and the activation, each rounded, of values up to some tens.
        const tolerance = { absolute: 2e-6, relative: 2e-6 };
        assertClose(own, expected.subarray(row * outputs, (row + 1) * outputs), tolerance, `row ${row}`);
        const rest = got.subarray(row * stride + outputs, (row + 1) * stride);
        assertEqual(rest, new Float32Array(rest.length).fill(sentinel.f32), `after row ${row}`);
      }
    },
  };
}

async function multiply(
  gpu: Gpu,
  kernel: Kernel,
  rows: number,
  x: { readonly codes: Int8Array; readonly scales: ArrayLike<number> },
  weights: SparseWeights,
  options: LinearOptions,
  bias: ArrayLike<number>,
  spare = 0,
  before?: Float32Array,
): Promise<Float32Array> {
  const { inputs, outputs, scales } = weights;
  const length = rows * (options.yStride ?? outputs) + spare;
  const y = options.accumulate ? gpu.tensor(before!) : unwritten(gpu, 'f32', [length]);
  const shared = { row_scales: gpu.tensor(Float32Array.from(x.scales)), bias: gpu.tensor(Float32Array.from(bias)), y };
  const batch = gpu.batch();
  if (kernel === 'sparse-linear') {
    const operand = sparseOperand(weights);
    batch.run(planSparseLinear({ ...options, rows, operand }), {
      ...shared,
      x: gpu.tensor(packTokens(x.codes, rows, inputs)),
      entries: gpu.tensor(operand.entries),
      columns: gpu.tensor(operand.columns),
    });
  } else {
    batch.run(planLinearInt8({ ...options, rows, columns: outputs, inner: inputs }), {
      ...shared,
      x: gpu.tensor(packCodeRows(x.codes, rows, inputs)),
      w: gpu.tensor(packCodeRows(denseCodes(weights), outputs, inputs)),
      column_scales: gpu.tensor(scales),
    });
  }
  const read = batch.read<Float32Array>(y);
  await batch.submit();
  return read.values();
}

/** Division may be a few units off in the last place, so that a value between two codes can become either. */
async function quantizes(gpu: Gpu, rows: number, inner: number): Promise<void> {
  // One row is all zeros.
  const x = normals(rows * inner, 5).map((value, i) => (rows > 1 && Math.floor(i / inner) === 1 ? 0 : value));
  const words = tokenWords(rows);
  const packed = unwritten(gpu, 'i32', [inner, words]);
  const scales = unwritten(gpu, 'f32', [rows]);
  const batch = gpu.batch().run(planQuantizeTokens({ rows, inner }), { x: gpu.tensor(x), packed, scales });
  const read = { packed: batch.read<Int32Array>(packed), scales: batch.read<Float32Array>(scales) };
  await batch.submit();
  const expected = quantizeReference(x, rows);
  assertClose(read.scales.values(), expected.scales, { absolute: 0, relative: 4e-7 }, 'scales');
  const found = new Int8Array(rowGroup * Math.ceil(rows / rowGroup) * inner);
  read.packed.values().forEach((word, at) => {
    const [i, row0] = [Math.floor(at / words), (at % words) * 4];
    for (let r = 0; r < 4; r++) found[(row0 + r) * inner + i] = (word ^ 0x00808080) >> (8 * r);
  });
  assertClose(
    found.subarray(rows * inner),
    new Int8Array(found.length - rows * inner),
    { absolute: 0, relative: 0 },
    'rest',
  );
  const tie = (i: number) => Math.abs(Math.abs((x[i]! / expected.scales[Math.floor(i / inner)]!) % 1) - 0.5) < 1e-4;
  for (let i = 0; i < rows * inner; i++) {
    if (found[i] !== expected.codes[i] && !(tie(i) && Math.abs(found[i]! - expected.codes[i]!) === 1))
      throw new Error(`code [${Math.floor(i / inner)}, ${i % inner}] is ${found[i]}, expected ${expected.codes[i]}`);
  }
}
