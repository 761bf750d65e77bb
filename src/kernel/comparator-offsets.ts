import { type ComparatorModel, calibratedLsb } from '../device/comparator.ts';
import { philoxWords, streams, toNormals } from '../reference/rng.ts';

/** Comparators to draw for. */
export interface ComparatorPopulation {
  readonly chips: number;
  readonly heads: number;
  /** Comparators of a head. */
  readonly columns: number;
  readonly seed: number;
  /** Index of the first chip; default 0. */
  readonly firstChip?: number;
  /** Index of the first head; default 0. */
  readonly firstHead?: number;
}

/**
 * What every comparator adds to its estimates for the life of a chip, `[chips, heads, columns]` in nibble units. A column of a
 * head of chip n is the same in any population and beside any number of other columns.
 */
export function comparatorOffsets(model: ComparatorModel, population: ComparatorPopulation): Float32Array<ArrayBuffer> {
  const { chips, heads, columns, seed, firstChip = 0, firstHead = 0 } = population;
  const offsets = new Float32Array(chips * heads * columns);
  if (model.offsetSigmaLsb === 0) return offsets;
  for (let line = 0; line < chips * heads; line++) {
    const chip = firstChip + Math.floor(line / heads);
    for (let first = 0; first < columns; first += 4) {
      const draws = toNormals(philoxWords(seed, chip, streams.comparatorOffset, first / 4, firstHead + (line % heads)));
      for (let column = first; column < Math.min(first + 4, columns); column++)
        offsets[line * columns + column] = calibratedLsb(model, model.offsetSigmaLsb * draws[column - first]!);
    }
  }
  return offsets;
}
