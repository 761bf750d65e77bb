import { nibbleMiddle } from '../device/charge-array.ts';
import type { ThresholdProblem } from '../kernel/threshold-problem.ts';
import { randomWords, toNormals } from './rng.ts';

/** Estimate of a score from upper nibbles (-8 to 7) in nibble units: the sum of (q + 15/32) (k + 15/32), exact. */
export function nibbleEstimateReference(q: ArrayLike<number>, k: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < q.length; d++) sum += (q[d]! + nibbleMiddle) * (k[d]! + nibbleMiddle);
  return sum;
}

/** Score that one nibble unit stands for, in float32. */
export function nibbleUnit(scaleQ: number, scaleK: number, dim: number): number {
  return Math.fround(Math.fround(256 * Math.fround(scaleQ * scaleK)) / Math.fround(Math.sqrt(dim)));
}

/**
 * What an estimate has to reach, in float32, when one of its units stands for the score `unit`. At `unit` 0 an operand is all
 * zero and so is every score.
 */
export function thresholdLimit(threshold: number, margin: number, unit: number): number {
  const lowered = Math.fround(Math.fround(threshold) - Math.fround(margin));
  if (unit === 0) return lowered <= 0 ? -noLimit : noLimit;
  return Math.fround(Math.min(noLimit, Math.max(-noLimit, Math.fround(lowered / unit))));
}

/** Keys that a query sees, from the first, where `valid` of them are no padding. */
export function seenKeys(
  { queries, keys, causal }: Pick<ThresholdProblem, 'queries' | 'keys' | 'causal'>,
  query: number,
  valid = keys,
): number {
  const own = query + keys - queries;
  if (own >= valid) return 0;
  return causal ? own + 1 : valid;
}

/** What one row's comparators decide on. */
export interface ThresholdRow {
  /** Of every key of the sequence, read noise included. */
  readonly estimates: ArrayLike<number>;
  readonly limit: number;
  /** What each key's comparator adds; default 0. */
  readonly shift?: (key: number) => number;
  /** Valid keys of the sequence; default all. */
  readonly valid?: number;
}

/** The keys that a query keeps, ascending; `slack` on every estimate tells how sure that is. */
export function thresholdRowReference(
  problem: Pick<ThresholdProblem, 'queries' | 'keys' | 'causal'>,
  query: number,
  { estimates, limit, shift = () => 0, valid }: ThresholdRow,
  slack = 0,
): number[] {
  const own = query + problem.keys - problem.queries;
  const kept: number[] = [];
  for (let j = 0; j < seenKeys(problem, query, valid); j++)
    if (j === own || estimates[j]! + slack >= limit - shift(j)) kept.push(j);
  return kept;
}

/** The standard normals that a query's estimates or comparators draw from a stream, by key. */
export function rowNormals(
  problem: Omit<ThresholdProblem, 'dim' | 'causal'>,
  headIndex: number,
  query: number,
  stream: number,
): (key: number) => number {
  const { heads, windows, queries, keys, seed = 0, firstChip = 0, layer = 0, firstEvent = 0 } = problem;
  const sequence = Math.floor(headIndex / heads);
  const chip = firstChip + Math.floor(sequence / windows);
  const element = (layer * heads + (headIndex % heads)) * Math.ceil(keys / 4);
  const event = firstEvent + (sequence % windows) * queries + query;
  return (key) => toNormals(randomWords(seed, chip, stream, element + (key >> 2), event))[key & 3]!;
}

const noLimit = Math.fround(1e30);
