import { type HeadsProblem, planMergeHeads, planSplitHeads } from '../../src/kernel/heads.ts';
import { mergeHeadsReference, splitHeadsReference } from '../../src/reference/heads.ts';
import { assertEqual, folded, type KernelCase, normals, sentinel, unwritten } from '../support/kernel-case.ts';

const problems: readonly HeadsProblem[] = [
  { sequences: 1, heads: 1, tokens: 1, dim: 1 },
  { sequences: 2, heads: 3, tokens: 7, dim: 5 },
  { sequences: 2, heads: 3, tokens: 7, dim: 5, stride: 45, firstColumn: 15 },
  { sequences: 1, heads: 4, tokens: 33, dim: 8, stride: 96, firstColumn: 64 },
  { sequences: 0, heads: 4, tokens: 3, dim: 8 },
];

/**
 * Both moves between rows and heads, from whole rows and from a third of fused ones; values move bit for bit.
 * The grids have two dimensions.
 */
export const headsCases: readonly KernelCase[] = problems.flatMap((problem) => {
  const sizes = Object.values(problem).join(' ');
  return [splitCase(`split heads ${sizes}`, problem), mergeCase(`merge heads ${sizes}`, problem)];
});

function splitCase(name: string, problem: HeadsProblem): KernelCase {
  return {
    name,
    async run(gpu) {
      const { moved, inRows } = sizes(problem);
      const rows = normals(inRows, 1);
      const result = unwritten(gpu, 'f32', [moved]);
      const batch = gpu.batch().run(folded(planSplitHeads(problem)), { source: gpu.tensor(rows), result });
      const read = batch.read<Float32Array>(result);
      await batch.submit();
      assertEqual(read.values(), splitHeadsReference(problem, rows), name);
    },
  };
}

function mergeCase(name: string, problem: HeadsProblem): KernelCase {
  return {
    name,
    async run(gpu) {
      const { moved, inRows } = sizes(problem);
      const source = normals(moved, 1);
      const result = unwritten(gpu, 'f32', [inRows]);
      const batch = gpu.batch().run(folded(planMergeHeads(problem)), { source: gpu.tensor(source), result });
      const read = batch.read<Float32Array>(result);
      await batch.submit();
      const before = new Float32Array(inRows).fill(sentinel.f32);
      assertEqual(read.values(), mergeHeadsReference(problem, source, before), name);
    },
  };
}

function sizes({ sequences, heads, tokens, dim, stride = heads * dim }: HeadsProblem) {
  return { moved: sequences * heads * tokens * dim, inRows: sequences * tokens * stride };
}
