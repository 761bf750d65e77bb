import type { Gpu } from '../../src/gpu/gpu.ts';
import { waitCalmly } from '../calm.ts';
import { clockFor } from '../clock.ts';
import type { Work } from '../kernel.ts';
import { type Limit, limitOf } from '../limit.ts';
import type { Peaks } from '../peaks.ts';
import { type Verdict, verdict } from './check.ts';
import type { Peer, Ready } from './peer.ts';
import { adapterFamily, plainShare, targetRatio } from './plan.ts';
import { ratioInPairs, type TurnPatience, type Turns, takeTurns, usualTurns } from './turns.ts';
import { inputsOf, type Workload, workloadName, workOf } from './workload.ts';

/** What one way to do a workload came to. */
export interface Row {
  readonly who: string;
  readonly way: string;
  readonly own: boolean;
  /** `slow`: one run took longer than a comparison has time for. Only what is right was timed. */
  readonly state: 'right' | 'wrong' | 'failed' | 'slow';
  readonly reason?: string;
  /** Against float64 on sampled rows, after the first run and, where it was timed, after the last. */
  readonly error?: number;
  readonly turns?: Turns;
  /** Share of the limit that was reached. */
  readonly share?: number;
  /** Of the package's rows: how many times as long the best right peer takes, in pairs. */
  readonly ratio?: number;
  /** The ratio wanted, where one was set. */
  readonly target?: number;
}

/** A workload by everybody. */
export interface WorkloadResult {
  readonly name: string;
  readonly workload: Workload;
  readonly work: Work;
  readonly limit: Limit;
  readonly rows: readonly Row[];
  /** The fastest of the right peers. */
  readonly best?: { readonly who: string; readonly way: string };
}

/** Processor time per core, or wall time on a GPU, above which one run is too much to repeat. */
const mostMs = 15_000;

interface Entry {
  readonly who: string;
  readonly way: string;
  readonly own: boolean;
  readonly ready?: Ready;
  readonly seen?: Verdict;
  readonly triedMs?: number;
  readonly state: Row['state'];
  readonly reason?: string;
}

/** Lets everybody do a workload, checks each result, and times the right ones in turn. */
export async function compareWorkload(
  gpu: Gpu,
  work: Workload,
  own: readonly Peer[],
  others: readonly Peer[],
  peaks: Peaks,
  onStep: (text: string) => void = () => {},
  patience: TurnPatience = usualTurns,
): Promise<WorkloadResult> {
  const clock = clockFor(gpu.adapter);
  const inputs = inputsOf(work);
  const name = workloadName(work);
  const calmly = <Value>(waiting: Promise<Value>) => waitCalmly(gpu.adapter, waiting);
  const entries: Entry[] = [];
  for (const peer of [...own, ...others]) {
    for (const way of peer.ways(work)) {
      const entry = { who: peer.name, way: way.name, own: own.includes(peer) };
      onStep(`${name}: ${entry.who} by ${entry.way}`);
      let ready: Ready | undefined;
      try {
        const prepared = await calmly(way.prepare(inputs));
        ready = prepared;
        await calmly(prepared.run(1));
        const seen = verdict(work, inputs, await calmly(prepared.output()));
        const start = clock.now();
        await calmly(prepared.run(1));
        const ms = clock.now() - start;
        const slow = ms > mostMs && `one run takes ${(ms / 1000).toFixed(0)} s`;
        const state = seen.wrong !== undefined ? 'wrong' : slow ? 'slow' : 'right';
        const reason = seen.wrong ?? (slow || undefined);
        if (state !== 'right') onStep(`  ${state}: ${reason}`);
        entries.push({ ...entry, ready, seen, triedMs: ms, state, reason });
      } catch (error) {
        ready?.destroy();
        const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
        onStep(`  failed: ${reason}`);
        entries.push({ ...entry, state: 'failed', reason });
      }
    }
  }
  onStep(`${name}: in turn`);
  const right = entries.filter(({ state }) => state === 'right');
  const turns = await takeTurns(
    right.map(({ triedMs, ready }) => ({ triedMs: triedMs!, run: (times) => calmly(ready!.run(times)) })),
    clock,
    patience,
  );
  const timed = new Map(right.map((entry, i) => [entry, turns[i]!]));
  const after = new Map<Entry, Verdict>();
  for (const entry of right) after.set(entry, verdict(work, inputs, await calmly(entry.ready!.output())));
  for (const { ready } of entries) ready?.destroy();

  const peersRight = right.filter((entry) => !entry.own && after.get(entry)!.wrong === undefined);
  const best = peersRight.sort((a, b) => timed.get(a)!.medianMs - timed.get(b)!.medianMs)[0];
  const limit = limitOf(workOf(work), peaks);
  const target = targetRatio(work, adapterFamily(gpu.adapter));
  const plain = own.at(-1)?.name;
  const rows = entries.map((entry): Row => {
    const { who, way, own: isOurs, seen, state, reason } = entry;
    const mine = timed.get(entry);
    const last = after.get(entry);
    const wanted = target === undefined ? undefined : who === plain ? target * plainShare : target;
    return {
      ...{ who, way, own: isOurs },
      state: last?.wrong === undefined ? state : 'wrong',
      reason: last?.wrong ?? reason,
      error: seen && Math.max(seen.error, last?.error ?? 0),
      turns: mine,
      share: mine && limit.ms / mine.medianMs,
      ...(isOurs && mine ? { ratio: best && ratioInPairs(timed.get(best)!, mine), target: wanted } : {}),
    };
  });
  return { name, workload: work, work: workOf(work), limit, rows, best: best && { who: best.who, way: best.way } };
}
