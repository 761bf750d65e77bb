import type { Launch } from '../../src/gpu/launch.ts';
import { planLayerNorm } from '../../src/kernel/layer-norm.ts';
import { layerNormReference } from '../../src/reference/layer-norm.ts';
import { assertClose, folded, type KernelCase, normals, sentinel, unwritten } from '../support/kernel-case.ts';

const shapes: readonly [number, number][] = [
  [0, 8],
  [1, 1],
  [1, 15],
  [3, 16],
  [4, 17],
  [5, 77],
  [5, 65],
  [33, 256],
];

/** Layer normalisation at group edges and odd widths, far from zero, and on a grid of two dimensions. */
export const layerNormCases: readonly KernelCase[] = [
  ...shapes.map(([rows, width]) => layerNormCase(`layer-norm ${rows} x ${width}`, rows, width, 0)),
  layerNormCase('layer-norm far from zero', 6, 100, 1000),
  layerNormCase('layer-norm on a folded grid', 150, 8, 0, folded),
];

function layerNormCase(
  name: string,
  rows: number,
  width: number,
  offset: number,
  change: (launch: Launch) => Launch = (launch) => launch,
): KernelCase {
  return {
    name,
    async run(gpu) {
      const problem = { rows, width, epsilon: 1e-5 };
      const x = normals(rows * width, 1).map((value) => value + offset);
      const gamma = normals(width, 2);
      const beta = normals(width, 3);
      const y = unwritten(gpu, 'f32', [rows * width + 5]);
      const batch = gpu.batch().run(change(planLayerNorm(problem)), {
        x: gpu.tensor(x),
        gamma: gpu.tensor(gamma),
        beta: gpu.tensor(beta),
        y,
      });
      const read = batch.read<Float32Array>(y);
      await batch.submit();
      const values = read.values();
      // A mean is right to some roundings of the largest value; rows of unit deviation keep that error, scaled by gamma.
      // Two nearly equal elements have a small deviation, which magnifies it by up to 1 / sqrt(epsilon).
      const absolute = (offset + 4) * 2 ** -23 * (width < 8 ? 320 : 8) + 2e-6;
      const expected = layerNormReference(problem, x, gamma, beta);
      assertClose(values.subarray(0, rows * width), expected, { absolute, relative: 2e-6 }, name);
      const rest = new Float32Array(5).fill(sentinel.f32);
      assertClose(values.subarray(rows * width), rest, { absolute: 0, relative: 0 }, 'elements behind the rows');
    },
  };
}
