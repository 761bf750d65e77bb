import { describe, expect, it } from 'vitest';
import { medianRatio, type Rounds, shortestRatio } from '../../bench/pairs.ts';
import { least, linearsInTurn } from '../../bench/sparse-claim.ts';
import { nodeGpu } from '../support/node-gpu.ts';

/** Rounds after which a ratio that is still too low counts. */
const most = 12;

describe('the product by kept weights', () => {
  it('is as much faster than every product by all as is claimed, and right to the bit', async (context) => {
    const gpu = await nodeGpu();
    context.skip(gpu.adapter.class === 'hardware', 'too short for the wall clock of a GPU');
    const sizes = { rows: 256, inner: 1024, columns: 256 };
    const isFast = (rounds: Rounds) => rounds.ms.every((_, i) => i === 0 || shortestRatio(rounds, i, 0) >= least);
    const { rounds, names } = await linearsInTurn(gpu, sizes, 'balanced', (so) => {
      const count = so.ms[0]!.length;
      return count >= most || (count >= 3 && isFast(so));
    });
    for (const [i, name] of names.entries()) {
      if (i > 0) expect(shortestRatio(rounds, i, 0), `of ${name}`).toBeGreaterThanOrEqual(least);
    }
  });
});

describe('ratios of times in turn', () => {
  const rounds = {
    ms: [
      [2, 9, 4],
      [1, 3, 4],
    ],
  };

  it('are the median of the rounds, and that of the shortest times', () => {
    expect(medianRatio(rounds, 0, 1)).toBe(2);
    expect(medianRatio(rounds, 1, 0)).toBe(1 / 2);
    expect(shortestRatio(rounds, 0, 1)).toBe(2);
  });
});
