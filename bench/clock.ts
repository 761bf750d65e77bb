import { availableParallelism } from 'node:os';
import { fail } from '../src/errors.ts';
import type { AdapterFacts } from '../src/gpu/adapter.ts';

/** What time is measured with: `now` is in ms, and only differences count. */
export interface Clock {
  readonly name: 'processor time per core' | 'wall clock' | 'GPU timestamps';
  now(): number;
  /** Of timestamps: what a run has to take at least, so that their step does not show (ms). Series of launches then time themselves. */
  readonly leastStampedMs?: number;
}

/**
 * The clock for an adapter. A software adapter is one of many programs on its cores, and the wall shows the others too; what it
 * spent itself, shared out over the cores that it may use, is what a quiet machine would show on the wall.
 */
export function clockFor(adapter: Pick<AdapterFacts, 'class'>): Clock {
  if (adapter.class === 'hardware') return { name: 'wall clock', now: () => performance.now() };
  const cores = availableParallelism();
  return {
    name: 'processor time per core',
    now: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000 / cores;
    },
  };
}

/** Steps of the timestamps that a run has to take at least, and its least time in ms on a device whose steps are fine. */
const leastSteps = 100;
const leastStampedMs = 10;

/**
 * The device's own clock: timestamps at both ends of a pass, which leave out what the host does. They may come in coarse steps (Dawn's
 * are 65,536 ns unless told otherwise), so a run takes 100 of them at least. Throws `BENCH_CLOCK` where the device has none.
 */
export function stampClock(stepNs: number | undefined): Clock {
  if (stepNs === undefined)
    throw fail('BENCH_CLOCK', 'this device has no timestamps', 'leave --clock out, or use --clock host');
  return {
    name: 'GPU timestamps',
    now: () => performance.now(),
    leastStampedMs: Math.max(leastStampedMs, (leastSteps * stepNs) / 1e6),
  };
}
