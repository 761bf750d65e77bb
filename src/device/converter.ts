import { fail } from '../errors.ts';
import type { FixedRange, RangeRule } from './range.ts';

/**
 * Where the codes lie between the limits of a b-bit converter:
 * `uniform` 2^b levels from limit to limit; `sign-magnitude` 2^b - 1 levels from limit to limit, 0 among them;
 * `mid-tread` 2^b levels from the lower limit, one step short of the upper, 0 among them (two's complement);
 * `mid-rise` 2^b levels half a step inside the limits, 0 a decision level (ramp and SAR converters);
 * `whole-steps` the whole multiples of a step that is the range over {@link AdcModel.steps}: the limits may lie between them.
 */
export type Grid = 'uniform' | 'mid-tread' | 'mid-rise' | 'sign-magnitude' | 'whole-steps';

/**
 * What comes first. It matters where a limit lies between two levels, so on the grid `whole-steps` only: clipped first, a value
 * past the limit becomes the level nearest to the limit, which may lie beyond it; rounded first, it becomes the limit itself.
 */
export type ClipOrder = 'clip-then-round' | 'round-then-clip';

/** Code that an input exactly between two codes gets; `away` is from 0, and at 0 itself up or (`away-zero-down`) down. */
export type Ties = 'even' | 'up' | 'down' | 'away' | 'away-zero-down';

/** An ideal analog-to-digital converter: clip to the range and round to the grid. */
export interface AdcModel {
  /** Resolution, 1 to 24; 0 = analog read-out, the value passes unchanged and unclipped. */
  readonly bits: number;
  readonly grid: Grid;
  readonly range: RangeRule;
  /** Default `even`. Ideal SAR: `away`; ideal ramp: `away-zero-down`, as a gain of less than infinity makes them. */
  readonly ties?: Ties;
  /** Default `clip-then-round`. */
  readonly order?: ClipOrder;
  /**
   * Steps in the range of a `whole-steps` grid, whole or not; default 2^b - 2, with which it is the grid `sign-magnitude`. The
   * resolution `res` of AIHWKit is 1 / steps: its step is 2 bound res, rounded first, ties `away`.
   */
  readonly steps?: number;
}

/** An ideal digital-to-analog converter that drives rows, all bits at once or a slice of bits per cycle. */
export interface DacModel extends AdcModel {
  readonly mode: 'multi-level' | 'bit-serial';
  /** Bits per cycle in `bit-serial` mode; `multi-level` ignores it. */
  readonly sliceBits: number;
}

/** A converter as a shader takes it: value = clamp(offset + step * clamp(round((x - offset) / step), 0, codes - 1), low, high). */
export interface ConverterGrid {
  readonly offset: number;
  readonly step: number;
  /** Number of codes; 0 = no conversion. */
  readonly codes: number;
  /** Index into {@link tieRules}. */
  readonly rounding: number;
  /** Least and largest value. */
  readonly low: number;
  readonly high: number;
}

/** The tie rules in the order of {@link ConverterGrid.rounding}. */
export const tieRules: readonly Ties[] = Object.freeze(['even', 'up', 'down', 'away', 'away-zero-down']);

/** The value (in the input's unit) that the converter reports for `x`. Throws as {@link converterGrid}, or `CONVERTER_INPUT` for NaN. */
export function convert(model: AdcModel, x: number): number {
  const grid = converterGrid(model);
  return grid.codes === 0 ? x : codeValue(grid, codeOf(grid, x));
}

/** What a code stands for, in the input's unit. */
export function codeValue({ offset, step, low, high }: ConverterGrid, code: number): number {
  return Math.min(high, Math.max(low, offset + step * code));
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
  const { bits, grid, order = 'clip-then-round' } = model;
  const rounding = tieRules.indexOf(model.ties ?? 'even');
  if (!Number.isInteger(bits) || bits < 0 || bits > 24)
    throw reject(`bits is ${bits}`, 'give a whole number from 0 (analog) to 24');
  if (rounding < 0) throw reject(`ties is "${model.ties}"`, `use one of ${tieRules.join(', ')}`);
  if (grid !== 'whole-steps' && !Object.hasOwn(layouts, grid))
    throw reject(`grid is "${grid}"`, `use one of ${Object.keys(layouts).join(', ')}, whole-steps`);
  if (!clipOrders.includes(order)) throw reject(`order is "${order}"`, `use one of ${clipOrders.join(', ')}`);
  if (model.steps !== undefined && grid !== 'whole-steps')
    throw reject(`steps is ${model.steps} on the grid ${grid}`, 'leave steps out, or use the grid whole-steps');
  if (bits === 0) return { offset: 0, step: 0, codes: 0, rounding, low: 0, high: 0 };
  const range = fixedRange(model.range);
  if (grid === 'whole-steps') return { ...wholeSteps(model, range), rounding };
  return { ...layouts[grid](bits, range), rounding, low: range.min, high: range.max };
}

const clipOrders: readonly ClipOrder[] = ['clip-then-round', 'round-then-clip'];

type Layout = Pick<ConverterGrid, 'offset' | 'step' | 'codes'>;

const layouts: Readonly<Record<Exclude<Grid, 'whole-steps'>, (bits: number, range: FixedRange) => Layout>> = {
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

// Codes are counted from an even multiple of the step, so that ties to even go to even multiples.
function wholeSteps({ bits, order, ties = 'even', steps = 2 ** bits - 2 }: AdcModel, { min, max }: FixedRange) {
  if (!(steps >= 1 && steps <= 2 ** 24)) throw reject(`steps is ${steps}`, 'give a number from 1 to 2^24');
  if (!(min <= 0 && max >= 0)) throw offCentre('whole-steps', { kind: 'fixed', min, max }, 'contain 0');
  const step = (max - min) / steps;
  // A limit that is a multiple but for the rounding of a division is one.
  const position = (limit: number) => {
    const nearest = Math.round(limit / step);
    return Math.abs(limit / step - nearest) < 1e-9 * Math.max(1, Math.abs(nearest)) ? nearest : limit / step;
  };
  const clipsLast = order === 'round-then-clip';
  const least = clipsLast ? Math.floor(position(min)) : round(position(min), min, ties);
  const most = clipsLast ? Math.ceil(position(max)) : round(position(max), max, ties);
  const first = 2 * Math.floor(least / 2);
  const limits = clipsLast ? { low: min, high: max } : { low: step * least, high: step * most };
  return { offset: step * first, step, codes: most - first + 1, ...limits };
}

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
