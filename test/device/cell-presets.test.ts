import { describe, expect, it } from 'vitest';
import { type CellChoice, cellModel } from '../../src/device/cell.ts';
import { programConductanceUs, programmingSigmaUs, readVarianceUs2 } from '../../src/device/cell-state.ts';
import { evaluateCurve } from '../../src/device/curve.ts';

// The sources' formulas, written again as they stand there, x = target / highest conductance.
const clip = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const accumulated = (clockS: number, readS: number) => Math.sqrt(Math.log((clockS + readS) / (2 * readS)));
const shares = [0, 0.003, 0.0076, 0.05, 0.0944, 0.0946, 0.1592, 0.2, 0.3, 0.31, 0.5, 0.8, 1];

describe('phase-change cells', () => {
  it("drift and make noise as AIHWKit has them for IBM's array", () => {
    const day = cellModel({ preset: 'pcm-aihwkit', ageS: 86400 });
    expect(day.drift.logTime).toBeCloseTo(Math.log(86420 / 20), 12);
    for (const x of shares) {
      const log = Math.log(Math.max(x, 1e-7));
      expect(evaluateCurve(day.drift.exponentMean, 25 * x)).toBeCloseTo(clip(-0.0155 * log + 0.0244, 0.049, 0.1), 12);
      expect(evaluateCurve(day.drift.exponentSigma, 25 * x)).toBeCloseTo(
        clip(-0.0125 * log - 0.0059, 0.008, 0.045),
        12,
      );
      const share = Math.min(0.2, 0.0088 / Math.max(x ** 0.65, 1e-3)) * accumulated(86420, 250e-9);
      expect(evaluateCurve(day.slowNoise.sigma, 25 * x)).toBeCloseTo(share, 12);
    }
  });

  it.each([
    {
      preset: 'pcm-hermes-1',
      max: 10.35,
      t0: 200,
      programming: (x: number) => 0.15781817 + 2.32443916 * x - 2.16310839 * x ** 2 + 0.68841818 * x ** 3,
      sigma: (x: number, log: number) =>
        x < 0.3039 ? clip(-0.012 * log - 0.0023, 0.0124, 0.04) : -0.0165 * x ** 2 + 0.0116 * x + 0.0104,
      share: (x: number, log: number) =>
        x < 0.1591
          ? clip(-0.0078 * log + 0.0038, 0.0179, 0.04)
          : 0.0664 * x ** 3 - 0.1352 * x ** 2 + 0.0768 * x + 0.0088,
    },
    {
      preset: 'pcm-hermes-2',
      max: 20.7,
      t0: 300,
      programming: (x: number) => 0.16603222 + 4.71806468 * x - 8.48101252 * x ** 2 + 4.68961419 * x ** 3,
      sigma: (x: number, log: number) =>
        x < 0.3055 ? clip(-0.0117 * log - 0.0057, 0.0091, 0.04) : -0.0118 * x ** 2 + 0.0093 * x + 0.0073,
      share: (x: number, log: number) =>
        x < 0.16 ? clip(-0.0117 * log - 0.0069, 0.015, 0.04) : 0.0069 * x ** 3 - 0.028 * x ** 2 + 0.0211 * x + 0.0123,
    },
  ])('$preset does as AIHWKit has it for the HERMES chip', ({ preset, max, t0, programming, sigma, share }) => {
    const cell = cellModel({ preset, ageS: 3600 });
    expect(cell.conductanceMaxUs).toBe(max);
    expect(cell.drift.logTime).toBeCloseTo(Math.log((3600 + t0) / t0), 12);
    for (const x of shares) {
      const log = Math.log(Math.max(x, 1e-7));
      const mean = x < 0.0945 ? clip(-0.0387 * log - 0.0182, 0.072, 0.13) : -0.0436 * x ** 2 - 0.0126 * x + 0.0736;
      expect(programmingSigmaUs(cell, max * x)).toBeCloseTo(programming(x), 12);
      expect(evaluateCurve(cell.drift.exponentMean, max * x)).toBeCloseTo(mean, 12);
      expect(evaluateCurve(cell.drift.exponentSigma, max * x)).toBeCloseTo(sigma(x, log), 12);
      const slow = share(x, log) * accumulated(3600 + t0, 512e-9);
      expect(evaluateCurve(cell.slowNoise.sigma, max * x)).toBeCloseTo(slow, 12);
    }
  });

  it('take an absolute exponent, drift from what was programmed, and add a share of what is left', () => {
    const cell = cellModel({ preset: 'pcm-aihwkit', ageS: 86400 });
    const sigma = programmingSigmaUs(cell, 10);
    const exponent = Math.abs(0.049 - 6 * clip(-0.0125 * Math.log(0.4) - 0.0059, 0.008, 0.045));
    const programmed = 10 - 2 * sigma;
    const left = programmed * (86420 / 20) ** -exponent;
    const share = (0.0088 / (programmed / 25) ** 0.65) * accumulated(86420, 250e-9);
    const draws = { programming: -2, exponent: -6, slow: 1.5 };
    expect(programConductanceUs(cell, 10, draws)).toBeCloseTo(left * (1 + 1.5 * share), 9);
    // Just programmed there is nothing but programming.
    expect(programConductanceUs(cellModel('pcm-aihwkit'), 10, draws)).toBeCloseTo(programmed, 12);
  });

  it('stretch with another range: the same in shares', () => {
    const own = cellModel({ preset: 'pcm-hermes-2', ageS: 1e5 });
    const other = cellModel({ preset: 'pcm-hermes-2', ageS: 1e5, conductanceMaxUs: 4 * own.conductanceMaxUs });
    const draws = { programming: 1.1, exponent: -0.7, slow: 0.4 };
    for (const x of shares) {
      const g = programConductanceUs(own, own.conductanceMaxUs * x, draws);
      expect(programConductanceUs(other, other.conductanceMaxUs * x, draws)).toBeCloseTo(4 * g, 9);
    }
  });
});

