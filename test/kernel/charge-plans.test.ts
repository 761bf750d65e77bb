import { describe, expect, it } from 'vitest';
import { type ChargeChoice, chargeModel } from '../../src/device/charge-array.ts';
import { planChargeCells } from '../../src/kernel/charge-cells.ts';
import { type ChargeMvmProblem, planChargeMvm } from '../../src/kernel/charge-mvm.ts';
import { chargeOffsets, chargeParams, chargeWeights } from '../../src/kernel/charge-params.ts';
import { planChargeProgram } from '../../src/kernel/charge-program.ts';
import { planChargeSelect } from '../../src/kernel/charge-select.ts';
import { planScoreAttend } from '../../src/kernel/score-attend.ts';
import { ksDistance, ksLimit, moments, normalCdf } from '../support/statistics.ts';

const problem: ChargeMvmProblem = {
  ...{ headCount: 4, heads: 2, windows: 2, queries: 3, keys: 5, dim: 64, causal: false },
  model: chargeModel('charge-65nm'),
};

describe('guards of the planners', () => {
  it.each([
    ['CHARGE_CHIPS', () => planChargeMvm({ ...problem, headCount: 6 })],
    ['CHARGE_CHIPS', () => planChargeProgram({ ...problem, headCount: 6 })],
    ['ATTEND_DIM', () => planChargeCells({ ...problem, chips: 1, seed: 1, dim: 129 })],
    ['ATTEND_DIM', () => planChargeProgram({ ...problem, dim: 0 })],
    ['ATTEND_DIM', () => planChargeMvm({ ...problem, dim: 129 })],
    ['ATTEND_SIZE', () => planChargeMvm({ ...problem, keys: 0 })],
    ['ATTEND_SIZE', () => planChargeMvm({ ...problem, queryFirst: 2, queryCount: 2 })],
    ['ATTEND_CAUSAL', () => planChargeSelect({ ...problem, causal: true, keys: 2 })],
    ['THRESHOLD_MARGIN', () => planChargeSelect({ ...problem, margin: Number.NaN })],
    [
      'ATTEND_SIZE',
      () =>
        planScoreAttend({
          ...{ heads: 1, queries: 3, keys: 3, dim: 4, causal: false, operandBits: 32, scale: 1 },
          ...{ queryFirst: 2, queryCount: 2 },
        }),
    ],
  ])('%s', (code, plan) => {
    expect(plan).toThrow(expect.objectContaining({ code, kind: 'input' }));
  });

  it('have nothing to run where there are no queries', () => {
    expect(planChargeMvm({ ...problem, queries: 0 }).workgroups).toContain(0);
    expect(planChargeProgram({ ...problem, headCount: 0 }).workgroups).toContain(0);
  });
});

describe('the form of weights', () => {
  it.each<[string, ChargeChoice]>([
    ['none', { preset: 'charge-65nm', combine: 'ideal' }],
    ['none', { preset: 'charge-65nm', capacitorMismatch: 0 }],
    ['weights', { preset: 'charge-65nm' }],
    ['planes', { preset: 'charge-65nm', combine: 'bitplane' }],
  ])('is %s for %j', (form, choice) => {
    expect(chargeWeights(chargeModel(choice))).toBe(form);
  });
});

describe('parameters', () => {
  const bitplane = (choice: ChargeChoice) =>
    chargeParams(chargeModel({ preset: 'charge-65nm', combine: 'bitplane', ...choice }), 64);

  it('of a conversion join both noises', () => {
    const { sigma, comparator_sigma } = bitplane({});
    // 223 and 200 uV of 12.02 mV.
    expect(sigma).toBeCloseTo(Math.hypot(0.22314, 0.2) / 12.0192, 5);
    expect(comparator_sigma).toBe(0);
    expect(chargeParams(problem.model, 64).comparator_sigma).toBeCloseTo(3.744, 3);
  });

  it('take no count for sure where codes are wider than counts, or noise reaches half a count', () => {
    expect(bitplane({}).sure).toBeCloseTo(0.499 - 5.9 * bitplane({}).sigma, 12);
    expect(bitplane({ conversionBits: 5 }).sure).toBe(-1);
    expect(bitplane({ comparatorNoiseMv: 2 }).sure).toBeLessThan(0);
  });
});

describe('offsets', () => {
  const population = { chips: 40, heads: 5, seed: 2 };

  it('are normal where nothing calibrates them, and in nibble units', () => {
    const model = chargeModel({ preset: 'charge-65nm', calibrationStepMv: 0, columns: 61 });
    const offsets = chargeOffsets(model, 64, population);
    expect(offsets).toHaveLength(40 * 5 * 61);
    const sigma = 3.5e-3 / 5.3419e-5;
    expect(ksDistance(offsets, (x) => normalCdf(x / sigma))).toBeLessThan(ksLimit(offsets.length));
    expect(ksDistance(offsets, (x) => normalCdf(x / (1.05 * sigma)))).toBeGreaterThan(ksLimit(offsets.length));
  });

  it('are even within a step of calibration', () => {
    const offsets = chargeOffsets(chargeModel({ preset: 'charge-65nm', pedestalMv: 1 }), 64, population);
    const unit = 5.3419e-2; // mV
    expect(ksDistance(offsets, (x) => Math.min(1, Math.max(0, (x * unit - 1 + 0.25) / 0.5)))).toBeLessThan(
      ksLimit(offsets.length),
    );
  });

  it('are in counts before a converter', () => {
    const model = chargeModel({ preset: 'charge-65nm', combine: 'bitplane', calibrationStepMv: 0 });
    expect(moments(chargeOffsets(model, 64, population)).std).toBeCloseTo(3.5 / 12.0192, 2);
  });

  it('belong to a chip, whatever the population, and are all alike without spread', () => {
    const model = chargeModel({ preset: 'charge-65nm', columns: 61 });
    const later = chargeOffsets(model, 64, { ...population, chips: 2, firstChip: 7 });
    expect(later).toEqual(chargeOffsets(model, 64, population).subarray(7 * 305, 9 * 305));
    const shifted = chargeModel({ pedestalMv: 1, droopMvPerNs: 0.1, holdNs: 5 });
    expect(new Set(chargeOffsets(shifted, 64, population))).toEqual(new Set([Math.fround(0.5e-3 * 64 * 225)]));
  });
});
