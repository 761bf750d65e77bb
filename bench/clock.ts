import { availableParallelism } from 'node:os';
import type { AdapterFacts } from '../src/gpu/adapter.ts';

/** What time is measured with: `now` is in ms, and only differences count. */
export interface Clock {
  readonly name: 'processor time per core' | 'wall clock';
  now(): number;
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