describe('SONOS cells', () => {
  it('have the whole spread of a day about its drifted mean, in currents of 100 nA for a uS', () => {
    const day = cellModel({ preset: 'sonos', ageS: 86400 });
    const shift = [
      1.72684e-1, 5.72552e-2, -6.85715e-4, 3.50271e-6, -9.37682e-9, 1.40575e-11, -1.19803e-14, 5.41293e-18,
      -8.85448e-22, -1.66869e-25, 5.9518e-29,
    ];
    for (const nA of [0, 50, 400, 1000, 1600]) {
      const mean = nA + shift.reduce((sum, c, power) => sum + c * nA ** power, 0);
      const sigma = Math.max(0, 25.59102 * (1 - Math.exp(-mean / 186.85544)));
      expect(programmingSigmaUs(day, nA / 100)).toBeCloseTo(sigma / 100, 9);
      expect(programConductanceUs(day, nA / 100, { programming: 1 })).toBeCloseTo((mean + sigma) / 100, 9);
    }
  });

  it('just programmed have no drift, and read noise at every age', () => {
    for (const ageS of [0, 432000]) {
      const cell = cellModel({ preset: 'sonos', ageS });
      expect(Math.sqrt(readVarianceUs2(cell, 5))).toBeCloseTo(0.1258037 * (1 - Math.exp(-500 / 215.36557)), 9);
    }
    const fresh = cellModel('sonos');
    expect(programConductanceUs(fresh, 5, { programming: 0 })).toBe(5);
    expect(programmingSigmaUs(fresh, 5)).toBeCloseTo(0.1988665 * (1 - Math.exp(-500 / 176.3115)), 9);
  });

  it('are interpolated between days', () => {
    const at = (days: number) => programmingSigmaUs(cellModel({ preset: 'sonos', ageS: days * 86400 }), 12);
    // The mean drifts by far less than the scale of the saturation, which is nearly complete at 12 uS.
    const height = (28.72753 + 31.04318) / 2;
    expect(100 * at(2.5)).toBeCloseTo(height * (1 - Math.exp(-1200 / ((193.56834 + 198.90332) / 2))), 1);
    expect(at(5)).toBeGreaterThan(at(4));
  });
});

