import { planBankCycles } from '../../src/kernel/bank-cycles.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planLinear } from '../../src/kernel/linear.ts';
import { planSelectionQuality } from '../../src/kernel/selection-quality.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { assert, assertClose, assertEqual, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

/** Counters over selections, and products of many heads at once. */
export const selectionCases: readonly KernelCase[] = [
  ...[
    [1, 1, 1],
    [3, 31, 4],
    [5, 100, 32],
    [70, 65, 7],
    [2, 300, 512],
  ].map(([rows, keys, banks]) => ({
    name: `bank-cycles ${rows} rows, ${keys} keys, ${banks} banks`,
    async run(gpu: Parameters<KernelCase['run']>[0]) {
      const words = selectionWords(keys!);
      const selection = mask(rows!, keys!, 3);
      const expected = Uint32Array.from({ length: rows! }, (_, row) => {
        const fill = new Uint32Array(banks!);
        for (let j = 0; j < keys!; j++) fill[j % banks!]! += (selection[row * words + (j >> 5)]! >>> (j & 31)) & 1;
        return fill.reduce((a, b) => Math.max(a, b), 0);
      });
      const cycles = unwritten(gpu, 'u32', [rows!]);
      const batch = gpu
        .batch()
        .zero(cycles)
        .run(planBankCycles({ rows: rows!, keys: keys!, banks: banks! }), { selection: gpu.tensor(selection), cycles });
      const read = batch.read<Uint32Array>(cycles);
      await batch.submit();
      assertEqual(read.values(), expected, 'cycles');
    },
  })),
  {
    name: 'selection-quality of a random selection, causal and not',
    async run(gpu) {
      for (const causal of [true, false]) {
        const problem = { heads: 2, queries: 30, keys: 41, dim: 16, causal, operandBits: 32 as const };
        const { heads, queries, keys, dim } = problem;
        const stride = scoreStride(keys);
        const products = normals(heads * queries * stride, 6).map((x) => 4 * x);
        const visible = (row: number) => (causal ? (row % queries) + keys - queries + 1 : keys);
        const selection = mask(heads * queries, keys, 5, visible);
        const best = mask(heads * queries, keys, 8, visible);
        const quality = unwritten(gpu, 'f32', [heads, queries, 4]);
        const batch = gpu.batch().run(planSelectionQuality(problem), {
          products: gpu.tensor(products),
          selection: gpu.tensor(selection),
          best: gpu.tensor(best),
          quality,
        });
        const read = batch.read<Float32Array>(quality);
        await batch.submit();
        const bit = (words: Uint32Array, row: number, j: number) =>
          (words[row * selectionWords(keys) + (j >> 5)]! >>> (j & 31)) & 1;
        const expected = Float64Array.from({ length: heads * queries * 4 }, (_, i) => {
          const row = i >> 2;
          const keysSeen = Array.from({ length: visible(row) }, (__, j) => j);
          const weight = (j: number) => Math.exp(products[row * stride + j]! / Math.sqrt(dim));
          const total = keysSeen.reduce((sum, j) => sum + weight(j), 0);
          return [
            keysSeen.reduce((sum, j) => sum + weight(j) * bit(selection, row, j), 0) / total,
            keysSeen.filter((j) => bit(selection, row, j) && bit(best, row, j)).length,
            keysSeen.filter((j) => bit(best, row, j)).length,
            visible(row),
          ][i & 3]!;
        });
        assertClose(read.values(), expected, { absolute: 1e-5, relative: 1e-5 }, `quality, causal ${causal}`);
      }
    },
  },
  {
    name: 'linear over several products at once',
    async run(gpu) {
      const [products, rows, columns, inner] = [3, 10, 13, 8];
      const x = normals(products * rows * inner, 1);
      const w = normals(products * columns * inner, 2);
      const y = unwritten(gpu, 'f32', [products, rows, 16]);
      const launch = planLinear({ rows, columns, inner, products, bias: false, yStride: 16 });
      const batch = gpu.batch().run(launch, { x: gpu.tensor(x), w: gpu.tensor(w), bias: gpu.empty('f32', [0]), y });
      const read = batch.read<Float32Array>(y);
      await batch.submit();
      for (let p = 0; p < products; p++) {
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) sum += x[(p * rows + r) * inner + k]! * w[(p * columns + c) * inner + k]!;
            const got = read.values()[(p * rows + r) * 16 + c]!;
            assert(Math.abs(got - sum) < 1e-5, `product ${p} [${r}, ${c}] is ${got}, expected ${sum}`);
          }
        }
      }
    },
  },
];

function mask(rows: number, keys: number, seed: number, visible: (row: number) => number = () => keys): Uint32Array {
  const words = selectionWords(keys);
  const values = normals(rows * keys, seed);
  const out = new Uint32Array(rows * words);
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < visible(row); j++)
      if (values[row * keys + j]! > 0) out[row * words + (j >> 5)]! |= 1 << (j & 31);
  }
  return out;
}
