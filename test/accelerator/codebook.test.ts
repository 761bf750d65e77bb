import { expect, it } from 'vitest';
import { type Codebooks, checkCodebooks } from '../../src/accelerator/codebook.ts';

const sound: Codebooks = {
  ...{ layers: 1, heads: 1, dim: 4, subspaces: 2, centroids: 4 },
  values: new Float32Array(2 * 2 * 4),
  inputRange: Float32Array.of(1, 2),
  similarityRange: Float32Array.of(-1, 1, 0, 3),
  relevanceRange: Float32Array.of(-2, 5),
};

it('takes codebooks with sound values', () => {
  expect(() => checkCodebooks(sound, sound)).not.toThrow();
});

// Drives are divided by the input range and currents by the spans: these would program NaN.
it.each<[string, Partial<Codebooks>]>([
  ['an input range of 0', { inputRange: Float32Array.of(1, 0) }],
  ['an empty similarity range', { similarityRange: Float32Array.of(-1, 1, 3, 3) }],
  ['a relevance range upside down', { relevanceRange: Float32Array.of(5, -2) }],
  ['a centroid that is not finite', { values: new Float32Array(16).fill(Number.NaN) }],
])('rejects %s', (_what, change) => {
  expect(() => checkCodebooks({ ...sound, ...change }, sound)).toThrow(
    expect.objectContaining({ code: 'CODEBOOK_VALUE', kind: 'input' }),
  );
});
