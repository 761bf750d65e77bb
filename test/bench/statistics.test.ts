import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockFor, stampClock } from '../../bench/clock.ts';
import { linearBench } from '../../bench/kernels/linear.ts';
import { repeated } from '../../bench/repeat.ts';
import { slope, timeOne } from '../../bench/slope.ts';
import { median, quantile, spread } from '../../bench/statistics.ts';
import { nodeGpu } from '../support/node-gpu.ts';

describe('median and spread', () => {
  it('take the middle, between the two middle ones where the number is even', () => {
    expect(median([5])).toBe(5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 100])).toBe(3);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    // Half of the smallest number is no number any more.
    expect(median([5e-324, 5e-324])).toBe(5e-324);
    // Quartiles of 1, 2, 3, 4, 5 are 2 and 4.
    expect(spread([5, 1, 4, 2, 3])).toBeCloseTo(2 / 3, 12);
    expect(spread([7, 7, 7])).toBe(0);
  });

  it('leave the samples as they were, and refuse to make something of nothing', () => {
    const samples = [3, 1, 2];
    median(samples);
    expect(samples).toEqual([3, 1, 2]);
    expect(() => median([])).toThrow('no samples');
  });

  it('have as many samples below the median as above', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (samples) => {
        const middle = median(samples);
        const below = samples.filter((x) => x < middle).length;
        const above = samples.filter((x) => x > middle).length;
        expect(below).toBeLessThanOrEqual(samples.length / 2);
        expect(above).toBeLessThanOrEqual(samples.length / 2);
      }),
    );
  });
});

describe('the slope', () => {
  it('is free of what a submit costs whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (one, cost) => {
          const timing = slope([[cost + 8 * one, cost + 16 * one]], 8);
          expect(timing.medianMs).toBeCloseTo(one, 9);
        },
      ),
    );
  });

  it('drops pairs that show no time, and is an error when none does', () => {
    expect(slope([[5, 9], [7, 6], [5, 11]], 2).samplesMs).toEqual([2, 3]); // biome-ignore format: pairs
    expect(() => slope([[3, 3], [4, 2]], 2)).toThrow('took no longer'); // biome-ignore format: pairs
  });

  it('repeats until a run is long enough, whatever it begins with', async () => {
    let now = 0;
    const runs: number[] = [];
    const work = {
      run: async (times: number) => {
        runs.push(times);
        now += 3 + 0.25 * times;
      },
      stampedMs: () => Promise.reject(new Error('not this clock')),
      destroy() {},
    };
    const timing = await timeOne(work, { name: 'wall clock', now: () => now }, { leastMs: 20, pairs: 3 });
    expect(timing.medianMs).toBeCloseTo(0.25, 9);
    expect(timing.samplesMs).toHaveLength(3);
    expect(3 + 0.25 * timing.times).toBeGreaterThanOrEqual(20);
    expect(runs.slice(-2)).toEqual([timing.times, 2 * timing.times]);
  });

  it('repeats until the steps of timestamps do not show', async () => {
    const stepMs = 65_536 / 1e6;
    let at = 0;
    const floor = (ms: number) => Math.floor(ms / stepMs) * stepMs;
    const work = {
      run: () => Promise.reject(new Error('not this clock')),
      stampedMs: async (times: number) => {
        const start = at + 1.2345;
        at = start + 0.004 * times;
        return floor(at) - floor(start);
      },
      destroy() {},
    };
    const timing = await timeOne(work, stampClock(65_536), { leastMs: 1, pairs: 5 });
    expect(0.004 * timing.times).toBeGreaterThanOrEqual(10);
    // A difference of two runs is off by at most two steps: 2 of some 152 at 10 ms.
    expect(Math.abs(timing.medianMs - 0.004) / 0.004).toBeLessThan(2 / 150);
    expect(stampClock(1_000_000).leastStampedMs).toBe(100);
    expect(() => stampClock(undefined)).toThrow(/no timestamps.*--clock host/);
  });
});

describe('the clock', () => {
  it('is the processor on a software adapter and the wall on a GPU', async () => {
    const cpu = clockFor({ class: 'bundled-software' });
    const wall = clockFor({ class: 'hardware' });
    const before = [cpu.now(), wall.now()] as const;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(cpu.now() - before[0]).toBeLessThan(100);
    expect(wall.now() - before[1]).toBeGreaterThanOrEqual(190);
  });

  it('of the device shows less than the wall and grows with what a pass holds', async ({ skip }) => {
    const gpu = await nodeGpu();
    if (!gpu.device.features.has('timestamp-query')) skip();
    const run = await linearBench({ rows: 64, columns: 256, inner: 256, variant: 'tile' }).setup(gpu);
    const series = await repeated(gpu, run.dispatches);
    await series.stampedMs(1);
    const start = performance.now();
    const once = await series.stampedMs(4);
    expect(once).toBeLessThan(performance.now() - start);
    expect(await series.stampedMs(40)).toBeGreaterThan(2 * once);
    series.destroy();
    for (const { tensors } of run.dispatches) for (const tensor of Object.values(tensors)) tensor.destroy();
  });
});
