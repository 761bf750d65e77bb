import { describe, expect, it } from 'vitest';
import { type ChargeChoice, chargeModel, comparatorNoise, thermalVariance } from '../../src/device/charge-array.ts';
import { planChargeCells } from '../../src/kernel/charge-cells.ts';
import type { ChargeMvmProblem } from '../../src/kernel/charge-mvm.ts';
import { chargeEstimateReference } from '../../src/reference/charge-mvm.ts';
import { unwritten } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { ksDistance, ksLimit, moments, normalCdf } from '../support/statistics.ts';
import { nibblesOf, randomCodes, runCharge, runSelect } from './charge-data.ts';

const [reads, dim, keys] = [20_000, 64, 4];
const q = randomCodes(1, dim, 7);
const k = randomCodes(keys, dim, 8);
const repeated = new Int8Array(reads * dim);
for (let i = 0; i < reads; i++) repeated.set(q, i * dim);
const sizes = { headCount: 1, heads: 1, windows: 1, queries: reads, keys, dim, causal: false, seed: 11 } as const;

/** Estimates of every key by many reads with the same query, and what they are without noise. */
async function readOften(choice: ChargeChoice): Promise<{ estimates: Float32Array; exact: readonly number[] }> {
  const problem: ChargeMvmProblem = { ...sizes, model: chargeModel(choice) };
  const { estimates } = await runCharge(await nodeGpu(), problem, repeated, k);
  const exact = Array.from({ length: keys }, (_, j) =>
    chargeEstimateReference(chargeModel('ideal'), nibblesOf(q, 0, dim), nibblesOf(k, j, dim)),
  );
  return { estimates, exact };
}

const ofKey = (estimates: Float32Array, j: number) => estimates.filter((_, i) => i % keys === j);

describe('kT/C noise over 20,000 reads', () => {
  it('of passive is normal with the variance of the closed form, independent between keys and reads', async () => {
    const choice = { preset: 'charge-65nm', capacitorMismatch: 0, unitCapacitanceFf: 0.5 } as const;
    const { estimates, exact } = await readOften(choice);
    const sigma = Math.sqrt(thermalVariance(chargeModel(choice), dim));
    expect(sigma).toBeCloseTo(1.5805 * Math.SQRT2, 2);
    for (let j = 0; j < keys; j++) {
      const own = ofKey(estimates, j);
      const distance = (wider: number) => ksDistance(own, (e) => normalCdf((e - exact[j]!) / (wider * sigma)));
      expect(distance(1)).toBeLessThan(ksLimit(reads));
      // The test must be able to fail: 8 % more noise is another law.
      expect(distance(1.08)).toBeGreaterThan(ksLimit(reads));
    }
    const deviation = (i: number) => (estimates[i]! - exact[i % keys]!) / sigma;
    for (const lag of [1, 2, 3, keys]) {
      let sum = 0;
      for (let i = 0; i + lag < reads * keys; i++) sum += deviation(i) * deviation(i + lag);
      expect(Math.abs(sum) / (reads * keys)).toBeLessThan(4 / Math.sqrt(reads * keys));
    }
  });

  it('of bitplane moves a count as often as the normal law says', async () => {
    // Noise of 0.25 counts passes half a count in 4.55 % of the conversions, to either side.
    const comparatorNoiseMv = (0.25 * 1000) / (64 * 1.3);
    const choice = { preset: 'charge-65nm', combine: 'bitplane', capacitorMismatch: 0, noise: 'none' } as const;
    const { estimates, exact } = await readOften({
      ...choice,
      comparatorNoiseMv,
      comparatorOffsetMv: 0,
      conversionBits: 7,
    });
    const moved = 2 * (1 - normalCdf(2));
    for (let j = 0; j < keys; j++) {
      const own = ofKey(estimates, j);
      // 16 conversions, each off by one with its weight; counts here are far from 0 and from the last code.
      const expected = Math.sqrt(moved * 85 ** 2);
      expect(Math.abs(moments(own).mean - exact[j]!)).toBeLessThan((4 * expected) / Math.sqrt(reads));
      expect(Math.abs(moments(own).std / expected - 1)).toBeLessThan(0.05);
    }
  });
});

it("a comparator's noise keeps a key as often as the normal law says", async () => {
  const model = chargeModel({ preset: 'charge-65nm', capacitorMismatch: 0, noise: 'none', comparatorOffsetMv: 0 });
  const exact = chargeEstimateReference(chargeModel('ideal'), nibblesOf(q, 0, dim), nibblesOf(k, 0, dim));
  // One unit is worth 256 * 0.25 * 0.125 / 8 = 1 in score; the threshold lies one standard deviation above the first key.
  const sigma = comparatorNoise(model, dim);
  const { selection } = await runSelect(await nodeGpu(), { ...sizes, model }, repeated, k, {
    scales: Float32Array.of(0.25, 0.125, 1),
    thresholds: Float32Array.of(exact + sigma),
  });
  const kept = selection.reduce((sum, word) => sum + (word & 1), 0);
  const expected = reads * (1 - normalCdf(1));
  expect(Math.abs(kept - expected)).toBeLessThan(4 * Math.sqrt(expected));
});

describe('capacitors', () => {
  it('deviate as the model says, each by itself', async () => {
    const [heads, columns] = [4, 64];
    const model = chargeModel({ preset: 'charge-65nm', capacitorMismatch: 0.02, columns });
    const launch = planChargeCells({ chips: 2, heads, dim, model, seed: 3 });
    const gpu = await nodeGpu();
    const tensor = unwritten(gpu, 'f32', [launch.elements['shares']!]);
    const batch = gpu.batch().run(launch, { shares: tensor });
    const reading = batch.read<Float32Array>(tensor);
    await batch.submit();
    const shares = reading.values();
    // Over its line's own deviation, which takes 1 / (1.3 dim) of each cell's back.
    const sigma = 0.02 * Math.sqrt((1 - 1 / (1.3 * dim)) ** 2 + (dim - 1) / (1.3 * dim) ** 2);
    expect(ksDistance(shares.subarray(0, 40_000), (x) => normalCdf((x - 1) / sigma))).toBeLessThan(ksLimit(40_000));
    expect(Math.abs(moments(shares).std / sigma - 1)).toBeLessThan(0.01);
    // Between planes, dimensions, columns, heads and chips.
    for (const lag of [1, 4, 4 * dim, 4 * dim * columns, 4 * dim * columns * heads]) {
      let sum = 0;
      for (let i = 0; i + lag < shares.length; i++) sum += (shares[i]! - 1) * (shares[i + lag]! - 1);
      // Cells of one line have -1 / dim in common.
      const common = lag === 4 ? 1 / dim : 0;
      expect(Math.abs(sum / (shares.length - lag)) / sigma ** 2).toBeLessThan(
        common + 4 / Math.sqrt(shares.length - lag),
      );
    }
  });
});
