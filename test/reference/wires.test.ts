import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WiresChoice, wiresModel } from '../../src/device/wires.ts';
import { closedFormCurrents, effectiveMatrix, solveWires, type WiredArray } from '../../src/reference/wires.ts';
import { wireCases } from '../support/wire-cases.ts';

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Largest difference, as a share of the largest value. */
function apart(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return largest(Float64Array.from(expected, (value, at) => actual[at]! - value)) / largest(expected);
}

describe('published networks', () => {
  it.each(wireCases)('$name', ({ wires, volts, currentUa, rowV, columnV, effectiveUs, ...array }) => {
    const model = wiresModel(wires);
    const solved = solveWires(array, model, volts);
    expect(apart(solved.currentUa, currentUa)).toBeLessThan(1e-9);
    if (rowV) expect(apart(solved.rowV, rowV)).toBeLessThan(1e-9);
    if (columnV) expect(apart(solved.columnV, columnV)).toBeLessThan(1e-9);
    const matrix = effectiveMatrix(array, model);
    if (effectiveUs) expect(apart(matrix, effectiveUs)).toBeLessThan(1e-9);
    const product = currentUa.map((_, j) => volts.reduce((sum, v, i) => sum + v * matrix[i * array.columns + j]!, 0));
    expect(apart(product, currentUa)).toBeLessThan(1e-9);
  });

  it('mv-02, closed form', () => {
    const { expected } = JSON.parse(readFileSync('test/cases/mv-02-closed-form-ir-drop.json', 'utf8'));
    const rows = 128;
    const weights = [() => 0.5, (j: number) => ((37 * j + 5) % 101) / 50 - 1, (j: number) => (j < 64 ? 0.8 : -0.3)];
    // Weights of 1 are 5 uS, inputs of 1 are 1 V.
    const conductanceUs = Float64Array.from({ length: 3 * rows }, (_, at) => 5 * weights[at % 3]!(Math.floor(at / 3)));
    const x = Float64Array.from({ length: rows }, (_, j) => ((29 * j + 11) % 101) / 50 - 1);
    const array = { rows, columns: 3, conductanceUs };
    const ideal = closedFormCurrents(array, 0, x, 1);
    const y = closedFormCurrents(array, 0.35, x, 1);
    y.forEach((value, i) => {
      expect(ideal[i]! / 5).toBeCloseTo(expected.y_ideal[i], 10);
      expect((value - ideal[i]!) / 5 / expected.delta[i]).toBeCloseTo(1, 6);
    });
  });
});

const ohms = fc.constantFrom(0, 0.5, 20, 3000);
const choices: fc.Arbitrary<WiresChoice> = fc.record({
  rowOhm: ohms,
  columnOhm: ohms,
  driverOhm: ohms,
  senseOhm: ohms,
  drive: fc.constantFrom('left', 'right', 'both'),
  sense: fc.constantFrom('bottom', 'top', 'both'),
});
const arrays: fc.Arbitrary<WiredArray> = fc
  .record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 6 }) })
  .chain(({ rows, columns }) => {
    const conductance = fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 100, noNaN: true }));
    const conductanceUs = fc.array(conductance, { minLength: rows * columns, maxLength: rows * columns });
    return fc.record({ rows: fc.constant(rows), columns: fc.constant(columns), conductanceUs });
  });
const runs = { numRuns: 60 };

const transposed = ({ rows, columns, conductanceUs }: WiredArray): WiredArray => ({
  rows: columns,
  columns: rows,
  conductanceUs: Float64Array.from(
    conductanceUs,
    (_, at) => conductanceUs[(at % rows) * columns + Math.floor(at / rows)]!,
  ),
});

