import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdcModel,
  codeOf,
  convert,
  converterGrid,
  type DacModel,
  dacCycles,
  sliceCode,
} from '../../src/device/converter.ts';
import { namedConverter } from '../../src/device/named-converter.ts';
import { fixRange } from '../../src/device/range.ts';
import peer from '../cases/cv-01-converters-crosssim.json';

const unit = { kind: 'fixed', min: -1, max: 1 } as const;

describe('against CrossSim, also on decision levels', () => {
  it.each(Object.entries(peer.expected))('%s', (name, expected) => {
    const converter = namedConverter(name);
    expected.forEach((value, i) => {
      const x = peer.inputs[i]!;
      expect(Math.abs(converter(x) - value), `input ${x}`).toBeLessThanOrEqual(peer.tolerance.abs);
    });
  });

  // Values that CrossSim's own classes gave.
  it('clips to unsigned limits, and lays the levels of a circuit about 0', () => {
    const codes = (name: string) => [-0.2, 0, 0.3, 0.61, 1.4].map(namedConverter(name));
    expect(codes('RampADC_3b_[0,1]')).toEqual([-0.125, -0.125, 0.375, 0.625, 0.875]);
    expect(codes('SarADC_3b_[0,1]')).toEqual([0.125, 0.125, 0.375, 0.625, 0.875]);
    expect(codes('PipelineADC_3b_[0,2.5]').map((y) => y / 2.5)).toEqual([-0.125, -0.125, 0.125, 0.125, 0.625]);
  });

  it.each(['SarADC', 'FlashADC_4b_[-1,1]', 'SarADC_1b_[-1,1]', 'SarADC_15b_[-1,1]', 'SarADC_4b_[1,-1]'])(
    'rejects %s',
    (name) => {
      expect(() => namedConverter(name)).toThrow(expect.objectContaining({ code: 'CONVERTER_NAME' }));
    },
  );

  it('rejects limits that a kind can not have', () => {
    expect(() => namedConverter('SignMagnitudeADC_4b_[0,1]')).toThrow(
      expect.objectContaining({ code: 'CONVERTER_VALUE' }),
    );
  });
});

describe('a grid of whole steps', () => {
  // AIHWKit: round to a step of 2 bound res, halves away from 0, then clip to the bound.
  const aihwkit = (x: number, bound: number, res: number) => {
    const step = 2 * bound * res;
    const steps = Math.abs(x) / step;
    return Math.sign(x) * Math.min(bound, Math.floor(steps + 0.5) * step);
  };

  it('is what AIHWKit does, whether or not its bound is on the grid', () => {
    const order = 'round-then-clip';
    fc.assert(
      fc.property(
        fc.constantFrom(14, 15, 16, 12.3, 254),
        fc.integer({ min: -160, max: 160 }),
        fc.constantFrom(1, 12),
        (steps, part, bound) => {
          // Sixty-fourths of the bound, so that a bound and many ties are met; steps of 12.3 meet no tie exactly.
          const x = (part / 128) * bound;
          const range = { kind: 'fixed', min: -bound, max: bound } as const;
          const got = convert({ bits: 8, grid: 'whole-steps', range, steps, order, ties: 'away' }, x);
          expect(got).toBeCloseTo(aihwkit(x, bound, 1 / steps), 10);
        },
      ),
    );
  });

  it('differs by the order where the bound lies between two levels', () => {
    const at = (order: AdcModel['order'], x: number) =>
      convert({ bits: 4, grid: 'whole-steps', range: unit, steps: 7, ...(order ? { order } : {}) }, x);
    expect(at('round-then-clip', 2)).toBe(1);
    expect(at('round-then-clip', 1.01)).toBe(1);
    expect(at('clip-then-round', 2)).toBeCloseTo(8 / 7, 12);
    expect(at(undefined, -2)).toBeCloseTo(-8 / 7, 12);
    expect(at('round-then-clip', 0.84)).toBeCloseTo(6 / 7, 12);
  });

  it('is sign-magnitude where nothing is said', () => {
    for (let x = -1.2; x <= 1.2; x += 0.0137)
      expect(convert({ bits: 5, grid: 'whole-steps', range: unit }, x)).toBeCloseTo(
        convert({ bits: 5, grid: 'sign-magnitude', range: unit }, x),
        12,
      );
  });

  it.each<[string, AdcModel]>([
    ['steps of another grid', { bits: 4, grid: 'uniform', range: unit, steps: 7 }],
    ['half a step', { bits: 4, grid: 'whole-steps', range: unit, steps: 0.5 }],
    ['a range without 0', { bits: 4, grid: 'whole-steps', range: { kind: 'fixed', min: 1, max: 2 } }],
    ['an unknown order', { bits: 4, grid: 'uniform', range: unit, order: 'round' as 'clip-then-round' }],
  ])('rejects %s', (_, model) => {
    expect(() => converterGrid(model)).toThrow(expect.objectContaining({ code: 'CONVERTER_VALUE' }));
  });
});

