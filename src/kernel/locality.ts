import { fail } from '../errors.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { selectionWords } from './gather-attend.ts';

/**
 * Which vectors a full buffer gives up.
 *
 * `resident`: it holds what the last query left there, and no more. Vectors that the query at hand keeps as well stay, the
 * places of the others are free, and fetched vectors take them in order of keys; what finds no place is used and not stored.
 * With room for all, a query fetches what it keeps and the one before did not.
 *
 * `lru`: the least recently used one; kept keys are used in ascending order. With room for all, a vector is fetched once.
 *
 * Under both, queries that keep nothing change nothing, and a larger buffer never fetches more.
 */
export type Eviction = 'resident' | 'lru';

/** Successive queries' selections, `[headCount, queries, words]`, and the buffer that their vectors pass through; every head starts with an empty one. */
export interface LocalityProblem {
  readonly headCount: number;
  readonly queries: number;
  readonly keys: number;
  readonly eviction: Eviction;
  /** Vectors that the buffer holds, from 1; Infinity for no limit. */
  readonly capacity: number;
  /** Lanes that share a head's row, 1 to 256; see {@link localityLanes}. Default 4. */
  readonly lanes?: number;
  /** Whether these are some of a head's queries, and what they leave on chip is there for the next; `resident` alone. Default false. */
  readonly isCarried?: boolean;
}

/** How the vectors of a row are spread over compute units and memory banks, and what the row takes then. */
export interface LocalityCyclesProblem {
  readonly headCount: number;
  readonly queries: number;
  readonly keys: number;
  /** Compute units, which take one kept vector a cycle each. */
  readonly units: number;
  /** Whether key j belongs to unit j mod units (default), or every unit owns a run of ceil(keys / units) keys. */
  readonly interleaved?: boolean;
  /** Key j lies in bank j mod banks. */
  readonly banks: number;
  /** Cycles that a bank takes for one vector; default 1. */
  readonly bankCycles?: number;
  /** Fewest cycles of a row that keeps anything; default 0. */
  readonly leastCycles?: number;
  /** Whether banks and units work at the same time (default): the row then takes the slower's cycles, else their sum. */
  readonly prefetch?: boolean;
}

/** What {@link planLocalityCycles} counts in each row, in this order: two numbers of vectors, three of cycles. */
export const localityCounters = ['fetched', 'reused', 'computeCycles', 'fetchCycles', 'rowCycles'] as const;

/** Most keys of a row: counts have 12 bits per bit of a word, and those of `lru` 16 in all. */
const mostKeys = { resident: 32 * 4095, lru: 2 ** 16 - 1 } as const;

/**
 * Plans deciding which kept vectors have to be fetched. Binds `selection`, `fetches` (a selection of the same shape; what is
 * kept and not fetched is reused) and, for `lru`, scratch `unions` of the same shape; for `resident` `carried`, any tensor or,
 * with `isCarried`, `[headCount, words]`: what is on chip before the first query and after the last. Throws `LOCALITY_SIZE`.
 */
export function planLocality(problem: LocalityProblem): Launch {
  const { headCount, queries, keys, eviction, capacity, lanes = 4, isCarried = false } = problem;
  checkWhole('heads', headCount, 0);
  checkWhole('queries', queries, 0);
  checkWhole('keys', keys, 0, mostKeys[eviction]);
  checkWhole('lanes', lanes, 1, 256);
  if (capacity !== Number.POSITIVE_INFINITY) checkWhole('vectors of capacity', capacity, 1);
  const words = selectionWords(keys);
  const all = headCount * queries * words;
  const isLru = eviction === 'lru';
  if (isLru && isCarried)
    throw fail(
      'LOCALITY_PARTS',
      `${queries} queries over ${keys} keys by 'lru', which looks back over all of a head's queries, in pieces`,
      "use 'resident', or shorter sequences",
    );
  return {
    program: isLru ? shaders['locality-lru'] : shaders['locality-resident'],
    entry: 'main',
    constants: { LANES: lanes, WORDS: Math.max(1, words), ...(isLru ? {} : { CARRIED: isCarried ? 1 : 0 }) },
    // No row keeps more vectors than there are keys: a buffer with more room is one without a limit.
    params: { heads: headCount, queries, capacity: Math.min(capacity, Math.max(1, keys)) },
    workgroups: [...foldGrid(all === 0 ? 0 : headCount), 1],
    workgroupBytes: isLru ? 8 * words + 8 * lanes + 4 : 4 * words + 16 * lanes,
    elements: {
      selection: all,
      fetches: all,
      ...(isLru ? { unions: all } : { carried: isCarried ? headCount * words : 0 }),
    },
  };
}

/**
 * Plans counting vectors and cycles per row. Binds `selection` and `fetches` `[headCount, queries, words]`, `counters`
 * `[headCount, queries, 5]`, see {@link localityCounters}, and `loads` `[headCount, units]`, zero before: the vectors that each
 * unit has kept in all rows. Throws `LOCALITY_SIZE`.
 */
export function planLocalityCycles(problem: LocalityCyclesProblem): Launch {
  const { headCount, queries, keys, units, interleaved = true, banks } = problem;
  const { bankCycles = 1, leastCycles = 0, prefetch = true } = problem;
  const rows = headCount * queries;
  checkWhole('heads', headCount, 0);
  checkWhole('queries', queries, 0);
  checkWhole('keys', keys, 0, mostKeys.resident);
  checkWhole('compute units', units, 1, 65536);
  checkWhole('banks', banks, 1, 65536);
  checkWhole('cycles per bank access', bankCycles, 0, 65535);
  checkWhole('cycles per row', leastCycles, 0, 2 ** 31);
  const words = selectionWords(keys);
  return {
    program: shaders['locality-cycles'],
    entry: 'main',
    constants: {},
    params: {
      rows,
      queries,
      keys,
      units,
      interleaved: interleaved ? 1 : 0,
      banks,
      bank_cycles: bankCycles,
      least_cycles: leastCycles,
      prefetch: prefetch ? 1 : 0,
    },
    workgroups: [...foldGrid(Math.ceil(rows / 64)), 1],
    elements: {
      selection: rows * words,
      fetches: rows * words,
      counters: rows * localityCounters.length,
      loads: headCount * units,
    },
  };
}

/** Lanes for {@link planLocality}: software adapters have four at a time and pay for barriers, GPUs want a lane per word. */
export function localityLanes(gpu: Gpu, keys: number): number {
  if (gpu.adapter.class !== 'hardware') return 4;
  return Math.min(128, Math.max(32, 32 * Math.ceil(selectionWords(keys) / 32)));
}

function checkWhole(what: string, value: number, low: number, high = 2 ** 32 - 1): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  throw fail('LOCALITY_SIZE', `a traffic model of ${value} ${what}`, `use a whole number from ${low} to ${high}`);
}
