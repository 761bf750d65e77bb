import { fail } from '../errors.ts';
import { philoxWords, streams, toUniform } from '../reference/rng.ts';

/** Shape and statistics of synthetic selections. */
export interface MarkovMasks {
  readonly heads: number;
  /** Rows and columns of every head's selection, padding included. */
  readonly queries: number;
  readonly keys: number;
  /** Tokens that are not padding; rows and columns from there on keep nothing. Default all. */
  readonly validQueries?: number;
  readonly validKeys?: number;
  /** Probability that a valid key is kept, above 0 and below 1. */
  readonly keepShare: number;
  /** New keys of a query as a share of the valid ones: kept now, not by the query before. At most `keepShare` and 1 - `keepShare`. */
  readonly newShare: number;
  /** Whether a query always keeps its own position; default false. */
  readonly keepDiagonal?: boolean;
  readonly seed: number;
}

/**
 * Selections `[heads, queries, ceil(keys / 32)]` with the locality that neighbouring queries have: whether a key is kept is a
 * two-state Markov chain over the queries, one per key, that starts in its stationary state. A kept key stays with
 * probability 1 - newShare / keepShare, one that is not kept enters with newShare / (1 - keepShare); independent draws are
 * the case newShare = keepShare (1 - keepShare). Throws `MARKOV_MASKS`.
 */
export function markovMasks(masks: MarkovMasks): Uint32Array {
  const { heads, queries, keys, keepShare, newShare, keepDiagonal = false, seed } = masks;
  const { validQueries = queries, validKeys = keys } = masks;
  check(masks);
  const stay = 1 - newShare / keepShare;
  const enter = newShare / (1 - keepShare);
  const words = Math.ceil(keys / 32);
  const out = new Uint32Array(heads * queries * words);
  for (let head = 0; head < heads; head++) {
    for (let key = 0; key < validKeys; key++) {
      const bit = 1 << (key & 31);
      let draws: readonly number[] = [];
      let kept = false;
      for (let query = 0; query < validQueries; query++) {
        if (query % 4 === 0) draws = philoxWords(seed, head, streams.markovMasks, key, query / 4);
        const likely: number = query === 0 ? keepShare : kept ? stay : enter;
        kept = toUniform(draws[query % 4]!) < likely;
        if (kept || (keepDiagonal && key === query)) out[(head * queries + query) * words + (key >> 5)]! |= bit;
      }
    }
  }
  return out;
}

function check({ heads, queries, keys, keepShare, newShare, ...valid }: MarkovMasks): void {
  for (const [name, value] of Object.entries({ heads, queries, keys })) {
    if (!Number.isInteger(value) || value < 0) {
      throw fail('MARKOV_MASKS', `masks of ${value} ${name}`, 'use a whole number of 0 or more');
    }
  }
  for (const [name, value, most] of [
    ['validQueries', valid.validQueries, queries],
    ['validKeys', valid.validKeys, keys],
  ] as const) {
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= most)) continue;
    throw fail('MARKOV_MASKS', `masks with ${name} ${value}`, `use a whole number from 0 to ${most}`);
  }
  if (!(keepShare > 0 && keepShare < 1)) {
    throw fail('MARKOV_MASKS', `masks that keep a share of ${keepShare}`, 'use a share between 0 and 1');
  }
  const most = Math.min(keepShare, 1 - keepShare);
  if (!(newShare >= 0 && newShare <= most)) {
    throw fail('MARKOV_MASKS', `${newShare} of the keys are new, ${keepShare} are kept`, `use at most ${most}`);
  }
}