describe('a converter', () => {
  const grids = ['uniform', 'mid-tread', 'mid-rise', 'sign-magnitude'] as const;

  it('is within half a step inside its levels, and its own output is a fixed point', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...grids),
        fc.integer({ min: 2, max: 12 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (grid, bits, x) => {
          const model: AdcModel = { bits, grid, range: unit };
          const { offset, step, codes } = converterGrid(model);
          const clipped = Math.min(offset + step * (codes - 1), Math.max(offset, x));
          const y = convert(model, x);
          expect(Math.abs(y - clipped)).toBeLessThanOrEqual(step / 2 + 1e-12);
          expect(convert(model, y)).toBeCloseTo(y, 12);
        },
      ),
    );
  });

  it.each(['mid-tread', 'sign-magnitude'] as const)('%s keeps 0', (grid) => {
    expect(convert({ bits: 5, grid, range: unit }, 0)).toBeCloseTo(0, 15);
  });

  it('mid-tread stops one step short of the upper limit', () => {
    expect(convert({ bits: 3, grid: 'mid-tread', range: unit }, 1)).toBe(0.75);
    expect(convert({ bits: 3, grid: 'mid-tread', range: unit }, -1)).toBe(-1);
  });

  it('breaks ties as told', () => {
    const at = (ties: AdcModel['ties'], x: number) =>
      codeOf(converterGrid({ bits: 3, grid: 'mid-rise', range: unit, ties }), x);
    expect([at('up', 0), at('down', 0), at('even', 0), at('away', 0), at('away-zero-down', 0)]).toEqual([
      4, 3, 4, 4, 3,
    ]);
    expect([at('up', -0.25), at('down', -0.25), at('even', -0.25), at('away', -0.25)]).toEqual([3, 2, 2, 2]);
  });

  it('passes an analog value unclipped', () => {
    expect(convert({ bits: 0, grid: 'uniform', range: unit }, 7.25)).toBe(7.25);
  });

  it.each<[string, AdcModel]>([
    ['bits below 0', { bits: -1, grid: 'uniform', range: unit }],
    ['half a bit', { bits: 2.5, grid: 'uniform', range: unit }],
    ['unknown grid', { bits: 2, grid: 'log' as 'uniform', range: unit }],
    ['unknown ties', { bits: 2, grid: 'uniform', range: unit, ties: 'random' as 'even' }],
    ['empty range', { bits: 2, grid: 'uniform', range: { kind: 'fixed', min: 1, max: 1 } }],
    ['NaN limit', { bits: 2, grid: 'uniform', range: { kind: 'fixed', min: Number.NaN, max: 1 } }],
    ['range to be calibrated', { bits: 2, grid: 'uniform', range: { kind: 'max' } }],
    ['sign-magnitude off centre', { bits: 2, grid: 'sign-magnitude', range: { kind: 'fixed', min: 0, max: 1 } }],
    ['one sign-magnitude bit', { bits: 1, grid: 'sign-magnitude', range: unit }],
    ['mid-tread off centre', { bits: 2, grid: 'mid-tread', range: { kind: 'fixed', min: -1, max: 2 } }],
  ])('rejects %s', (_, model) => {
    expect(() => converterGrid(model)).toThrow(expect.objectContaining({ code: 'CONVERTER_VALUE' }));
  });

  it('rejects NaN and codes of an analog read-out', () => {
    const inputError = expect.objectContaining({ code: 'CONVERTER_INPUT' });
    expect(() => convert({ bits: 4, grid: 'uniform', range: unit }, Number.NaN)).toThrow(inputError);
    expect(() => codeOf(converterGrid({ bits: 0, grid: 'uniform', range: unit }), 1)).toThrow(inputError);
  });
});

describe('a bit-serial DAC', () => {
  const dac: DacModel = { bits: 7, grid: 'uniform', range: unit, mode: 'bit-serial', sliceBits: 3 };

  it('sends slices that add up to the code', () => {
    for (let code = 0; code < 128; code++) {
      const parts = sliceCode(dac, code);
      expect(parts).toHaveLength(3);
      expect(parts.reduce((sum, part, i) => sum + part * 8 ** i, 0)).toBe(code);
    }
    expect(dacCycles({ ...dac, mode: 'multi-level' })).toBe(1);
    expect(sliceCode({ ...dac, mode: 'multi-level' }, 100)).toEqual([100]);
  });

  it('rejects slices and codes that do not fit', () => {
    expect(() => dacCycles({ ...dac, sliceBits: 0 })).toThrow(expect.objectContaining({ code: 'CONVERTER_VALUE' }));
    expect(() => dacCycles({ ...dac, sliceBits: 8 })).toThrow(expect.objectContaining({ code: 'CONVERTER_VALUE' }));
    expect(() => dacCycles({ ...dac, mode: 'serial' as 'bit-serial' })).toThrow(
      expect.objectContaining({ code: 'CONVERTER_VALUE' }),
    );
    expect(() => sliceCode(dac, 128)).toThrow(expect.objectContaining({ code: 'CONVERTER_INPUT' }));
    expect(() => sliceCode(dac, -1)).toThrow(expect.objectContaining({ code: 'CONVERTER_INPUT' }));
  });
});

describe('a range', () => {
  const values = [-4, 1, 2, 3, 0];
  it('is taken from the values', () => {
    expect(fixRange({ kind: 'max' }, values, true)).toEqual({ kind: 'fixed', min: -4, max: 4 });
    expect(fixRange({ kind: 'percentile', percentile: 50 }, values, false)).toEqual({ kind: 'fixed', min: 0, max: 2 });
    expect(fixRange({ kind: 'percentile', percentile: 90 }, values, false).max).toBeCloseTo(3.6, 12);
    expect(fixRange(unit, [], true)).toBe(unit);
  });

  it.each<[string, Parameters<typeof fixRange>]>([
    ['no values', [{ kind: 'max' }, [], true]],
    ['NaN', [{ kind: 'max' }, [1, Number.NaN], true]],
    ['zeros', [{ kind: 'max' }, [0, 0], true]],
    ['percentile 0', [{ kind: 'percentile', percentile: 0 }, values, true]],
    ['percentile 101', [{ kind: 'percentile', percentile: 101 }, values, true]],
  ])('rejects %s', (_, [rule, given, signed]) => {
    expect(() => fixRange(rule, given, signed)).toThrow(expect.objectContaining({ code: 'RANGE_VALUE' }));
  });
});
