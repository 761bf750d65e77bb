import { describe, expect, it } from 'vitest';
import { denseAttendBench, gatherAttendBench } from '../../bench/kernels/attend.ts';
import { crossbarMvmBench } from '../../bench/kernels/crossbar.ts';
import { linearBench } from '../../bench/kernels/linear.ts';
import { benchKernels } from '../../bench/kernels.ts';
import { limitOf } from '../../bench/limit.ts';

describe('work counts', () => {
  it('of a linear layer are those of the product', () => {
    // 2 x 3 outputs of 4 multiply-adds; 8 + 12 + 3 values in, 6 out.
    const { work } = linearBench({ rows: 2, columns: 3, inner: 4, variant: 'tile' });
    expect(work).toEqual({ flops: 48, bytes: 4 * 29 });
  });

  it('of causal attention are those of the visible pairs', () => {
    // 1 + 2 + 3 pairs a head, 2 heads, 32 dimensions: 12 pairs x (64 + 64) operations; q, k, v of 192 values each, as much out.
    const sizes = { heads: 2, queries: 3, keys: 3, dim: 32, causal: true };
    expect(denseAttendBench({ ...sizes, operandBits: 32 }).work).toEqual({
      flops: 1536,
      exponentials: 12,
      bytes: 4 * 4 * 192,
    });
    expect(denseAttendBench({ ...sizes, operandBits: 8 }).work).toEqual({
      flops: 768,
      byteOps: 768,
      exponentials: 12,
      bytes: 3 * 192 + 4 * 192,
    });
  });

  it('of gathered attention count the rows of K and V once for every pair', () => {
    // 1 head, 2 queries of 3 kept keys: 6 pairs, 12 rows of 128 bytes; q and out 2 rows each, a word of bits a query.
    const sizes = { heads: 1, queries: 2, keys: 4, dim: 32, causal: false, operandBits: 32, keep: 3 } as const;
    expect(gatherAttendBench(sizes).work).toEqual({ flops: 768, exponentials: 6, bytes: 12 * 128 + 4 * 128 + 8 });
  });

  it('of a noisy crossbar are twice the products, and a word for every conversion', () => {
    const size = { rows: 256, columns: 5, inputs: 3 };
    const plain = crossbarMvmBench({ ...size, noisy: false }).work;
    const noisy = crossbarMvmBench({ ...size, noisy: true }).work;
    expect(plain).toMatchObject({ flops: 2 * 256 * 5 * 3, randomWords: 0 });
    expect(noisy).toMatchObject({ flops: 4 * 256 * 5 * 3, randomWords: 2 * 5 * 3 });
  });

  it('grow with the scale, and names are told apart', () => {
    const [one, four] = [benchKernels(1), benchKernels(4)];
    expect(new Set(one.map(({ name }) => name)).size).toBe(one.length);
    for (const [i, { work }] of one.entries()) expect(four[i]!.work.bytes).toBeGreaterThan(2 * work.bytes);
  });
});

describe('the limit', () => {
  const peaks = { flops: 1e9, byteOps: 4e9, exponentials: 1e8, randomWords: 1e7, hotBytes: 2e9 };

  it('is the longest of the times that the work takes at the peaks', () => {
    expect(limitOf({ flops: 2e6, bytes: 1e6 }, peaks)).toEqual({ ms: 2, by: 'arithmetic' });
    expect(limitOf({ flops: 2e6, bytes: 8e6 }, peaks)).toEqual({ ms: 4, by: 'memory' });
    expect(limitOf({ flops: 2e6, bytes: 0, exponentials: 3e5 }, peaks)).toEqual({ ms: 3, by: 'exp' });
    expect(limitOf({ flops: 2e6, bytes: 0, randomWords: 5e4 }, peaks)).toEqual({ ms: 5, by: 'random' });
  });

  it('does 8-bit work at the faster of both rates', () => {
    expect(limitOf({ flops: 0, byteOps: 4e6, bytes: 0 }, peaks).ms).toBeCloseTo(1, 12);
    expect(limitOf({ flops: 0, byteOps: 4e6, bytes: 0 }, { ...peaks, byteOps: 1e8 }).ms).toBeCloseTo(4, 12);
  });
});
