import { fail } from '../errors.ts';
import type { FixedRange, RangeRule } from './range.ts';

/**
 * Where the codes lie between the limits of a b-bit converter:
 * `uniform` 2^b levels from limit to limit; `sign-magnitude` 2^b - 1 levels from limit to limit, 0 among them;
 * `mid-tread` 2^b levels from the lower limit, one step short of the upper, 0 among them (two's complement);
 * `mid-rise` 2^b levels half a step inside the limits, 0 a decision level (ramp and SAR converters).
 */
export type Grid = 'uniform' | 'mid-tread' | 'mid-rise' | 'sign-magnitude';

/** Code that an input exactly between two codes gets; `away` is from 0, and at 0 itself up or (`away-zero-down`) down. */
export type Ties = 'even' | 'up' | 'down' | 'away' | 'away-zero-down';

/** An ideal analog-to-digital converter: clip to the range, then round to the grid. */
export interface AdcModel {
  /** Resolution, 1 to 24; 0 = analog read-out, the value passes unchanged and unclipped. */
  readonly bits: number;
  readonly grid: Grid;
  readonly range: RangeRule;
  /** Default `even`. Ideal SAR: `away`; ideal ramp: `away-zero-down`, as a gain of less than infinity makes them. */
  readonly ties?: Ties;
}

/** An ideal digital-to-analog converter that drives rows, all bits at once or a slice of bits per cycle. */
export interface DacModel extends AdcModel {
  readonly mode: 'multi-level' | 'bit-serial';
  /** Bits per cycle in `bit-serial` mode; `multi-level` ignores it. */
  readonly sliceBits: number;
}

/** A converter as a shader takes it: value = offset + step * clamp(round((x - offset) / step), 0, codes - 1). */
export interface ConverterGrid {
  readonly offset: number;
  readonly step: number;
  /** Number of codes; 0 = no conversion. */
  readonly codes: number;
  /** Index into {@link tieRules}. */
  readonly rounding: number;
}

/** The tie rules in the order of {@link ConverterGrid.rounding}. */
export const tieRules: readonly Ties[] = Object.freeze(['even', 'up', 'down', 'away', 'away-zero-down']);

/** The value (in the input's unit) that the converter reports for `x`. Throws as {@link converterGrid}, or `CONVERTER_INPUT` for NaN. */
export function convert(model: AdcModel, x: number): number {
  const grid = converterGrid(model);
  return grid.codes === 0 ? x : grid.offset + grid.step * codeOf(grid, x);
}

/** The converter's code, 0 to codes - 1. Throws `CONVERTER_INPUT` for NaN and for a grid without codes. */
export function codeOf(grid: ConverterGrid, x: number): number {
  if (Number.isNaN(x)) throw fail('CONVERTER_INPUT', 'the converter input is NaN', 'give a number');
  if (grid.codes === 0) throw fail('CONVERTER_INPUT', 'an analog read-out has no codes', 'give the converter bits');
  const position = (x - grid.offset) / grid.step;
  return Math.min(grid.codes - 1, Math.max(0, round(position, x, tieRules[grid.rounding]!)));
}

/** Number of cycles that a DAC takes for one input: 1, or one per slice of bits. */
export function dacCycles(model: DacModel): number {
  checkDac(model);
  return model.mode === 'bit-serial' && model.bits > 0 ? Math.ceil(model.bits / model.sliceBits) : 1;
}

/** The per-cycle parts of a code from 0, least significant first: code = sum of part[i] * 2^(i * sliceBits). */
export function sliceCode(model: DacModel, code: number): readonly number[] {
  const cycles = dacCycles(model);
  if (!Number.isInteger(code) || code < 0 || code >= 2 ** model.bits) {
    throw fail(
      'CONVERTER_INPUT',
      `code ${code} does not fit ${model.bits} bits`,
      `give a whole number below ${2 ** model.bits}`,
    );
  }
  if (cycles === 1) return [code];
  const radix = 2 ** model.sliceBits;
  return Array.from({ length: cycles }, (_, cycle) => Math.floor(code / radix ** cycle) % radix);
}

