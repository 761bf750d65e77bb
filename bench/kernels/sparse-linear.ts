import { packCodeRows, planLinearInt8 } from '../../src/kernel/linear-int8.ts';
import { packTokens, planQuantizeTokens, tokenWords } from '../../src/kernel/quantize-tokens.ts';
import { planSparseLinear, sparseOperand } from '../../src/kernel/sparse-linear.ts';
import { compileWeights, denseCodes } from '../../src/kernel/sparse-weights/compile.ts';
import { pruneBalanced, pruneToDensity } from '../../src/kernel/sparse-weights/prune.ts';
import { quantizeReference } from '../../src/reference/attend.ts';
import { linearInt8Reference } from '../../src/reference/linear-int8.ts';
import { assertClose, assertEqual, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

/**
 * `sparse-linear` with a quarter of the weights, 4 of 16 or wherever they lie, or `linear-int8` with all: 2 operations on bytes per row
 * and weight that is multiplied. x is a byte a value, a weight a byte (a word where it has to say its place), y is f32.
 * All scales are 2^-7 and the bias has steps of 2^-14, so that y is exact and is compared to the bit.
 */
export function linear8Bench(way: 'balanced' | 'irregular' | 'dense', sizes: Sizes): BenchKernel {
  const { rows, columns, inner } = sizes;
  const weights = way === 'dense' ? inner * columns : (inner * columns) / 4;
  return {
    name: { balanced: 'sparse-linear', irregular: 'sparse-linear-irregular', dense: 'linear-int8' }[way],
    sizes: { rows, columns, inner },
    work: {
      flops: 0,
      byteOps: 2 * rows * weights,
      bytes: rows * inner + (way === 'dense' ? 1 : 4) * weights + 4 * (rows + 2 * columns + rows * columns),
    },
    async setup(gpu) {
      const all = normals(inner * columns, 2);
      const size = { inputs: inner, outputs: columns };
      const matrix = {
        balanced: () => pruneBalanced({ ...size, block: 16, lanes: 4 }, all),
        irregular: () => pruneToDensity(size, all, 0.25),
        dense: () => all,
      }[way]();
      const fork = way === 'balanced' ? way : 'irregular';
      const compiled = { ...compileWeights({ ...size, fork }, matrix), scales: eighthBit(columns) };
      const w = { codes: denseCodes(compiled), scales: compiled.scales };
      const x = { ...quantizeReference(normals(rows * inner, 1), rows), scales: eighthBit(rows) };
      const bias = normals(columns, 3).map((value) => Math.round(value * 2 ** 14) / 2 ** 14);
      const y = unwritten(gpu, 'f32', [rows, columns]);
      const shared = { row_scales: gpu.tensor(x.scales), bias: gpu.tensor(bias), y };
      const operand = sparseOperand(compiled);
      const dispatch =
        way === 'dense'
          ? {
              launch: planLinearInt8(sizes),
              tensors: {
                ...shared,
                x: gpu.tensor(packCodeRows(x.codes, rows, inner)),
                w: gpu.tensor(packCodeRows(w.codes, columns, inner)),
                column_scales: gpu.tensor(w.scales),
              },
            }
          : {
              launch: planSparseLinear({ rows, operand }),
              tensors: {
                ...shared,
                x: gpu.tensor(packTokens(x.codes, rows, inner)),
                entries: gpu.tensor(operand.entries),
                columns: gpu.tensor(operand.columns),
              },
            };
      return {
        dispatches: [dispatch],
        outputs: { y },
        check({ y: values }) {
          for (const row of samples(rows, 4)) {
            const own = { codes: x.codes.subarray(row * inner, (row + 1) * inner), scales: [x.scales[row]!] };
            const expected = Float32Array.from(linearInt8Reference({ inner }, own, w, bias));
            assertEqual(values!.subarray(row * columns, (row + 1) * columns), expected, `row ${row}`);
          }
        },
      };
    },
  };
}

const eighthBit = (count: number) => new Float32Array(count).fill(2 ** -7);

/** `quantize-tokens`: a comparison and two operations per value, which is read once and written as a byte. */
export function quantizeTokensBench({ rows, inner }: Omit<Sizes, 'columns'>): BenchKernel {
  return {
    name: 'quantize-tokens',
    sizes: { rows, inner },
    work: { flops: 3 * rows * inner, bytes: 5 * rows * inner + 4 * rows },
    async setup(gpu) {
      const x = normals(rows * inner, 1);
      const packed = unwritten(gpu, 'i32', [inner, tokenWords(rows)]);
      const scales = unwritten(gpu, 'f32', [rows]);
      return {
        dispatches: [{ launch: planQuantizeTokens({ rows, inner }), tensors: { x: gpu.tensor(x), packed, scales } }],
        outputs: { packed, scales },
        check({ packed: words, scales: found }) {
          const expected = quantizeReference(x, rows);
          assertClose(found!, expected.scales, { absolute: 0, relative: 4e-7 }, 'scales');
          const own = packTokens(expected.codes, rows, inner);
          for (const at of samples(own.length, 4096)) {
            for (let r = 0; r < 4; r++) {
              const apart = ((words![at]! >>> (8 * r)) & 0xff) - ((own[at]! >>> (8 * r)) & 0xff);
              // A value half way between two codes may go either way, since division rounds differently.
              if (Math.abs((apart << 24) >> 24) > 1) throw new Error(`code ${r} of word ${at} is ${apart} off`);
            }
          }
        },
      };
    },
  };
}