describe('wires', () => {
  it('obey Kirchhoff at every node', () => {
    fc.assert(
      fc.property(arrays, choices, fc.integer({ min: 0, max: 99 }), (array, choice, seed) => {
        const { rows, columns, conductanceUs } = array;
        const wires = wiresModel(choice);
        const volts = Float64Array.from({ length: rows }, (_, i) => ((seed + 37 * i) % 21) / 10 - 1);
        const { rowV, columnV, currentUa } = solveWires(array, wires, volts);
        const cell = (at: number) => conductanceUs[at]! * (rowV[at]! - columnV[at]!);
        // Along a wire of resistance 0 there is one voltage; along any other the current of each segment is known.
        const line = (nodes: number[], source: number, sign: number, kind: 'row' | 'column') => {
          const [segment, end] = kind === 'row' ? [wires.rowOhm, wires.driverOhm] : [wires.columnOhm, wires.senseOhm];
          const v = kind === 'row' ? rowV : columnV;
          const [first, last] = kind === 'row' ? ['left', 'right'] : ['top', 'bottom'];
          const side = kind === 'row' ? wires.drive : wires.sense;
          const at = [nodes[0]!, nodes[nodes.length - 1]!].filter(
            (_, e) => side === 'both' || side === [first, last][e],
          );
          if (segment + end === 0) for (const node of at) expect(v[node]! - source).toBeCloseTo(0, 9);
          if (segment === 0) {
            for (const node of nodes) expect(v[node]! - v[nodes[0]!]!).toBeCloseTo(0, 9);
            if (end === 0) return;
            const into = at.reduce((sum, node) => sum + ((source - v[node]!) / end) * 1e6, 0);
            expect(into - sign * nodes.reduce((sum, node) => sum + cell(node), 0)).toBeCloseTo(0, 6);
            return;
          }
          nodes.forEach((node, k) => {
            let into = 0;
            for (const next of [nodes[k - 1], nodes[k + 1]])
              if (next !== undefined) into += (v[next]! - v[node]!) / segment;
            if (k === 0 && (side === 'both' || side === first)) into += (source - v[node]!) / (segment + end);
            if (k === nodes.length - 1 && (side === 'both' || side === last))
              into += (source - v[node]!) / (segment + end);
            expect(into * 1e6 - sign * cell(node)).toBeCloseTo(0, 6);
          });
        };
        for (let i = 0; i < rows; i++) {
          line(
            Array.from({ length: columns }, (_, j) => i * columns + j),
            volts[i]!,
            1,
            'row',
          );
        }
        for (let j = 0; j < columns; j++) {
          const nodes = Array.from({ length: rows }, (_, i) => i * columns + j);
          line(nodes, 0, -1, 'column');
          expect(currentUa[j]! - nodes.reduce((sum, node) => sum + cell(node), 0)).toBeCloseTo(0, 9);
        }
      }),
      runs,
    );
  });

  it('are reciprocal: driving columns and sensing rows gives the same matrix', () => {
    const turned = { left: 'top', right: 'bottom', both: 'both', top: 'left', bottom: 'right' } as const;
    fc.assert(
      fc.property(arrays, choices, (array, choice) => {
        const model = wiresModel(choice);
        const other = wiresModel({
          rowOhm: model.columnOhm,
          columnOhm: model.rowOhm,
          driverOhm: model.senseOhm,
          senseOhm: model.driverOhm,
          drive: turned[model.sense] as 'left',
          sense: turned[model.drive] as 'top',
        });
        const { rows, columns } = array;
        const back = transposed({
          rows: columns,
          columns: rows,
          conductanceUs: effectiveMatrix(transposed(array), other),
        });
        effectiveMatrix(array, model).forEach((value, at) => {
          expect(back.conductanceUs[at]! - value).toBeCloseTo(0, 9);
        });
      }),
      runs,
    );
  });

  it('without resistance give the conductances themselves', () => {
    fc.assert(
      fc.property(arrays, (array) => {
        expect([...effectiveMatrix(array, wiresModel())]).toEqual(Array.from(array.conductanceUs));
      }),
      runs,
    );
  });

  it('carry no more current where any resistance is larger', () => {
    const fields = ['rowOhm', 'columnOhm', 'driverOhm', 'senseOhm'] as const;
    fc.assert(
      fc.property(arrays, choices, fc.constantFrom(...fields), (array, choice, field) => {
        const more = { ...choice, [field]: choice[field]! * 2 + 1 };
        const total = (given: WiresChoice) => effectiveMatrix(array, wiresModel(given)).reduce((sum, g) => sum + g, 0);
        expect(total(more)).toBeLessThanOrEqual(total(choice) * (1 + 1e-12) + 1e-12);
      }),
      runs,
    );
  });

  it('driven from the right are those of the mirrored array', () => {
    fc.assert(
      fc.property(arrays, choices, (array, choice) => {
        const { rows, columns, conductanceUs } = array;
        const mirror = (values: ArrayLike<number>) =>
          Float64Array.from(
            values,
            (_, at) => values[Math.floor(at / columns) * columns + columns - 1 - (at % columns)]!,
          );
        const left = effectiveMatrix(
          { rows, columns, conductanceUs: mirror(conductanceUs) },
          wiresModel({ ...choice, drive: 'left' }),
        );
        const right = effectiveMatrix(array, wiresModel({ ...choice, drive: 'right' }));
        mirror(left).forEach((value, at) => {
          expect(right[at]! - value).toBeCloseTo(0, 9);
        });
      }),
      runs,
    );
  });
});

describe('input', () => {
  const array = { rows: 2, columns: 2, conductanceUs: [1, 2, 3, 4] };
  it.each<[string, string, () => unknown]>([
    ['an unknown preset', 'WIRES_UNKNOWN', () => wiresModel('copper')],
    ['an unknown key', 'WIRES_KEY', () => wiresModel({ rowOhms: 1 } as WiresChoice)],
    ['a negative resistance', 'WIRES_VALUE', () => wiresModel({ rowOhm: -1 })],
    ['a resistance that is no number', 'WIRES_VALUE', () => wiresModel({ senseOhm: Number.NaN })],
    ['a resistance that f32 can not tell from 0', 'WIRES_VALUE', () => wiresModel({ columnOhm: 1e-12 })],
    ['an unknown end', 'WIRES_VALUE', () => wiresModel({ drive: 'top' as 'left' })],
    ['row wires in the closed form', 'WIRES_VALUE', () => wiresModel({ preset: 'aihwkit-closed-form', rowOhm: 1 })],
    ['sides in the closed form', 'WIRES_VALUE', () => wiresModel({ preset: 'aihwkit-closed-form', sense: 'both' })],
    ['a network of the closed form', 'WIRES_VALUE', () => effectiveMatrix(array, wiresModel('aihwkit-closed-form'))],
    ['a missing voltage', 'CROSSBAR_SIZE', () => solveWires(array, wiresModel(), [1])],
    ['a missing cell', 'CROSSBAR_SIZE', () => effectiveMatrix({ ...array, rows: 3 }, wiresModel())],
    [
      'a negative cell',
      'CROSSBAR_SIZE',
      () => effectiveMatrix({ ...array, conductanceUs: [1, 2, 3, -4] }, wiresModel()),
    ],
  ])('rejects %s', (_, code, act) => {
    expect(act).toThrow(expect.objectContaining({ code, kind: 'input' }));
  });
});
