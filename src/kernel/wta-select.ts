import type { WtaModel } from '../device/time-domain.ts';
import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { selectionWords } from './gather-attend.ts';
import { isTimed, wtaParams } from './wta-params.ts';

/** Sizes and settings of a k-winner-take-all over rows of scores. */
export interface WtaSelectProblem {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences that belong to one chip. */
  readonly windows: number;
  readonly queries: number;
  /** Part of the queries whose scores are given; default all. */
  readonly queryFirst?: number;
  readonly queryCount?: number;
  readonly keys: number;
  /** Scores per row in memory, a multiple of 4 from `keys`, by which draws are told apart; default {@link scoreStride}. */
  readonly stride?: number;
  /** Winners per row; a row that sees fewer keys keeps them all. */
  readonly keep: number;
  readonly causal: boolean;
  readonly model: WtaModel;
  readonly seed?: number;
  /** Index of the first chip in its population. */
  readonly firstChip?: number;
  readonly layer?: number;
  readonly firstEvent?: number;
  /** Whether the circuit's figures are written; default true. False is a plain selection of the largest scores. */
  readonly stats?: boolean;
  /**
   * Lanes that share a row and hold it in registers: what `sharedLanes` says of the device, whose subgroups it needs. Default 0: a
   * lane owns a row, as for rows of more than 128 keys a lane. The winners are the same.
   */
  readonly lanes?: number;
}

/** Scores per row in memory: whole quads. */
export function scoreStride(keys: number): number {
  return Math.ceil(keys / 4) * 4;
}

/** Words of 32 keys that a lane holds at most. */
const heldWords = 4;

/**
 * Plans the selection. Binds `scores` `[headCount, queryCount, stride]`, `ranges` `[heads, 2]` (current at score 0 and per
 * unit, uA), `mismatch` `[chips, heads, stride]`, `arrivals` (scratch like scores, i32; any tensor
 * where the model is ideal), `selection` and `stats`
 * `[headCount, queries, 4]`: time of the last winner, or the timeout where too few arrive (ns), column charges, active
 * columns, kept keys.
 */
export function planWtaSelect(problem: WtaSelectProblem): Launch {
  const {
    headCount,
    heads,
    windows,
    queries,
    keys,
    keep,
    causal,
    model,
    seed = 0,
    firstChip = 0,
    layer = 0,
    firstEvent = 0,
    stats = true,
    lanes = 0,
  } = problem;
  const timed = isTimed(model);
  const { queryFirst = 0, queryCount = queries - queryFirst } = problem;
  if (!Number.isInteger(keep) || keep < 1 || keep > keys) {
    throw fail('KEEP_RANGE', `${keep} winners out of ${keys} keys`, `keep 1 to ${keys}`);
  }
  if (causal && keys < queries) {
    throw fail(
      'ATTEND_CAUSAL',
      `causal selection of ${queries} queries over ${keys} keys`,
      'give at least as many keys as queries',
    );
  }
  if (headCount % (heads * windows) !== 0) {
    throw fail('SELECT_CHIPS', `${headCount} rows of heads for ${heads} heads x ${windows} windows`, 'use whole chips');
  }
  const { stride = scoreStride(keys) } = problem;
  const rows = headCount * queryCount;
  const constants = { TIMED: timed ? 1 : 0, RAMP: model.form === 'ramp' ? 1 : 0, STATS: stats ? 1 : 0 };
  const words = lanes > 0 ? Math.ceil(selectionWords(keys) / lanes) : Number.POSITIVE_INFINITY;
  const held = words <= heldWords;
  return {
    program: held ? shaders['wta-select-subgroup'] : shaders['wta-select'],
    entry: 'main',
    constants: held ? { ...constants, LANES: lanes, WORDS: words } : constants,
    params: {
      head_count: headCount,
      heads,
      windows,
      queries,
      query_first: queryFirst,
      query_count: queryCount,
      keys,
      keep,
      causal: causal ? 1 : 0,
      stride4: stride / 4,
      seed,
      first_chip: firstChip,
      layer,
      first_event: firstEvent,
      timeout: model.timeoutNs,
      ...wtaParams(model),
    },
    workgroups: [...foldGrid(held ? rows : Math.ceil(rows / 64)), 1],
    elements: {
      scores: rows * stride,
      ranges: 2 * heads,
      mismatch: (headCount / windows) * stride,
      arrivals: timed ? rows * stride : 0,
      selection: headCount * queries * selectionWords(keys),
      stats: stats ? headCount * queries * 4 : 0,
    },
  };
}
