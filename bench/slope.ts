import type { Clock } from './clock.ts';
import type { Repeated } from './repeat.ts';
import { median, spread } from './statistics.ts';

/** Time of one repetition. */
export interface Timing {
  readonly medianMs: number;
  /** Quartile distance as a share of the median; above 0.2 the machine was busy with something else. */
  readonly spread: number;
  /** One repetition by each pair of runs, in ms. */
  readonly samplesMs: readonly number[];
  /** Repetitions in the shorter run of a pair. */
  readonly times: number;
}

/** How long to measure. */
export interface Patience {
  /** Time that the shorter run of a pair takes at least. */
  readonly leastMs: number;
  readonly pairs: number;
}

/** What `bench` takes. */
export const usualPatience: Patience = { leastMs: 20, pairs: 5 };

const mostTimes = 4096;

/**
 * Times one repetition as a slope: n and 2n repetitions in turn, in one submit each, and the difference over n. What a submit
 * costs whatever is in it, the fence and the wake-up are in both and cancel. Throws when no pair took time.
 */
export async function timeOne(work: Repeated, clock: Clock, patience: Patience = usualPatience): Promise<Timing> {
  const least = Math.max(patience.leastMs, clock.leastStampedMs ?? 0);
  const take = async (count: number) => {
    if (clock.leastStampedMs !== undefined) return work.stampedMs(count);
    const start = clock.now();
    await work.run(count);
    return clock.now() - start;
  };
  // The first run fills caches, and memory is backed when it is first written.
  await take(1);
  let times = 1;
  for (let ms = await take(times); ms < least && times < mostTimes; ms = await take(times)) {
    const wanted = ms > 0 ? Math.ceil((1.2 * least * times) / ms) : 8 * times;
    times = Math.min(mostTimes, Math.max(times + 1, Math.min(8 * times, wanted)));
  }
  const pairs: (readonly [number, number])[] = [];
  // On a busy machine short runs may all come out the wrong way round; a few more pairs then find the slope.
  const enough = () => pairs.length >= patience.pairs && pairs.some(([single, double]) => double > single);
  while (!enough() && pairs.length < 4 * patience.pairs) pairs.push([await take(times), await take(2 * times)]);
  return slope(pairs, times);
}

/** The timing that pairs of runs of n and 2n repetitions give. A pair that shows no time is dropped; throws when all do. */
export function slope(pairs: readonly (readonly [single: number, double: number])[], times: number): Timing {
  const samplesMs = pairs.map(([single, double]) => (double - single) / times).filter((ms) => ms > 0);
  if (samplesMs.length === 0) throw new Error(`twice ${times} repetitions took no longer than ${times}`);
  return { medianMs: median(samplesMs), spread: spread(samplesMs), samplesMs, times };
}
