import { expect, it } from 'vitest';
import { attend } from '../../src/study/attend.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { attendInput } from './attend-data.ts';

it('every head selects with columns of its own: equal heads choose alike only without mismatch', async () => {
  const gpu = await nodeGpu();
  const input = attendInput({ heads: 2, queries: 40, keys: 40, causal: false });
  const twice = (x: Float32Array) => Float32Array.from(x, (_, i) => x[i % (x.length / 2)]!);
  const equal = { ...input, q: twice(input.q), k: twice(input.k), v: twice(input.v) };
  const selectionOf = async (capacitorMismatch: number) => {
    const config = {
      // A centroid for every vector: both heads score alike whatever their codebooks start from.
      ...{ subspaces: 4, centroids: 256, tableBits: 0, encoder: { dacBits: 0 }, keep: 7 },
      selector: { wta: { preset: 'ideal', capacitorMismatch } },
    };
    const { selection } = await attend(gpu, { ...equal, config });
    return [selection.subarray(0, selection.length / 2), selection.subarray(selection.length / 2)] as const;
  };
  const [first, second] = await selectionOf(0);
  expect(second).toEqual(first);
  const [rough, other] = await selectionOf(0.3);
  expect(other).not.toEqual(rough);
});
