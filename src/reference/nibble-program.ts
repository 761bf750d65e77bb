import { programConductanceUs, readVarianceUs2, targetLevelUs } from '../device/cell-state.ts';
import { nibbleMiddle } from '../device/charge-array.ts';
import { faultThresholds } from '../device/crossbar-array.ts';
import type { NibbleProgramProblem } from '../kernel/nibble-program.ts';
import { randomWords, streams, toNormals, toUniform } from './rng.ts';

/** A key as its cells hold it, by dimension, in nibble units and their squares. */
export interface WrittenKey {
  readonly weights: Float64Array;
  /** Variance of reading the two cells of a dimension. */
  readonly variances: Float64Array;
}

/**
 * What the cells make of one key, in float64: `nibbles` (-8 to 7) by dimension. Draws are the GPU's: dimension d takes word
 * d mod 4 of its block.
 */
export function nibbleProgramReference(
  problem: NibbleProgramProblem,
  headIndex: number,
  key: number,
  nibbles: ArrayLike<number>,
): WrittenKey {
  const { heads, windows, keys, dim, cell, columns = keys, seed = 0, nominal = false } = problem;
  const { firstChip = 0, layer = 0, arrayLayer = 0, firstWindow = 0 } = problem;
  const groups = Math.ceil(dim / 32) * 8;
  const sequence = Math.floor(headIndex / heads);
  const head = headIndex % heads;
  const chip = firstChip + Math.floor(sequence / windows);
  const event = (firstWindow + (sequence % windows)) * keys + key;
  const column = (arrayLayer * heads + head) * columns + (key % columns);
  const span = cell.conductanceMaxUs - cell.conductanceMinUs;
  const unit = (8 - nibbleMiddle) / span;
  const faults = faultThresholds(cell.stuckAt);
  const held = (d: number, side: number) => {
    const value = (side === 0 ? 1 : -1) * (nibbles[d]! + nibbleMiddle);
    const target = cell.conductanceMinUs + span * Math.max(0, value / (8 - nibbleMiddle));
    const clamped = (g: number) => Math.min(cell.clampUs[1], Math.max(cell.clampUs[0], g));
    if (nominal) return clamped(targetLevelUs(cell, target));
    const block = side * groups + (d >> 2);
    const words = (stream: number) =>
      randomWords(seed, chip, stream, (layer * heads + head) * 2 * groups + block, event);
    const fault = randomWords(seed, chip, streams.keyFaults, column * 2 * groups + block, 0)[d & 3]!;
    if (fault < faults.low) return clamped(cell.conductanceMinUs);
    if (fault < faults.high) return clamped(cell.conductanceMaxUs);
    const written = words(streams.keyProgramming);
    const exponent = words(streams.keyDriftExponent);
    return programConductanceUs(cell, target, {
      programming:
        cell.programming.kind === 'uniform'
          ? (2 * toUniform(written[d & 3]!) - 1) * Math.sqrt(3)
          : toNormals(written)[d & 3]!,
      exponent: toNormals(exponent)[d & 3]!,
      rises: (exponent[d & 3]! & 1) === 1,
      relaxation: toNormals(words(streams.keyRelaxation))[d & 3]!,
      slow: toNormals(words(streams.keySlowNoise))[d & 3]!,
    });
  };
  const cells = Array.from({ length: dim }, (_, d) => [held(d, 0), held(d, 1)] as const);
  return {
    weights: Float64Array.from(cells, ([above, below]) => (above - below) * unit),
    variances: Float64Array.from(
      cells,
      ([above, below]) => (readVarianceUs2(cell, above) + readVarianceUs2(cell, below)) * unit ** 2,
    ),
  };
}
