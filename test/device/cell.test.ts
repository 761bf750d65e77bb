import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellChoice, type CellModel, cellModel, cellNames, rescaleCell } from '../../src/device/cell.ts';
import {
  type CellDraws,
  programConductanceUs,
  programmingSigmaUs,
  readVarianceUs2,
  targetLevelUs,
} from '../../src/device/cell-state.ts';
import { evaluateCurve } from '../../src/device/curve.ts';
import { CimError } from '../../src/errors.ts';

describe('published fits', () => {
  it('clamps at 0 unless told otherwise', () => {
    expect(written(cellModel('hfox-neurram-crosssim'), 0.39, -3)).toBe(0);
    expect(written(cellModel('pcm-joshi'), 0.25, -3)).toBe(0);
  });

  it('gives NeuRRAM the spread that its shares of 40 uS give, at each age', () => {
    const atFull = { 1: 0.348 + 16.03 - 43.853 + 45.393 - 16.815, 86400: 2.651, 172800: 2.677 };
    for (const [age, sigma] of Object.entries(atFull)) {
      expect(programmingSigmaUs(cellModel({ preset: 'hfox-neurram', ageS: Number(age) }), 40)).toBeCloseTo(sigma, 9);
    }
    const half = 0.348 + 16.03 / 2 - 43.853 / 4 + 45.393 / 8 - 16.815 / 16;
    expect(programmingSigmaUs(cellModel('hfox-neurram'), 20)).toBeCloseTo(half, 9);
    expect(Math.abs(programmingSigmaUs(cellModel('hfox-neurram-crosssim'), 20) - half)).toBeLessThan(0.5);
  });

  it('ages CMO/HfOx with the logarithm of time', () => {
    const day = cellModel({ preset: 'cmo-hfox', ageS: 86400, acceptancePercent: 2 });
    expect(programmingSigmaUs(day, 50)).toBeCloseTo(0.5757, 3);
    expect(evaluateCurve(day.relaxation.meanShiftUs, 50)).toBeCloseTo(-0.089 * Math.log(86400), 3);
    expect(evaluateCurve(day.relaxation.sigmaUs, 50)).toBeCloseTo(0.042 * Math.log(86400) + 0.4118, 3);
    expect(written(day, 50, 1, { relaxation: -1 })).toBeCloseTo(50 + 0.5757 - 1.0116 - 0.8894, 3);
    expect(written(day, 88.2, 9)).toBe(88.2);
    expect(evaluateCurve(cellModel('cmo-hfox').relaxation.meanShiftUs, 50)).toBe(0);
    expect(programmingSigmaUs(cellModel('cmo-hfox'), 50)).toBeCloseTo(0.05425, 4);
  });
});

describe('another range', () => {
  it('stretches programming and read noise with the range, for every preset', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...cellNames),
        fc.double({ min: 0.05, max: 20, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, s, x) => {
          const own = cellModel(name);
          const other = cellModel({ preset: name, conductanceMaxUs: own.conductanceMaxUs * s });
          const g = own.conductanceMaxUs * x;
          const close = (got: number, expected: number) =>
            expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected));
          close(programmingSigmaUs(other, g * s), s * programmingSigmaUs(own, g));
          close(readVarianceUs2(other, g * s), s * s * readVarianceUs2(own, g));
          expect(other.conductanceMinUs / other.conductanceMaxUs).toBeCloseTo(
            own.conductanceMinUs / own.conductanceMaxUs,
            9,
          );
        },
      ),
    );
  });

  it('stretches the bounds of reads too', () => {
    const own = cellModel({ preset: 'hfox-milo', readNoise: { clampUs: [40, 230] } });
    expect(rescaleCell(own, 450).readNoise.clampUs).toEqual([80, 460]);
  });

  it('lets a change in uS stand as given', () => {
    const cell = cellModel({ preset: 'hfox-milo', conductanceMaxUs: 100, programming: { sigmaUs: [2, 0, 0, 0, 0] } });
    expect(programmingSigmaUs(cell, 70)).toBe(2);
    expect(cell.conductanceMinUs).toBeCloseTo((100 * 50) / 225, 12);
  });
});

describe('choices', () => {
  it('keeps the target where there is no error', () => {
    expect(written(cellModel(), 37.5, 3, { exponent: 3, relaxation: 3, slow: 3 })).toBe(37.5);
  });

  it('takes shorthands', () => {
    const cell = cellModel({ preset: 'generic', relativeSigma: 0.1, onOffRatio: 10, conductanceMaxUs: 50 });
    expect(cell.conductanceMinUs).toBe(5);
    expect(programmingSigmaUs(cell, 20)).toBeCloseTo(2, 12);
  });

  it('snaps to levels', () => {
    const cell = cellModel({ preset: 'ideal', levels: 5 });
    expect([-4, 12, 13, 60, 120].map((g) => targetLevelUs(cell, g))).toEqual([0, 0, 25, 50, 100]);
  });

  it('is frozen through', () => {
    const cell = cellModel('hfox-neurram');
    expect(() => Object.assign(cell.readNoise, { relative: 1 })).toThrow(TypeError);
    expect(() => Object.assign(cell, { levels: 2 })).toThrow(TypeError);
  });
});

