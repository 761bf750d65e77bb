import { type ChargeChoice, chargeModel, conversionStep, countVolts } from '../../src/device/charge-array.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { visibleKeys } from '../../src/kernel/attend-problem.ts';
import type { ChargeMvmProblem } from '../../src/kernel/charge-mvm.ts';
import { chargeParams } from '../../src/kernel/charge-params.ts';
import { scoreStride } from '../../src/kernel/wta-select.ts';
import { chargeEstimateReference } from '../../src/reference/charge-mvm.ts';
import { assert, type KernelCase, sentinel } from '../support/kernel-case.ts';
import { type ChargeRun, lineOf, nibblesOf, noiseDraws, randomCodes, runCharge, sharesOf } from './charge-data.ts';

interface Setup {
  readonly model: string | ChargeChoice;
  readonly queries: number;
  readonly keys: number;
  readonly dim?: number;
  readonly causal?: boolean;
  readonly chips?: number;
  readonly heads?: number;
  readonly windows?: number;
  readonly queryFirst?: number;
  readonly queryCount?: number;
  readonly layer?: number;
  readonly firstEvent?: number;
}

const still = { preset: 'charge-65nm', noise: 'none', comparatorNoiseMv: 0 } as const;
const many = { chips: 2, heads: 3, windows: 2 } as const;

const setups: Readonly<Record<string, Setup>> = {
  'ideal, one key': { model: {}, queries: 1, keys: 1 },
  'ideal, a quad less one, one dimension': { model: {}, queries: 2, keys: 3, dim: 1 },
  'ideal, causal, a quad': { model: {}, queries: 4, keys: 4, dim: 31, causal: true },
  'ideal, a quad and one, 32 dimensions': { model: {}, queries: 5, keys: 5, dim: 32 },
  'ideal, more queries than a workgroup has, 33 dimensions': { model: {}, queries: 65, keys: 33, dim: 33 },
  'ideal, 128 dimensions, chips and windows': { model: {}, queries: 7, keys: 10, dim: 128, ...many },
  'ideal, causal with more keys than queries': { model: {}, queries: 20, keys: 31, causal: true },
  'ideal, queries in part': { model: {}, queries: 50, keys: 50, causal: true, queryFirst: 17, queryCount: 20 },
  'passive without errors': { model: { combine: 'passive' }, queries: 9, keys: 40 },
  'passive with mismatch': { model: still, queries: 9, keys: 40, ...many },
  'passive with mismatch, 20 dimensions': { model: still, queries: 9, keys: 40, dim: 20 },
  'passive with mismatch, 128 dimensions': { model: still, queries: 5, keys: 40, dim: 128, causal: false },
  'passive with mismatch and noise': {
    model: 'charge-65nm',
    queries: 9,
    keys: 41,
    layer: 2,
    firstEvent: 100,
    ...many,
  },
  'passive with noise alone': { model: { preset: 'charge-65nm', capacitorMismatch: 0 }, queries: 9, keys: 41, ...many },
  'passive with noise, queries in part': {
    model: { preset: 'charge-65nm', capacitorMismatch: 0 },
    queries: 20,
    keys: 20,
    queryFirst: 7,
    queryCount: 9,
  },
  'bitplane with noise, queries in part': {
    model: { preset: 'charge-65nm', combine: 'bitplane', capacitorMismatch: 0, comparatorNoiseMv: 4 },
    queries: 20,
    keys: 20,
    queryFirst: 7,
    queryCount: 9,
  },
  'bitplane without errors': { model: { combine: 'bitplane' }, queries: 9, keys: 40, dim: 128 },
  'bitplane of 6 bits, 64 dimensions': { model: { combine: 'bitplane', conversionBits: 6 }, queries: 30, keys: 40 },
  'bitplane of 5 bits, where odd counts are ties': {
    model: { combine: 'bitplane', conversionBits: 5 },
    queries: 9,
    keys: 40,
  },
  'bitplane of too few bits': { model: { combine: 'bitplane', conversionBits: 4 }, queries: 9, keys: 40, dim: 40 },
  'bitplane with mismatch that moves no count': {
    model: { ...still, combine: 'bitplane', comparatorOffsetMv: 0 },
    queries: 9,
    keys: 40,
    ...many,
  },
  'bitplane with mismatch and large offsets': {
    model: { ...still, combine: 'bitplane', comparatorOffsetMv: 6, calibrationStepMv: 0 },
    queries: 9,
    keys: 70,
    ...many,
  },
  'bitplane with offsets alone': {
    model: { ...still, combine: 'bitplane', comparatorOffsetMv: 6, calibrationStepMv: 0, capacitorMismatch: 0 },
    queries: 9,
    keys: 70,
  },
  'bitplane with mismatch and too few bits': {
    model: { ...still, combine: 'bitplane', conversionBits: 5 },
    queries: 9,
    keys: 70,
    dim: 40,
  },
  'bitplane with everything, noise large': {
    model: { preset: 'charge-65nm', combine: 'bitplane', comparatorNoiseMv: 4, pedestalMv: 3 },
    queries: 9,
    keys: 41,
    layer: 3,
    firstEvent: 7,
    ...many,
  },
};

/** Estimates of charge arrays against the host's, event by event. */
export const chargeMvmCases: readonly KernelCase[] = Object.entries(setups).map(([name, setup]) => ({
  name: `charge-mvm ${name}`,
  run: (gpu: Gpu) => compare(gpu, setup),
}));

