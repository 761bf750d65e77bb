import { programConductanceUs, targetLevelUs } from '../device/cell-state.ts';
import {
  type CrossbarArray,
  crossbarSizes,
  faultThresholds,
  holdsOffsetCode,
  isAboutMidRange,
  weightCodeMax,
} from '../device/crossbar-array.ts';
import type { Draws } from '../kernel/crossbar-program.ts';
import { randomWords, streams, toNormals, toUniform } from './rng.ts';

/**
 * Conductances (uS) of one chip, [slices, sides, rows, physical columns] in float64; `chip` counts from the population's
 * first one. Draws are the GPU's: cell e takes word e mod 4 of block e div 4 of its effect's stream.
 */
export function crossbarProgramReference(
  array: CrossbarArray,
  draws: Draws,
  weights: ArrayLike<number>,
  chip = 0,
): Float64Array {
  const { cell } = array;
  const { sides, physicalColumns, cellsPerChip } = crossbarSizes(array);
  const index = draws.firstChip + chip;
  const thresholds = faultThresholds(cell.stuckAt);
  const out = new Float64Array(cellsPerChip);
  for (let e = 0; e < cellsPerChip; e++) {
    const column = e % physicalColumns;
    const line = Math.floor(e / physicalColumns);
    const row = line % array.rows;
    const plane = Math.floor(line / array.rows);
    const weight = column < array.columns ? weights[row * array.columns + column]! : 0;
    const share = targetShare(array, weight, plane % sides, Math.floor(plane / sides));
    const target = cell.conductanceMinUs + (cell.conductanceMaxUs - cell.conductanceMinUs) * share;
    if (draws.nominal) {
      out[e] = Math.min(cell.clampUs[1], Math.max(cell.clampUs[0], targetLevelUs(cell, target)));
      continue;
    }
    const words = (stream: number) => randomWords(draws.seed, index, stream, e >>> 2, 0);
    const programming = words(streams.programming);
    const exponent = words(streams.driftExponent);
    const written = {
      programming:
        cell.programming.kind === 'uniform'
          ? (2 * toUniform(programming[e % 4]!) - 1) * Math.sqrt(3)
          : toNormals(programming)[e % 4]!,
      exponent: toNormals(exponent)[e % 4]!,
      rises: (exponent[e % 4]! & 1) === 1,
      relaxation: toNormals(words(streams.relaxation))[e % 4]!,
      slow: toNormals(words(streams.slowNoise))[e % 4]!,
    };
    const fault = words(streams.faults)[e % 4]!;
    out[e] =
      fault < thresholds.low
        ? cell.conductanceMinUs
        : fault < thresholds.high
          ? cell.conductanceMaxUs
          : programConductanceUs(cell, target, written);
    out[e] = Math.min(cell.clampUs[1], Math.max(cell.clampUs[0], out[e]!));
  }
  return out;
}

/** Where a cell's target lies between the lowest (0) and the highest (1) conductance. */
export function targetShare(array: CrossbarArray, weight: number, side: number, slice: number): number {
  const midRange = isAboutMidRange(array);
  const codeMax = weightCodeMax(array);
  const position = ((side === 1 ? -1 : 1) * weight) / (array.weightMax / Math.max(1, codeMax));
  if (codeMax === 0) return midRange ? 0.5 + 0.5 * clamp(position, -1, 1) : clamp(position, 0, 1);
  const code = clamp(roundEven(position), -codeMax, codeMax);
  const magnitude = midRange ? Math.abs(code) : Math.max(0, code);
  const stored = holdsOffsetCode(array) ? code + codeMax + 1 : magnitude;
  const digitMax = 2 ** array.sliceBits - 1;
  const share = ((stored >>> (slice * array.sliceBits)) & digitMax) / digitMax;
  return midRange ? 0.5 + 0.5 * Math.sign(code) * share : share;
}

/** The weight that the array stores: clipped, and rounded where weights are integers. */
export function storedWeight(array: CrossbarArray, weight: number): number {
  const codeMax = weightCodeMax(array);
  if (codeMax === 0) return clamp(weight, -array.weightMax, array.weightMax);
  const step = array.weightMax / codeMax;
  return step * clamp(roundEven(weight / step), -codeMax, codeMax);
}

/** Sums of the weights that each column stores, [columns], over weights [rows, columns]. */
export function storedColumnSums(array: CrossbarArray, weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(array.columns);
  for (let at = 0; at < weights.length; at++) sums[at % array.columns]! += storedWeight(array, weights[at]!);
  return sums;
}

function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
