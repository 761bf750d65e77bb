import type { Clock } from '../clock.ts';
import { median, spread } from '../statistics.ts';

/** Somebody who takes part: does its work so many times and waits for the end. */
export interface Contender {
  /** What one piece of work took before, in ms, so that it need not be tried again. */
  readonly triedMs: number;
  run(times: number): Promise<void>;
}

/** Time of one piece of work by round. */
export interface Turns {
  readonly medianMs: number;
  /** Distance of the quartiles over the median. */
  readonly spread: number;
  readonly samplesMs: readonly number[];
  /** Pieces of work in a sample. */
  readonly times: number;
}

/** How long to measure. */
export interface TurnPatience {
  /** Time that a sample takes at least, by doing the work several times in it. */
  readonly leastMs: number;
  readonly rounds: number;
  /** Whoever takes longer than `slowMs` gets no more than 3 rounds. */
  readonly slowMs: number;
}

/** What `bench --peers` takes. */
export const usualTurns: TurnPatience = { leastMs: 20, rounds: 7, slowMs: 400 };

/**
 * Times everybody in turn, a sample each in every round, so that what changes on the machine meets all of them alike. Samples of
 * the same round make pairs. A sample holds the recording of the work, the submit and the wait.
 */
export async function takeTurns(
  contenders: readonly Contender[],
  clock: Clock,
  { leastMs, rounds, slowMs }: TurnPatience = usualTurns,
): Promise<readonly Turns[]> {
  const take = async (contender: Contender, times: number) => {
    const start = clock.now();
    await contender.run(times);
    return (clock.now() - start) / times;
  };
  const plans = [];
  for (const contender of contenders) {
    let times = 1;
    let ms = contender.triedMs;
    while (ms * times < leastMs && times < 4096) {
      times = Math.min(4096, 8 * times, Math.max(times + 1, ms > 0 ? Math.ceil((1.2 * leastMs) / ms) : 8 * times));
      ms = await take(contender, times);
    }
    plans.push({ contender, times, rounds: ms > slowMs ? Math.min(3, rounds) : rounds, samplesMs: [] as number[] });
  }
  for (let round = 0; round < rounds; round++)
    for (const plan of plans) {
      if (round < plan.rounds) plan.samplesMs.push(await take(plan.contender, plan.times));
    }
  return plans.map(({ times, samplesMs }) => ({
    medianMs: median(samplesMs),
    spread: spread(samplesMs),
    samplesMs,
    times,
  }));
}

/** How many times as long one takes as the other: the median over the rounds that both took part in. */
export function ratioInPairs(slow: Pick<Turns, 'samplesMs'>, fast: Pick<Turns, 'samplesMs'>): number {
  const pairs = Math.min(slow.samplesMs.length, fast.samplesMs.length);
  return median(Array.from({ length: pairs }, (_, i) => slow.samplesMs[i]! / fast.samplesMs[i]!));
}
