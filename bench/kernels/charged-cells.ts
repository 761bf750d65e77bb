import { chargedByHead, planChargedCells } from '../../src/kernel/charged-cells.ts';
import { assert, normals, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';
import type { ChargeSizes } from './charge.ts';

/** `charged-cells`: ones of every nibble, and a product with the sums so far for every dimension of a query. */
export function chargedCellsBench({ heads, tokens, dim }: ChargeSizes): BenchKernel {
  const codes = heads * tokens * dim;
  return {
    name: 'charged-cells',
    sizes: { heads, tokens, dim },
    work: { flops: 4 * codes, bytes: 2 * codes },
    async setup(gpu) {
      const codesOf = (salt: number) =>
        Int8Array.from(normals(codes, salt), (x) => Math.max(-127, Math.min(127, Math.round(32 * x))));
      const [q, k] = [codesOf(1), codesOf(2)];
      const problem = { headCount: heads, heads, queries: tokens, keys: tokens, dim, causal: true, padded: false };
      const launch = planChargedCells(problem);
      const charged = unwritten(gpu, 'u32', [launch.elements['charged']!]);
      const tensors = { q: gpu.tensor(new Uint32Array(q.buffer)), k: gpu.tensor(new Uint32Array(k.buffer)), charged };
      const lengths = gpu.tensor(new Uint32Array(1));
      return {
        dispatches: [{ launch, tensors: { ...tensors, lengths } }],
        outputs: { charged },
        destroy() {
          for (const tensor of [tensors.q, tensors.k, lengths]) tensor.destroy();
        },
        check({ charged: got }) {
          const counts = chargedByHead(got as Uint32Array, heads);
          for (const head of samples(heads, 2)) {
            const part = (all: Int8Array) => all.subarray(head * tokens * dim, (head + 1) * tokens * dim);
            const expected = causalOnes(part(q), part(k), dim);
            assert(counts[head] === expected, `head ${head} charges ${counts[head]} cells, expected ${expected}`);
          }
        },
      };
    },
  };
}

/** Pairs of ones that a causal head meets, dimension by dimension with sums of the keys so far. */
function causalOnes(q: Int8Array, k: Int8Array, dim: number): number {
  const ones = (code: number) => [4, 5, 6, 7].filter((bit) => (code >> bit) & 1).length;
  const seen = new Float64Array(dim);
  let sum = 0;
  for (let i = 0; i < q.length; i++) {
    seen[i % dim]! += ones(k[i]!);
    sum += ones(q[i]!) * seen[i % dim]!;
  }
  return sum;
}
