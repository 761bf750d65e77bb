import { describe, expect, it } from 'vitest';
import { programCrossbar } from '../../src/accelerator/crossbar.ts';
import type { CrossbarConfig } from '../../src/accelerator/crossbar-config.ts';
import { conductancesOf } from '../../src/study/crossbar-run.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { clampedMoments, ksDistance, ksLimit, moments, normalCdf } from '../support/statistics.ts';

const [rows, columns] = [300, 400];
const count = rows * columns;

/** Conductances of cells that all have the same weight, one of them the largest so that the scale is known. */
async function cells(config: CrossbarConfig, weight: number, population = {}): Promise<Record<string, Float32Array>> {
  const gpu = await nodeGpu();
  const values = new Float32Array(count).fill(weight);
  const crossbar = await programCrossbar(gpu, { values, rows, columns }, { weightMax: 1, ...config }, population);
  const batch = gpu.batch();
  const reading = batch.read<Float32Array>(crossbar.conductance);
  await batch.submit();
  const named = conductancesOf(crossbar, reading.values(), [crossbar.array.chips]);
  crossbar.destroy();
  return Object.fromEntries(Object.entries(named).map(([name, { values: g }]) => [name, g]));
}

describe('programming error over 120,000 cells', () => {
  it('is normal with the spread of the target', async () => {
    const { conductance_pos, conductance_neg } = await cells({ device: 'generic' }, 0.5);
    const target = 1 + 99 * 0.5;
    expect(ksDistance(conductance_pos!, (g) => normalCdf((g - target) / (0.03 * target)))).toBeLessThan(ksLimit(count));
    expect(ksDistance(conductance_neg!, (g) => normalCdf((g - 1) / 0.03))).toBeLessThan(ksLimit(count));
    // The test must be able to fail: a spread of 3.1 % is another law.
    expect(ksDistance(conductance_pos!, (g) => normalCdf((g - target) / (0.031 * target)))).toBeGreaterThan(
      ksLimit(count),
    );
  });

  it('is uniform of the same spread where the device says so', async () => {
    const device = { preset: 'generic', programming: { kind: 'uniform' } } as const;
    const { conductance } = await cells({ device, mapping: 'offset' }, 1);
    const half = Math.sqrt(3) * 3;
    const cdf = (g: number) => Math.min(1, Math.max(0, (g - 100 + half) / (2 * half)));
    expect(ksDistance(conductance!, cdf)).toBeLessThan(ksLimit(count));
  });

  it.each([0, 0.01, 0.05, 0.5])('has the moments of a clamped normal at the weight %d', async (weight) => {
    const { conductance_pos } = await cells({ device: 'pcm-aihwkit' }, weight);
    const x = weight;
    const sigma = 0.26348 + 1.965 * x - 1.1731 * x * x;
    const expected = clampedMoments(25 * x, sigma, 0);
    const got = moments(conductance_pos!);
    expect(Math.abs(got.mean - expected.mean)).toBeLessThan((4 * expected.std) / Math.sqrt(count));
    expect(Math.abs(got.std / expected.std - 1)).toBeLessThan(0.01);
  });

  it('adds relaxation with a draw of its own', async () => {
    const device = { preset: 'generic', relaxation: { meanShiftUs: -0.5, sigmaUs: [4, 0, 0, 0, 0] } } as const;
    const { conductance_pos } = await cells({ device }, 1);
    const sigma = Math.hypot(3, 4);
    expect(ksDistance(conductance_pos!, (g) => normalCdf((g - 99.5) / sigma))).toBeLessThan(ksLimit(count));
  });
});

describe('stuck-at faults', () => {
  const device = { preset: 'ideal', stuckAt: { lowRate: 0.05, highRate: 0.03 } } as const;
  const stuck = (g: Float32Array) => Array.from(g, (value) => (value === 0 ? -1 : value === 100 ? 1 : 0));

  it('come at their rates', async () => {
    const { conductance_pos } = await cells({ device }, 0.5);
    const map = stuck(conductance_pos!);
    const observed = [-1, 0, 1].map((kind) => map.filter((value) => value === kind).length);
    const chiSquare = [0.05, 0.92, 0.03].reduce((sum, p, i) => sum + (observed[i]! - p * count) ** 2 / (p * count), 0);
    expect(chiSquare).toBeLessThan(13.8); // 2 degrees of freedom, once in a thousand
  });

  it('stay in their cells whatever is written, and are independent from chip to chip', async () => {
    const one = await cells({ device }, 0.5, { seed: 8, chips: 2 });
    const other = await cells({ device }, 0.25, { seed: 8, chips: 2 });
    const map = stuck(one['conductance_pos']!);
    expect(stuck(other['conductance_pos']!)).toEqual(map);
    const both = map.slice(0, count).filter((kind, i) => kind !== 0 && map[count + i] !== 0).length;
    const expected = 0.08 ** 2 * count;
    expect(Math.abs(both - expected)).toBeLessThan(4 * Math.sqrt(expected));
    const seed9 = await cells({ device }, 0.5, { seed: 9 });
    expect(stuck(seed9['conductance_pos']!)).not.toEqual(map.slice(0, count));
  });
});
