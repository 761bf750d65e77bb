import type { LocalityCyclesProblem, LocalityProblem } from '../kernel/locality.ts';

/**
 * The buffer of a traffic model, one vector after another: which kept vectors have to be fetched, as a selection of the
 * same shape.
 */
export function localityReference(problem: LocalityProblem, selection: Uint32Array): Uint32Array {
  const { headCount, queries, keys, eviction, capacity } = problem;
  const words = Math.ceil(keys / 32);
  const fetches = new Uint32Array(selection.length);
  for (let head = 0; head < headCount; head++) {
    const take = eviction === 'lru' ? lruBuffer(capacity) : residentBuffer(capacity);
    for (let query = 0; query < queries; query++) {
      const base = (head * queries + query) * words;
      for (const key of take(keptKeys(selection, base, words))) fetches[base + (key >> 5)]! |= 1 << (key & 31);
    }
  }
  return fetches;
}

/** Counts and cycles of every row and loads of every unit, as `planLocalityCycles` orders them. */
export function localityCyclesReference(
  problem: LocalityCyclesProblem,
  selection: Uint32Array,
  fetches: Uint32Array,
): { counters: Uint32Array; loads: Uint32Array } {
  const { headCount, queries, keys, units, interleaved = true, banks } = problem;
  const { bankCycles = 1, leastCycles = 0, prefetch = true } = problem;
  const words = Math.ceil(keys / 32);
  const rows = headCount * queries;
  const counters = new Uint32Array(rows * 5);
  const loads = new Uint32Array(headCount * units);
  for (let row = 0; row < rows; row++) {
    const kept = keptKeys(selection, row * words, words);
    const fetched = keptKeys(fetches, row * words, words);
    const unitOf = (key: number) => (interleaved ? key % units : Math.floor(key / Math.ceil(keys / units)));
    const compute = fullest(kept.map(unitOf));
    for (const key of kept) loads[Math.floor(row / queries) * units + unitOf(key)]!++;
    const fetch = bankCycles * fullest(fetched.map((key) => key % banks));
    const cycles = prefetch ? Math.max(compute, fetch) : compute + fetch;
    const least = kept.length > 0 ? leastCycles : 0;
    counters.set([fetched.length, kept.length - fetched.length, compute, fetch, Math.max(cycles, least)], row * 5);
  }
  return { counters, loads };
}

/** Takes a query's kept keys in ascending order and gives back those to fetch. */
type Buffer = (kept: readonly number[]) => number[];

function lruBuffer(capacity: number): Buffer {
  const held = new Set<number>(); // in order of last use
  return (kept) =>
    kept.filter((key) => {
      const missed = !held.delete(key);
      held.add(key);
      if (held.size > capacity) held.delete(held.values().next().value!);
      return missed;
    });
}

function residentBuffer(capacity: number): Buffer {
  let held = new Set<number>();
  return (kept) => {
    const missed = kept.filter((key) => !held.has(key));
    if (kept.length > 0) {
      const stays = kept.filter((key) => held.has(key));
      held = new Set([...stays, ...missed.slice(0, capacity - stays.length)]);
    }
    return missed;
  };
}

function keptKeys(selection: Uint32Array, base: number, words: number): number[] {
  const keys: number[] = [];
  for (let w = 0; w < words; w++) {
    for (let rest = selection[base + w]!; rest !== 0; rest = (rest & (rest - 1)) >>> 0) {
      keys.push(32 * w + 31 - Math.clz32(rest & -rest));
    }
  }
  return keys;
}

function fullest(parts: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
