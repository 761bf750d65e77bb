import { describe, expect, it } from 'vitest';
import { cellModel } from '../../src/device/cell.ts';
import { parseCellCsv } from '../../src/device/cell-csv.ts';
import { programmingSigmaUs, readVarianceUs2 } from '../../src/device/cell-state.ts';
import { evaluateCurve } from '../../src/device/curve.ts';

const full = `# measured on a Tuesday
conductance_us, programming_sigma_us, mean_shift_us, relaxation_sigma_us, drift_exponent, drift_exponent_sigma, read_sigma_us
1, 0.1, 0, 0.2, 0.05, 0.01, 0.3

11, 0.3, -1, 0.4, 0.03, 0.02, 0.5\r
51, 0.1, -2, 0.8, 0.01, 0.04, 0.7
`;

describe('parseCellCsv', () => {
  it('gives every quantity by conductance, straight between rows', () => {
    const cell = cellModel({ ...parseCellCsv(full, { name: 'mine.csv', ageS: 100 }) });
    expect([cell.name, cell.conductanceMinUs, cell.conductanceMaxUs, cell.ageS]).toEqual(['mine.csv', 1, 51, 100]);
    expect(programmingSigmaUs(cell, 6)).toBeCloseTo(0.2, 12);
    expect(evaluateCurve(cell.relaxation.meanShiftUs, 31)).toBeCloseTo(-1.5, 12);
    expect(evaluateCurve(cell.relaxation.sigmaUs, 6)).toBeCloseTo(0.3, 12);
    expect(evaluateCurve(cell.drift.exponentMean, 6)).toBeCloseTo(0.04, 12);
    expect(evaluateCurve(cell.drift.exponentSigma, 6)).toBeCloseTo(0.015, 12);
    expect(Math.sqrt(readVarianceUs2(cell, 31))).toBeCloseTo(0.6, 12);
  });

  it('needs conductances and nothing more', () => {
    const cell = cellModel(parseCellCsv('conductance,sigma\n0,1\n10,2\n'));
    expect(programmingSigmaUs(cell, 5)).toBe(1.5);
    expect(readVarianceUs2(cell, 5)).toBe(0);
  });

  it('tells ages apart', () => {
    const text = 'age_s,conductance_us,sigma\n0,1,0.1\n0,9,0.1\n3600,2,0.5\n3600,8,0.7\n';
    expect(cellModel(parseCellCsv(text)).ageS).toBe(0);
    const aged = cellModel(parseCellCsv(text, { ageS: 3600 }));
    expect([aged.conductanceMinUs, programmingSigmaUs(aged, 5)]).toEqual([2, 0.6]);
    expect(() => parseCellCsv(text, { ageS: 60 })).toThrow(expect.objectContaining({ code: 'CELL_AGE' }));
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '# only words\n', /is empty/],
    ['an unknown column', 'conductance,sgima\n1,2\n2,2\n', /the column "sgima"/],
    ['a column twice', 'conductance,sigma,sigma\n1,2,3\n', /twice/],
    ['no conductance', 'sigma\n1\n2\n', /no column conductance_us/],
    ['a short line', 'conductance,sigma\n1,2\n2\n', /1 values in line 3/],
    ['a word', 'conductance,sigma\n1,2\n2,high\n', /"high" for programming_sigma_us in line 3/],
    ['an empty cell', 'conductance,sigma\n1,\n2,1\n', /"" for programming_sigma_us in line 2/],
    ['one row', 'conductance,sigma\n1,2\n', /1 rows/],
    ['rows out of order', 'conductance,sigma\n2,2\n1,2\n', /1 uS in line 3 after 2 uS/],
  ])('refuses %s', (_, text, what) => {
    expect(() => parseCellCsv(text, { name: 't.csv' })).toThrow(
      expect.objectContaining({ code: 'CELL_CSV', kind: 'input', what: expect.stringMatching(what) }),
    );
  });
});
