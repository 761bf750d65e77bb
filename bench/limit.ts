import type { Work } from './kernel.ts';
import type { Peaks } from './peaks.ts';

/** The least time in which an adapter could do a piece of work, and what holds it up. */
export interface Limit {
  readonly ms: number;
  readonly by: 'arithmetic' | 'exp' | 'random' | 'memory';
}

/**
 * The longest of four times, each at a rate measured on the adapter: arithmetic (8-bit work at the rate of packed products or of
 * f32, whichever is faster here, since either can do it), exponentials, random words, and memory at the cached rate.
 */
export function limitOf(
  work: Work,
  peaks: Pick<Peaks, 'flops' | 'byteOps' | 'exponentials' | 'randomWords' | 'hotBytes'>,
): Limit {
  const seconds = {
    arithmetic: work.flops / peaks.flops + (work.byteOps ?? 0) / Math.max(peaks.byteOps, peaks.flops),
    exp: (work.exponentials ?? 0) / peaks.exponentials,
    random: (work.randomWords ?? 0) / peaks.randomWords,
    memory: work.bytes / peaks.hotBytes,
  };
  const by = (Object.keys(seconds) as Limit['by'][]).reduce((a, b) => (seconds[b] > seconds[a] ? b : a));
  return { ms: seconds[by] * 1000, by };
}