/**
 * Turns a converter with a fixed range into the numbers that a kernel needs.
 * Throws `CONVERTER_VALUE`: bits, limits, a range still to be calibrated, or a range without 0 on a grid that needs it.
 */
export function converterGrid(model: AdcModel): ConverterGrid {
  const { bits, grid } = model;
  const rounding = tieRules.indexOf(model.ties ?? 'even');
  if (!Number.isInteger(bits) || bits < 0 || bits > 24)
    throw reject(`bits is ${bits}`, 'give a whole number from 0 (analog) to 24');
  if (rounding < 0) throw reject(`ties is "${model.ties}"`, `use one of ${tieRules.join(', ')}`);
  if (!Object.hasOwn(layouts, grid)) throw reject(`grid is "${grid}"`, `use one of ${Object.keys(layouts).join(', ')}`);
  if (bits === 0) return { offset: 0, step: 0, codes: 0, rounding };
  const layout = layouts[grid](bits, fixedRange(model.range));
  return { ...layout, rounding };
}

type Layout = Omit<ConverterGrid, 'rounding'>;

const layouts: Readonly<Record<Grid, (bits: number, range: FixedRange) => Layout>> = {
  uniform: (bits, { min, max }) => ({ offset: min, step: (max - min) / (2 ** bits - 1), codes: 2 ** bits }),
  'mid-rise': (bits, { min, max }) => {
    const step = (max - min) / 2 ** bits;
    return { offset: min + step / 2, step, codes: 2 ** bits };
  },
  'mid-tread': (bits, range) => {
    const { min, max } = range;
    if (min !== 0 && max !== -min) throw offCentre('mid-tread', range, 'start at 0 or be symmetric about 0');
    return { offset: min, step: (max - min) / 2 ** bits, codes: 2 ** bits };
  },
  'sign-magnitude': (bits, range) => {
    const { min, max } = range;
    if (max !== -min) throw offCentre('sign-magnitude', range, 'be symmetric about 0');
    if (bits < 2) throw reject('a sign-magnitude converter has 1 bit', 'give it 2 or more');
    return { offset: min, step: (max - min) / (2 ** bits - 2), codes: 2 ** bits - 1 };
  },
};

function fixedRange(range: RangeRule): FixedRange {
  if (range.kind !== 'fixed')
    throw reject(`the range rule is "${range.kind}"`, 'fix the range on calibration values first');
  if (!Number.isFinite(range.min) || !Number.isFinite(range.max) || range.min >= range.max) {
    throw reject(`the range is ${range.min} to ${range.max}`, 'give finite limits, min below max');
  }
  return range;
}

function checkDac({ mode, sliceBits, bits }: DacModel): void {
  if (mode !== 'multi-level' && mode !== 'bit-serial')
    throw reject(`mode is "${mode}"`, 'use multi-level or bit-serial');
  if (mode === 'bit-serial' && (!Number.isInteger(sliceBits) || sliceBits < 1 || sliceBits > Math.max(1, bits))) {
    throw reject(`sliceBits is ${sliceBits} of ${bits} bits`, 'give a whole number from 1 to bits');
  }
}

function round(position: number, x: number, ties: Ties): number {
  const below = Math.floor(position);
  const rest = position - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  switch (ties) {
    case 'even':
      return below % 2 === 0 ? below : below + 1;
    case 'up':
      return below + 1;
    case 'down':
      return below;
    case 'away':
      return x >= 0 ? below + 1 : below;
    case 'away-zero-down':
      return x > 0 ? below + 1 : below;
  }
}

const offCentre = (grid: string, { min, max }: FixedRange, need: string) =>
  reject(`the range ${min} to ${max} has no 0 on a ${grid} grid`, `it has to ${need}`);
const reject = (what: string, fix: string) => fail('CONVERTER_VALUE', what, fix);
