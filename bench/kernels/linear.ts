import { type LinearProblem, planLinear } from '../../src/kernel/linear.ts';
import { linearVariants } from '../../src/kernel/linear-variant.ts';
import { linearReference } from '../../src/reference/linear.ts';
import { assertClose, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';

/** `linear`, or `linear-` and the variant. A multiply-add is 2 operations per product; bias and activation are left out. */
export function linearBench(
  problem: Required<Pick<LinearProblem, 'rows' | 'columns' | 'inner' | 'variant'>>,
): BenchKernel {
  const { rows, columns, inner, variant } = problem;
  return {
    name: variant === 'tile' ? 'linear' : `linear-${variant}`,
    sizes: { rows, columns, inner },
    // x, w, bias in, y out, 4 bytes each.
    work: { flops: 2 * rows * columns * inner, bytes: 4 * (rows * inner + columns * inner + columns + rows * columns) },
    available: (gpu) => linearVariants(gpu).includes(variant),
    async setup(gpu) {
      const [x, w, bias] = [normals(rows * inner, 1), normals(columns * inner, 2), normals(columns, 3)];
      const y = unwritten(gpu, 'f32', [rows, columns]);
      const tensors = { x: gpu.tensor(x), w: gpu.tensor(w), bias: gpu.tensor(bias), y };
      return {
        dispatches: [{ launch: planLinear(problem), tensors }],
        outputs: { y },
        check({ y: values }) {
          // Each output adds `inner` products of f32: rounding grows with their count and size.
          const tolerance = { absolute: inner * 2 ** -23 * Math.sqrt(inner) + 4e-7, relative: 4e-6 };
          for (const row of samples(rows, 4)) {
            const own = x.subarray(row * inner, (row + 1) * inner);
            const expected = linearReference({ ...problem, rows: 1 }, own, w, bias);
            assertClose(values!.subarray(row * columns, (row + 1) * columns), expected, tolerance, `row ${row}`);
          }
        },
      };
    },
  };
}