describe('generic cells', () => {
  const sigmaAt = (choice: CellChoice, g: number) => programmingSigmaUs(cellModel({ preset: 'generic', ...choice }), g);

  it('have errors relative to the target, absolute, independent of the state, or falling with it', () => {
    expect(sigmaAt({ relativeSigma: 0.05 }, 40)).toBeCloseTo(2, 12);
    expect(sigmaAt({ absoluteSigmaUs: 0.7 }, 40)).toBeCloseTo(0.7, 12);
    expect(sigmaAt({ independentSigma: 0.02, conductanceMaxUs: 50 }, 40)).toBeCloseTo(1, 12);
    expect(sigmaAt({ inverseSigma: 0.001 }, 40)).toBeCloseTo(100 * 0.001 * (100 / 40), 12);
    expect(sigmaAt({ inverseSigma: 0.001, conductanceMinUs: 0 }, 0)).toBe(0);
  });

  it('take uniform errors of the same spread, half of their width sqrt(3) of it', () => {
    expect(cellModel({ preset: 'generic', programming: { kind: 'uniform' } }).programming.kind).toBe('uniform');
  });

  it('drift by numbers of their own, half of the cells upwards if asked', () => {
    const drift = { exponentMean: 0.1, exponentSigma: 0.05, referenceS: 20, direction: 'random' } as const;
    const cell = cellModel({ preset: 'generic', relativeSigma: 0, ageS: 180, drift });
    const at = (rises: boolean) => programConductanceUs(cell, 40, { programming: 0, exponent: 1, rises });
    expect(at(false)).toBeCloseTo(40 * 10 ** -0.15, 9);
    expect(at(true)).toBeCloseTo(40 * 10 ** 0.15, 9);
  });

  it('read with noise of a constant, of the conductance and of its root together', () => {
    const readNoise = { absoluteUs: 0.5, relative: 0.02, root: 0.01, sigmaUs: [0.1, 0.01] };
    const cell = cellModel({ preset: 'generic', readNoise });
    const g = 30;
    expect(readVarianceUs2(cell, g)).toBeCloseTo(0.25 + 0.36 + 1e-4 * g * 100 + 0.16, 12);
  });
});

describe('slow noise', () => {
  it('is drawn with the age, or by every read where asked', () => {
    const once = cellModel({ preset: 'cmo-hfox', ageS: 3600 });
    const sigma = 0.0277316483 * Math.log10(50) * accumulated(3600, 1e-6);
    const shift = -0.08900206 * Math.log(3600);
    expect(programConductanceUs(once, 50 - shift, { programming: 0, slow: 2 })).toBeCloseTo(50 + 2 * sigma, 6);
    expect(readVarianceUs2(once, 50)).toBe(0);
    const often = cellModel({ preset: 'cmo-hfox', ageS: 3600, slowNoise: { drawn: 'every-read' } });
    expect(programConductanceUs(often, 50 - shift, { programming: 0, slow: 2 })).toBeCloseTo(50, 9);
    expect(Math.sqrt(readVarianceUs2(often, 50))).toBeCloseTo(sigma, 9);
    const pcm = cellModel({ preset: 'pcm-aihwkit', ageS: 3600, slowNoise: { drawn: 'every-read' } });
    const share = (0.0088 / 0.4 ** 0.65) * accumulated(3620, 250e-9);
    expect(Math.sqrt(readVarianceUs2(pcm, 10))).toBeCloseTo(10 * share, 9);
  });
});

describe("a device of one's own", () => {
  it('is four functions', () => {
    const cell = cellModel({
      name: 'mine',
      conductanceMinUs: 2,
      conductanceMaxUs: 80,
      ageS: 100,
      programming: { sigmaUs: (g) => 0.5 + Math.sqrt(g) / 10 },
      relaxation: { meanShiftUs: (g, age) => -0.01 * g * Math.log10(age), sigmaUs: (_, age) => 0.1 * Math.log(age) },
      readNoise: { sigmaUs: (g) => 0.02 * g },
    });
    for (const g of [2, 3.3, 17, 80]) {
      expect(programmingSigmaUs(cell, g)).toBeCloseTo(0.5 + Math.sqrt(g) / 10, 4);
      expect(evaluateCurve(cell.relaxation.meanShiftUs, g)).toBeCloseTo(-0.02 * g, 9);
      expect(evaluateCurve(cell.relaxation.sigmaUs, g)).toBeCloseTo(0.1 * Math.log(100), 9);
      expect(Math.sqrt(readVarianceUs2(cell, g))).toBeCloseTo(0.02 * g, 9);
    }
    expect(JSON.parse(JSON.stringify(cell))).toEqual(cell);
  });

  it('is points with lines between, level beyond', () => {
    const cell = cellModel({
      programming: {
        sigmaUs: {
          points: [
            [10, 1],
            [30, 3],
            [60, 0],
          ],
        },
      },
    });
    expect([0, 10, 20, 45, 60, 100].map((g) => programmingSigmaUs(cell, g))).toEqual([1, 1, 2, 1.5, 0, 0]);
  });

  it("may end a preset's range before its data do, without stretching it", () => {
    const part = cellModel({ preset: 'hfox-milo', conductanceMinUs: 62.5, conductanceMaxUs: 110, stretch: false });
    expect([part.conductanceMinUs, part.conductanceMaxUs]).toEqual([62.5, 110]);
    expect(programmingSigmaUs(part, 100)).toBeCloseTo(4.782321 - 0.9107, 12);
  });
});