async function compare(gpu: Gpu, setup: Setup): Promise<void> {
  const { queries, keys, dim = 64, causal = false, chips = 1, heads = 1, windows = 1 } = setup;
  const { queryFirst = 0, queryCount = queries - queryFirst, layer = 0, firstEvent = 0 } = setup;
  const model = chargeModel(setup.model);
  const headCount = chips * heads * windows;
  const sizes = { headCount, heads, windows, queries, queryFirst, queryCount, keys, dim, causal };
  const problem: ChargeMvmProblem = { ...sizes, model, seed: 6, firstChip: 3, layer, firstEvent };
  const q = randomCodes(headCount * queries, dim, 1);
  const k = randomCodes(headCount * keys, dim, 2);
  const run = await runCharge(gpu, problem, q, k);
  const stride = scoreStride(keys);
  let [checked, skipped] = [0, 0];
  for (let h = 0; h < headCount; h++) {
    for (let i = 0; i < queryCount; i++) {
      const nibbles = nibblesOf(q, h * queries + queryFirst + i, dim);
      const seen = visibleKeys(problem, queryFirst + i);
      for (let j = 0; j < stride; j++) {
        const got = run.estimates[(h * queryCount + i) * stride + j]!;
        if (j >= seen) {
          assert(got === Math.fround(sentinel.f32), `row ${h}, ${i} has ${got} for key ${j}, which it does not see`);
          continue;
        }
        checked += 1;
        const expected = estimate(problem, run, nibbles, nibblesOf(k, h * keys + j, dim), { h, i, j });
        if (expected === undefined) skipped += 1;
        else
          assert(
            Math.abs(got - expected.value) <= expected.tolerance,
            `row ${h}, ${i}, key ${j} is ${got}, expected ${expected.value} +- ${expected.tolerance}`,
          );
      }
    }
  }
  // With noise of 0.3 counts, 16 events an estimate are within 0.001 of a limit 3 times in a hundred.
  assert(skipped <= 0.05 * checked, `${skipped} of ${checked} lie too near a code's limit to tell`);
}

/** The estimate and how far rounding may take it; undefined where a count lies so near a code's limit that rounding decides. */
function estimate(
  problem: ChargeMvmProblem,
  run: ChargeRun,
  q: readonly number[],
  k: readonly number[],
  { h, i, j }: { h: number; i: number; j: number },
): { value: number; tolerance: number } | undefined {
  const { model, heads, windows, queries, queryFirst = 0, keys, dim, seed, firstChip, layer, firstEvent } = problem;
  const chip = firstChip! + Math.floor(h / (heads * windows));
  const event = firstEvent! + (Math.floor(h / heads) % windows) * queries + queryFirst + i;
  const quads = scoreStride(keys) / 4;
  const headElement = (layer! * heads + (h % heads)) * quads;
  const shares = model.capacitorMismatch > 0 ? sharesOf(run, problem, h, j) : undefined;
  const { sigma } = chargeParams(model, dim);
  // What sin and cos of an adapter may be off by, 2^-11, on normals of up to 5.9; products of `dim` terms of at most 64 each.
  const drawError = 5.9 * 2 ** -11 * sigma;
  if (model.combine !== 'bitplane') {
    const value = chargeEstimateReference(model, q, k, { shares });
    const noise = sigma > 0 ? sigma * noiseDraws(seed!, chip, headElement + (j >> 2), event)[j & 3]! : 0;
    return { value: value + noise, tolerance: shares || sigma > 0 ? drawError + 4 * dim * 64 * 2 ** -24 * 8 : 0 };
  }
  const perCount = countVolts(model, dim);
  const offset = run.offsets[lineOf(problem, h, j)]!;
  const draws = [0, 1, 2, 3].map((p) =>
    sigma > 0 ? noiseDraws(seed!, chip, (headElement * 4 + j) * 4 + p, event) : [0, 0, 0, 0],
  );
  const eventV = (s: number, p: number) => perCount * (offset + sigma * draws[p]![s]!);
  const edge = drawError + (shares || sigma > 0 || offset !== 0 ? dim * 2 ** -22 : 0);
  if (edge > 0 && nearLimit(problem, q, k, shares, (s, p) => eventV(s, p) / perCount, edge)) return undefined;
  const value = chargeEstimateReference(model, q, k, { shares, eventV });
  const whole = Number.isInteger(conversionStep(model, dim));
  return { value, tolerance: whole ? 0 : 2 ** -24 * 8 * 64 * dim };
}

function nearLimit(
  { model, dim }: ChargeMvmProblem,
  q: readonly number[],
  k: readonly number[],
  shares: ArrayLike<number> | undefined,
  added: (s: number, p: number) => number,
  edge: number,
): boolean {
  const step = conversionStep(model, dim);
  for (let s = 0; s < 4; s++) {
    for (let p = 0; p < 4; p++) {
      let count = added(s, p);
      q.forEach((nibble, n) => {
        if ((nibble >> s) & (k[n]! >> p) & 1) count += shares?.[4 * n + p] ?? 1;
      });
      const position = count / step + 0.5;
      if (Math.abs(position - Math.round(position)) * step < edge) return true;
    }
  }
  return false;
}
