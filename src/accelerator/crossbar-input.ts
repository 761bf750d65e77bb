import { fail } from '../errors.ts';
import type { FaultMaps } from './crossbar-faults.ts';

/** Target weights, row-major: `values` [rows, columns]. */
export interface CrossbarWeights {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Which devices are drawn. */
export interface CrossbarPopulation {
  /** Whole number from 0 to 2^32 - 1; default 1. */
  readonly seed?: number;
  /** Number of chips; default 1. */
  readonly chips?: number;
  /** Index of the first chip; default 0. A chip is the same device in any population that has its index. */
  readonly firstChip?: number;
  /** Cells known to be stuck, besides those that the device's rates draw. */
  readonly faults?: FaultMaps;
}

/** Fills in a population's defaults. Throws `CROSSBAR_CHIPS`. */
export function checkPopulation({
  seed = 1,
  chips = 1,
  firstChip = 0,
}: CrossbarPopulation): Required<Omit<CrossbarPopulation, 'faults'>> {
  for (const [name, value, low] of [
    ['seed', seed, 0],
    ['chips', chips, 1],
    ['firstChip', firstChip, 0],
  ] as const) {
    if (!Number.isInteger(value) || value < low || value >= 2 ** 32) {
      throw fail('CROSSBAR_CHIPS', `${name} is ${value}`, `use a whole number from ${low} to ${2 ** 32 - 1}`);
    }
  }
  return { seed, chips, firstChip };
}

/** The weight that takes the whole range: `given`, or the largest magnitude where that is 0. Throws `CROSSBAR_SIZE` or `CROSSBAR_WEIGHTS`. */
export function checkWeights({ values, rows, columns }: CrossbarWeights, given: number): number {
  if (!Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    throw fail('CROSSBAR_SIZE', `the weights are [${rows}, ${columns}]`, 'use at least one row and one column');
  }
  if (values.length !== rows * columns) {
    throw fail(
      'CROSSBAR_SIZE',
      `${values.length} weights for [${rows}, ${columns}]`,
      `give ${rows * columns} values, row by row`,
    );
  }
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      const place = `[${Math.floor(i / columns)}, ${i % columns}]`;
      throw fail('CROSSBAR_WEIGHTS', `the weight ${place} is ${value}`, 'give finite weights');
    }
    largest = Math.max(largest, Math.abs(value));
  }
  // An array of zeros is programmed like any other; the scale of its weights is then arbitrary.
  return given || largest || 1;
}
