import { type LinearProblem, planLinear } from '../../src/kernel/linear.ts';
import { linearVariants } from '../../src/kernel/linear-variant.ts';
import { linearReference } from '../../src/reference/linear.ts';
import { assertClose, type KernelCase, normals, sentinel, unwritten } from '../support/kernel-case.ts';

const shapes: readonly [number, number, number][] = [
  [1, 1, 4],
  [63, 65, 20],
  [64, 64, 64],
  [65, 63, 36],
  [130, 257, 8],
  [15, 255, 12],
  [31, 65, 8],
  [33, 64, 4],
  [17, 300, 16],
];

/** The linear kernel at tile edges, with every option, in every variant that the device runs. */
export const linearCases: readonly KernelCase[] = [
  ...shapes.map((shape) =>
    linearCase(`linear ${shape.join(' x ')}`, { rows: shape[0], columns: shape[1], inner: shape[2] }),
  ),
  linearCase('linear gelu-tanh without bias', {
    rows: 20,
    columns: 70,
    inner: 32,
    bias: false,
    activation: 'gelu-tanh',
  }),
  linearCase('linear gelu-erf', {
    rows: 20,
    columns: 70,
    inner: 32,
    activation: 'gelu-erf',
  }),
  linearCase('linear accumulating', { rows: 20, columns: 70, inner: 32, accumulate: true }),
  linearCase('linear with a row stride', { rows: 9, columns: 10, inner: 8, yStride: 16 }),
  {
    name: 'linear with no rows writes nothing',
    async run(gpu) {
      const y = unwritten(gpu, 'f32', [8]);
      const empty = gpu.empty('f32', [0]);
      const batch = gpu.batch().run(planLinear({ rows: 0, columns: 8, inner: 4, bias: false }), {
        x: empty,
        w: gpu.tensor(normals(32, 1)),
        bias: empty,
        y,
      });
      const read = batch.read(y);
      await batch.submit();
      assertClose(read.values(), new Float32Array(8).fill(sentinel.f32), { absolute: 0, relative: 0 }, 'y');
    },
  },
];

function linearCase(name: string, problem: LinearProblem): KernelCase {
  return {
    name,
    async run(gpu) {
      const { rows, columns, inner, yStride = columns } = problem;
      const x = normals(rows * inner, 1);
      const w = normals(columns * inner, 2);
      const bias = normals(columns, 3);
      const before = normals(rows * columns, 4);
      const expected = linearReference(problem, x, w, bias, before);
      // Each output adds `inner` products of f32: rounding grows with their count and size.
      const tolerance = { absolute: inner * 2 ** -23 * Math.sqrt(inner) + 4e-7, relative: 4e-6 };
      for (const variant of linearVariants(gpu)) {
        const y = problem.accumulate ? gpu.tensor(before, [rows, columns]) : unwritten(gpu, 'f32', [rows, yStride]);
        const batch = gpu.batch().run(planLinear({ ...problem, variant }), {
          x: gpu.tensor(x),
          w: gpu.tensor(w),
          bias: gpu.tensor(bias),
          y,
        });
        const read = batch.read<Float32Array>(y);
        await batch.submit();
        const values = read.values();
        for (let r = 0; r < rows; r++) {
          const row = values.subarray(r * yStride, (r + 1) * yStride);
          assertClose(
            row.subarray(0, columns),
            expected.subarray(r * columns, (r + 1) * columns),
            tolerance,
            `${name}, ${variant}, row ${r}`,
          );
          assertClose(
            row.subarray(columns),
            new Float32Array(yStride - columns).fill(sentinel.f32),
            { absolute: 0, relative: 0 },
            'padding',
          );
        }
      }
    },
  };
}
