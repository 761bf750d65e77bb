import { describe, expect, it, type TestContext } from 'vitest';
import type { BenchKernel } from '../../bench/kernel.ts';
import { denseAttendBench } from '../../bench/kernels/attend.ts';
import { spanAttendBench, spanSelectBench } from '../../bench/kernels/span.ts';
import { inTurn, type Rounds, shortestRatio } from '../../bench/pairs.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const sizes = { heads: 1, dim: 32, causal: true, operandBits: 32 } as const;
const tokens = (count: number) => ({ ...sizes, queries: count, keys: count });

/** Rounds after which a ratio that is still too high counts; the shortest times of a busy machine take a few to be found. */
const rounds = 15;

describe('the work of attention within a span', () => {
  it('is that of the pairs in it', () => {
    // 1 + 2 + 2 pairs a head, 2 heads, 32 dimensions: 10 pairs x (64 + 64) operations; q, k, v and out of 192 values, counters of 6 rows.
    const three = { heads: 2, queries: 3, keys: 3, causal: true, span: 2 };
    const work = { flops: 1280, exponentials: 10, bytes: 4 * 4 * 192 + 6 * 16 };
    expect(spanAttendBench({ ...three, dim: 32, operandBits: 32 }).work).toEqual(work);
    // A word of bits and a count per row.
    expect(spanSelectBench(three).work).toEqual({ flops: 36, bytes: 8 * 6 });
  });
});

describe('the time of attention within a span', () => {
  it('grows with the tokens and not with their square: doubling them takes at most 2.2 times as long', async (context) => {
    const short = spanAttendBench({ ...tokens(4096), span: 128 });
    const long = spanAttendBench({ ...tokens(8192), span: 128 });
    expect(await ratio(context, long, short, 2.2)).toBeLessThanOrEqual(2.2);
  });

  it('is no longer than that of dense attention when the span takes in everything', async (context) => {
    const within = spanAttendBench({ ...tokens(768), span: 768 });
    // A tenth for what the clock can not tell apart.
    expect(await ratio(context, within, denseAttendBench(tokens(768)), 1.1)).toBeLessThanOrEqual(1.1);
  });
});

/** Shortest time of one kernel over that of another, until it is low enough or the rounds are over. */
async function ratio(context: TestContext, one: BenchKernel, other: BenchKernel, enough: number): Promise<number> {
  const gpu = await nodeGpu();
  context.skip(gpu.adapter.class === 'hardware', 'too short for the wall clock of a GPU');
  const isLow = (so: Rounds) => shortestRatio(so, 0, 1) <= enough;
  const times = await inTurn(gpu, [one, other], (so) => {
    const count = so.ms[0]!.length;
    return count >= rounds || (count >= 3 && isLow(so));
  });
  return shortestRatio(times, 0, 1);
}
