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
import { fixRange } from '../../src/device/range.ts';
import peer from '../cases/cv-01-converters-crosssim.json';

const unit = { kind: 'fixed', min: -1, max: 1 } as const;
const models: Partial<Record<keyof typeof peer.expected, AdcModel>> = {
  'QuantizerADC_4b_[-1,1]': { bits: 4, grid: 'uniform', range: unit },
  'SignMagnitudeADC_4b_[-1,1]': { bits: 4, grid: 'sign-magnitude', range: unit },
  'RampADC_4b_[-1,1]': { bits: 4, grid: 'mid-rise', range: unit, ties: 'away-zero-down' },
  'SarADC_4b_[-1,1]': { bits: 4, grid: 'mid-rise', range: unit, ties: 'away' },
  'QuantizerADC_3b_[0,1]': { bits: 3, grid: 'uniform', range: { kind: 'fixed', min: 0, max: 1 } },
  'QuantizerDAC_4b_[-1,1]': { bits: 4, grid: 'uniform', range: unit },
  'SignMagnitudeDAC_4b_[-1,1]': { bits: 4, grid: 'sign-magnitude', range: unit },
};

describe('against CrossSim', () => {
  it.each(Object.entries(models))('%s', (name, model) => {
    const expected = peer.expected[name as keyof typeof peer.expected];
    const got = peer.inputs.map((x) => convert(model, x));
    got.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!), `input ${peer.inputs[i]}`).toBeLessThan(1e-6);
    });
  });

  // Pipeline and cyclic converters break ties stage by stage; away from ties they are the same mid-rise grid.
  it.each(['PipelineADC_4b_[-1,1]', 'CyclicADC_4b_[-1,1]'] as const)('%s off its decision levels', (name) => {
    const model: AdcModel = { bits: 4, grid: 'mid-rise', range: unit };
    peer.inputs.forEach((x, i) => {
      if (!Number.isInteger(x * 8)) expect(Math.abs(convert(model, x) - peer.expected[name][i]!)).toBeLessThan(1e-6);
    });
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
