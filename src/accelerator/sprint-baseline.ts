import { visibleKeys } from '../kernel/attend-problem.ts';
import type { ResolvedSprint } from './sprint-config.ts';
import { bufferVectors, type SprintSequence } from './sprint-traffic.ts';

/** Vectors fetched and cycles, added over the rows of a head. */
export interface Traffic {
  readonly fetched: number;
  readonly computeCycles: number;
  readonly fetchCycles: number;
  readonly rowCycles: number;
}

/**
 * The traffic of the same machine without pruning and padding removal: every query keeps all that it sees. Equal to what the
 * traffic model counts for such a selection; in closed form, since a run of keys from 0 on leaves no choice. It compares
 * nothing, so that no row waits for thresholds. The CORELET of the first key has the most in every row, so that it does not
 * matter for the keys where CORELETs wait for each other.
 */
export function denseTraffic(sequence: SprintSequence, config: ResolvedSprint): Traffic {
  const { banks, bankCycles, prefetch, baselineEviction, barrier } = config;
  const capacity = bufferVectors(config, sequence.dim);
  const total = { fetched: 0, computeCycles: 0, fetchCycles: 0, rowCycles: 0 };
  let before = 0;
  for (let query = 0; query < sequence.queries; query++) {
    const kept = visibleKeys(sequence, query);
    // What stays is the first that came, or, with the least recently used going first, all or nothing.
    const held = baselineEviction === 'resident' ? Math.min(before, capacity) : before <= capacity ? before : 0;
    const fetched = kept - held;
    // Runs of keys fill banks evenly.
    const fetch = bankCycles * Math.ceil(fetched / banks);
    const compute = fullestCorelet(kept, sequence.keys, config);
    total.fetched += fetched;
    total.computeCycles += compute;
    total.fetchCycles += fetch;
    total.rowCycles += prefetch ? Math.max(compute, fetch) : compute + fetch;
    before = kept;
  }
  if (barrier === 'query' || !prefetch) return total;
  return { ...total, rowCycles: Math.max(total.computeCycles, total.fetchCycles) };
}

function fullestCorelet(kept: number, keys: number, { corelets, interleave }: ResolvedSprint): number {
  return interleave ? Math.ceil(kept / corelets) : Math.min(kept, Math.ceil(keys / corelets));
}
