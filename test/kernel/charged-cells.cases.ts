import type { Gpu } from '../../src/gpu/gpu.ts';
import { type ChargedCellsProblem, chargedByHead, planChargedCells } from '../../src/kernel/charged-cells.ts';
import { chargedCellsReference } from '../../src/reference/charged-cells.ts';
import { assert, assertEqual, folded, type KernelCase, unwritten } from '../support/kernel-case.ts';
import { packRows, randomCodes } from './charge-data.ts';

const plain = { headCount: 2, heads: 2, queries: 5, keys: 9, dim: 16, causal: true, padded: false };

/** Counting the cells of a charge array that charge: exact, so equal to the pair by pair count. */
export const chargedCellsCases: readonly KernelCase[] = [
  ...[
    { queries: 0, keys: 3 },
    { queries: 1, keys: 1, dim: 1 },
    { queries: 9, keys: 9, dim: 31 },
    { queries: 4, keys: 33, dim: 33, causal: false },
    { headCount: 5, heads: 1, dim: 128, queries: 7, keys: 7 },
    { headCount: 6, heads: 2, queries: 6, keys: 6, padded: true },
    { headCount: 6, heads: 2, queries: 3, keys: 8, padded: true, causal: false },
  ].map((change) => {
    const problem: ChargedCellsProblem = { ...plain, ...change };
    return {
      name: `charged-cells ${JSON.stringify(change).replaceAll('"', '')}`,
      run: (gpu: Gpu) => check(gpu, problem),
    };
  }),
  {
    name: 'charged-cells: a count of more than 32 bits',
    async run(gpu) {
      // All four bits of every nibble are ones: 16 of a pair and dimension, 64 of a word, 2^13 squared pairs.
      const tokens = 2 ** 13;
      const problem = { ...plain, headCount: 1, heads: 1, queries: tokens, keys: tokens, dim: 4, causal: false };
      const codes = new Int8Array(4 * tokens).fill(-1);
      const [charged] = chargedByHead(await counted(gpu, problem, codes, codes), 1);
      assert(charged === 64 * tokens ** 2, `${charged} cells charge, expected 2^32`);
    },
  },
];

async function check(gpu: Gpu, problem: ChargedCellsProblem): Promise<void> {
  const { headCount, heads, queries, keys, dim, padded } = problem;
  const [q, k] = [randomCodes(headCount * queries, dim, 1), randomCodes(headCount * keys, dim, 2)];
  const lengths = padded
    ? Uint32Array.from({ length: headCount / heads }, (_, i) => (4 * i + 1) % (keys + 1))
    : undefined;
  const got = chargedByHead(await counted(gpu, problem, q, k, lengths), headCount);
  const expected = chargedCellsReference(problem, { q, k, ...(lengths ? { lengths } : {}) });
  assertEqual(Float32Array.from(got), expected, 'charged cells');
}

async function counted(
  gpu: Gpu,
  problem: ChargedCellsProblem,
  q: Int8Array,
  k: Int8Array,
  lengths = new Uint32Array(1),
): Promise<Uint32Array> {
  const launch = folded(planChargedCells(problem));
  const put = (codes: Int8Array) => gpu.tensor(codes.length > 0 ? packRows(codes, problem.dim) : new Uint32Array(1));
  const charged = unwritten(gpu, 'u32', [launch.elements['charged']!]);
  const tensors = { q: put(q), k: put(k), lengths: gpu.tensor(lengths), charged };
  const batch = gpu.batch().run(launch, tensors);
  const read = batch.read<Uint32Array>(charged);
  await batch.submit();
  for (const tensor of Object.values(tensors)) tensor.destroy();
  return read.values();
}
