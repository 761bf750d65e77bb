import type { Gpu } from '../../src/gpu/gpu.ts';
import { codeWords, paddedCentroids } from '../../src/kernel/pq-encode.ts';
import { planPqScore } from '../../src/kernel/pq-score.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { assert, assertEqual, type KernelCase, unwritten } from '../support/kernel-case.ts';

interface Sizes {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly subspaces: number;
  readonly centroids: number;
  readonly causal: boolean;
  /** Largest magnitude in the table; all of a chunk of sub-spaces at it just fit 16 bits, or just do not. */
  readonly largest: number;
}

const shapes: readonly Sizes[] = [
  { heads: 1, queries: 1, keys: 1, subspaces: 1, centroids: 2, causal: false, largest: 8191 },
  { heads: 2, queries: 9, keys: 263, subspaces: 8, centroids: 16, causal: false, largest: 4095 },
  { heads: 2, queries: 8, keys: 37, subspaces: 8, centroids: 16, causal: true, largest: 4096 },
  { heads: 1, queries: 17, keys: 21, subspaces: 6, centroids: 100, causal: true, largest: 127 },
  { heads: 1, queries: 7, keys: 33, subspaces: 20, centroids: 13, causal: false, largest: 2047 },
];

/** Relevance by tables of whole numbers: sums of two queries in a word are those of one each, to the bit. */
export const pqScoreWholeCases: readonly KernelCase[] = shapes.map((sizes) => ({
  name: `pq-score of whole numbers ${Object.values(sizes).join(' ')}`,
  run: (gpu) => checkSums(gpu, sizes),
}));

async function checkSums(gpu: Gpu, sizes: Sizes): Promise<void> {
  const { heads, queries, keys, subspaces, centroids, causal, largest } = sizes;
  const draw = drawing(17);
  const padded = paddedCentroids(centroids);
  const arrayBase = 1;
  // One entry in three is at an end of the range, so that some sums are as large as they can be.
  const table = Float32Array.from({ length: (arrayBase + heads * subspaces) * padded ** 2 }, () => {
    const which = draw(6);
    return which < 2 ? (which === 0 ? -largest : largest) : draw(2 * largest + 1) - largest;
  });
  table.fill(
    largest,
    arrayBase * padded ** 2,
    (arrayBase + subspaces) * padded ** 2 - (subspaces > 1 ? padded ** 2 : 0),
  );
  const coded = (tokens: number) => {
    const words = new Uint32Array(heads * tokens * codeWords(subspaces));
    const codes = Array.from({ length: heads * tokens }, (_, row) =>
      Array.from({ length: subspaces }, (_, m) => {
        const code = draw(centroids);
        words[row * codeWords(subspaces) + (m >> 2)]! |= code << (8 * (m & 3));
        return code;
      }),
    );
    return { codes, words };
  };
  const [q, k] = [coded(queries), coded(keys)];
  const queryFirst = Math.floor(queries / 4);
  const queryCount = queries - queryFirst;
  const stride = scoreStride(keys);
  const scores = unwritten(gpu, 'f32', [heads, queryCount, stride]);
  const shape = { headCount: heads, heads, queries, queryFirst, queryCount, keys, causal };
  const launch = planPqScore({
    ...{ ...shape, dim: 64, subspaces, centroids, arrayBase },
    ...{ rule: 'symmetric', largestEntry: largest, lanes: queries % 2 === 0 ? 64 : 16 },
  });
  const fits = largest !== 4096;
  assert((launch.program.name === 'pq-score-whole') === fits, `${launch.program.name} for entries up to ${largest}`);
  const tensors = { q_codes: gpu.tensor(q.words), k_codes: gpu.tensor(k.words), table: gpu.tensor(table), scores };
  const batch = gpu.batch().run(launch, fits ? tensors : { ...tensors, x: gpu.tensor(new Float32Array(1)) });
  const read = batch.read<Float32Array>(scores);
  await batch.submit();
  for (let row = 0; row < heads * queryCount; row++) {
    const head = Math.floor(row / queryCount);
    const query = queryFirst + (row % queryCount);
    const visible = causal ? keys - queries + query + 1 : keys;
    const expected = Array.from({ length: visible }, (_, key) => {
      const [a, b] = [q.codes[head * queries + query]!, k.codes[head * keys + key]!];
      return a.reduce((sum, code, m) => {
        const array = arrayBase + head * subspaces + m;
        return sum + table[(array * padded + code) * padded + b[m]!]!;
      }, 0);
    });
    assertEqual(read.values().subarray(row * stride, row * stride + visible), expected, `row ${row}`);
  }
  for (const tensor of [...Object.values(tensors)]) tensor.destroy();
}

/** Whole numbers below a bound. */
function drawing(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
