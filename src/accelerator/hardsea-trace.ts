import type { Reading } from '../gpu/batch.ts';
import { codeWords } from '../kernel/pq-encode.ts';
import type { ResolvedHardsea } from './hardsea-config.ts';
import { type Activity, foldHeads, type HeadActivity } from './machine.ts';
import { headQuality } from './quality.ts';
import type { PartTrace } from './selection-pieces.ts';

/** What a part of a recorded call will tell after its batch was submitted. */
export interface HardseaTrace extends PartTrace {
  /** `[sequences * heads, queries, 4]`: last winner (ns), column charges, active columns, kept keys. */
  readonly select: Reading<Float32Array>;
  /** `[sequences * heads, tokens, words, 4]`: sum of arrivals (ns), latest (ns), column charges, arrays. */
  readonly encodeQ: Reading<Float32Array>;
  readonly encodeK: Reading<Float32Array>;
  /** `[sequences * heads, queries]`: bank cycles. */
  readonly cycles: Reading<Uint32Array>;
  /** `[sequences * heads, queries, 4]`: softmax mass, top keys found, top keys, visible keys. */
  readonly quality: Reading<Float32Array> | undefined;
}

/** What one head of a HARDSEA did in all calls of a run, added over sequences. Times are sums over tokens or queries in ns. */
export interface HardseaActivity extends HeadActivity {
  readonly tokensEncoded: number;
  /** Sum over tokens of the latest winner among the token's arrays. */
  readonly encodeNs: number;
  readonly encodeCharges: number;
  /** Sum over queries of the last winner's arrival. */
  readonly selectNs: number;
  readonly selectCharges: number;
  readonly selectColumns: number;
  readonly bankCycles: number;
}

/** Adds traces up by layer and head. */
export function foldTraces(
  traces: readonly HardseaTrace[],
  config: Pick<ResolvedHardsea, 'subspaces'>,
): Activity<HardseaActivity> {
  const words = codeWords(config.subspaces);
  return foldHeads(
    traces.flatMap((trace) => {
      const { layer, heads, sequences } = trace.call;
      return Array.from(
        { length: sequences * heads },
        (_, head) => [layer, trace.firstHead + (head % heads), headActivity(trace, head, words)] as const,
      );
    }),
  );
}

function headActivity(trace: HardseaTrace, head: number, words: number): HardseaActivity {
  const { queries, keys } = trace.call;
  const select = trace.select.values();
  const cycles = trace.cycles.values();
  const activity = {
    queries,
    keptPairs: 0,
    visiblePairs: 0,
    tokensEncoded: queries + keys,
    encodeNs: 0,
    encodeCharges: 0,
    selectNs: 0,
    selectCharges: 0,
    selectColumns: 0,
    bankCycles: 0,
  };
  for (let row = head * queries; row < (head + 1) * queries; row++) {
    activity.selectNs += select[4 * row]!;
    activity.selectCharges += select[4 * row + 1]!;
    activity.selectColumns += select[4 * row + 2]!;
    activity.visiblePairs += select[4 * row + 2]!;
    activity.keptPairs += select[4 * row + 3]!;
    activity.bankCycles += cycles[row]!;
  }
  for (const [stats, tokens] of [
    [trace.encodeQ.values(), queries],
    [trace.encodeK.values(), keys],
  ] as const) {
    for (let token = head * tokens; token < (head + 1) * tokens; token++) {
      let latest = 0;
      for (let w = token * words; w < (token + 1) * words; w++) {
        latest = Math.max(latest, stats[4 * w + 1]!);
        activity.encodeCharges += stats[4 * w + 2]!;
      }
      activity.encodeNs += latest;
    }
  }
  return { ...activity, ...(trace.quality ? headQuality(trace.quality.values(), head, queries) : {}) };
}