describe('guards', () => {
  const cases: readonly [string, string, string | CellChoice][] = [
    ['unknown name', 'CELL_UNKNOWN', 'hfox-mylo'],
    ['name of an inherited property', 'CELL_UNKNOWN', 'constructor'],
    ['misspelt key', 'CELL_KEY', { stuckat: {} } as CellChoice],
    ['misspelt inner key', 'CELL_KEY', { stuckAt: { low: 0.1 } } as CellChoice],
    ['NaN', 'CELL_VALUE', { readNoise: { relative: Number.NaN } }],
    ['infinite range', 'CELL_VALUE', { conductanceMaxUs: Number.POSITIVE_INFINITY }],
    ['negative rate', 'CELL_VALUE', { stuckAt: { lowRate: -0.1 } }],
    ['rates over 1', 'CELL_VALUE', { stuckAt: { lowRate: 0.6, highRate: 0.6 } }],
    ['negative noise', 'CELL_VALUE', { readNoise: { absoluteUs: -1 } }],
    ['an unknown law of reads', 'CELL_VALUE', { readNoise: { kind: 'cauchy' } } as unknown as CellChoice],
    ['reads clipped upside down', 'CELL_VALUE', { readNoise: { clampUs: [3, 1] } }],
    ['min at max', 'CELL_VALUE', { conductanceMinUs: 100 }],
    ['negative min', 'CELL_VALUE', { conductanceMinUs: -1 }],
    ['no coefficients', 'CELL_VALUE', { programming: { sigmaUs: [] } }],
    ['twelve coefficients', 'CELL_VALUE', { relaxation: { sigmaUs: new Array(12).fill(0) } }],
    ['a coefficient that is none', 'CELL_VALUE', { programming: { sigmaUs: [1, Number.NaN] } }],
    ['no points', 'CELL_VALUE', { programming: { sigmaUs: { points: [] } } }],
    [
      'points out of order',
      'CELL_VALUE',
      {
        programming: {
          sigmaUs: {
            points: [
              [2, 1],
              [1, 1],
            ],
          },
        },
      },
    ],
    ['a point without a value', 'CELL_VALUE', { programming: { sigmaUs: { points: [[2, Number.NaN]] } } }],
    ['a function that has no value', 'CELL_VALUE', { readNoise: { sigmaUs: (g) => Math.log(-g) } }],
    ['a negative drift', 'CELL_VALUE', { drift: { exponentMean: -0.1 } }],
    ['drift that starts at once', 'CELL_VALUE', { drift: { referenceS: 0 } }],
    ['an unknown direction', 'CELL_VALUE', { drift: { direction: 'sideways' } } as unknown as CellChoice],
    ['slow noise drawn never', 'CELL_VALUE', { slowNoise: { drawn: 'never' } } as unknown as CellChoice],
    ['two shorthands', 'CELL_VALUE', { relativeSigma: 0.1, independentSigma: 0.1 }],
    ['a shorthand and its long form', 'CELL_VALUE', { relativeSigma: 0.1, programming: { sigmaUs: 1 } }],
    ['two lowest conductances', 'CELL_VALUE', { onOffRatio: 10, conductanceMinUs: 1 }],
    ['a part beyond the data', 'CELL_VALUE', { preset: 'hfox-milo', conductanceMaxUs: 300, stretch: false }],
    ['sigma below 0 in the range', 'CELL_VALUE', { programming: { sigmaUs: [1, -0.1, 0, 0, 0] } }],
    ['kind', 'CELL_VALUE', { programming: { kind: 'cauchy' } } as unknown as CellChoice],
    ['clamp upside down', 'CELL_VALUE', { clampUs: [3, 1] }],
    ['one level', 'CELL_VALUE', { levels: 1 }],
    ['half a level', 'CELL_VALUE', { levels: 2.5 }],
    ['age without data', 'CELL_AGE', { preset: 'hfox-neurram', ageS: 60 }],
    ['age of an ageless cell', 'CELL_AGE', { preset: 'hfox-milo', ageS: 60 }],
    ['age below a second', 'CELL_AGE', { preset: 'cmo-hfox', ageS: 0.5 }],
    ['sonos after a week', 'CELL_AGE', { preset: 'sonos', ageS: 604800 }],
    ['pcm before it is programmed', 'CELL_AGE', { preset: 'pcm-aihwkit', ageS: -1 }],
    ['acceptance without data', 'CELL_VALUE', { preset: 'cmo-hfox', acceptancePercent: 1 }],
    ['acceptance elsewhere', 'CELL_VALUE', { preset: 'hfox-milo', acceptancePercent: 2 }],
  ];
  it.each(cases)('%s: %s', (_, code, choice) => {
    expect(() => cellModel(choice)).toThrow(expect.objectContaining({ code, kind: 'input' }));
  });

  it('lists the names it knows', () => {
    const thrown = catchError(() => cellModel('nothing'));
    for (const name of cellNames) expect(thrown.fix).toContain(name);
  });
});

function catchError(run: () => unknown): CimError {
  try {
    run();
  } catch (error) {
    if (error instanceof CimError) return error;
  }
  throw new Error('nothing was thrown');
}

function written(model: CellModel, targetUs: number, programming: number, draws: Partial<CellDraws> = {}): number {
  return programConductanceUs(model, targetUs, { programming, ...draws });
}
