import { codeWords } from '../kernel/pq-encode.ts';
import type { HardseaTrace } from './hardsea-call.ts';
import type { ResolvedHardsea } from './hardsea-config.ts';

/** What one head did in all calls of a run, added over sequences. Times are sums over tokens or queries in ns. */
export interface HeadActivity {
  readonly queries: number;
  readonly keptPairs: number;
  readonly visiblePairs: number;
  readonly tokensEncoded: number;
  /** Sum over tokens of the latest winner among the token's arrays. */
  readonly encodeNs: number;
  readonly encodeCharges: number;
  /** Sum over queries of the last winner's arrival. */
  readonly selectNs: number;
  readonly selectCharges: number;
  readonly selectColumns: number;
  readonly bankCycles: number;
  /** Sums over queries; absent where quality was not measured. */
  readonly softmaxMass?: number;
  readonly hits?: number;
  readonly wanted?: number;
}

const sums = [
  'queries',
  'keptPairs',
  'visiblePairs',
  'tokensEncoded',
  'encodeNs',
  'encodeCharges',
  'selectNs',
  'selectCharges',
  'selectColumns',
  'bankCycles',
  'softmaxMass',
  'hits',
  'wanted',
] as const;

/** Adds traces up by layer and head, `[layer][head]`. */
export function foldTraces(
  traces: readonly HardseaTrace[],
  config: Pick<ResolvedHardsea, 'subspaces'>,
): readonly (readonly HeadActivity[])[] {
  const layers: Record<string, number>[][] = [];
  for (const trace of traces) {
    const { layer, heads, sequences } = trace.call;
    layers[layer] ??= Array.from({ length: heads }, () => ({}));
    for (let s = 0; s < sequences; s++) {
      for (let h = 0; h < heads; h++) {
        const target = layers[layer]![h]!;
        const activity = headActivity(trace, s * heads + h, codeWords(config.subspaces));
        for (const key of sums) if (activity[key] !== undefined) target[key] = (target[key] ?? 0) + activity[key];
      }
    }
  }
  return layers as unknown as readonly (readonly HeadActivity[])[];
}

/** The sum of two runs' activity, layer by layer and head by head. */
export function addActivity(
  a: readonly (readonly HeadActivity[])[],
  b: readonly (readonly HeadActivity[])[],
): readonly (readonly HeadActivity[])[] {
  if (a.length === 0) return b;
  return a.map((heads, layer) =>
    heads.map((head, h) => {
      const other = b[layer]![h]! as unknown as Record<string, number>;
      const total: Record<string, number> = {};
      for (const [key, value] of Object.entries(head)) total[key] = value + other[key]!;
      return total as unknown as HeadActivity;
    }),
  );
}

function headActivity(trace: HardseaTrace, head: number, words: number): HeadActivity {
  const { queries, keys } = trace.call;
  const select = trace.select.values();
  const cycles = trace.cycles.values();
  const quality = trace.quality?.values();
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
  const caught = { softmaxMass: 0, hits: 0, wanted: 0 };
  for (let row = head * queries; row < (head + 1) * queries; row++) {
    activity.selectNs += select[4 * row]!;
    activity.selectCharges += select[4 * row + 1]!;
    activity.selectColumns += select[4 * row + 2]!;
    activity.visiblePairs += select[4 * row + 2]!;
    activity.keptPairs += select[4 * row + 3]!;
    activity.bankCycles += cycles[row]!;
    if (!quality) continue;
    caught.softmaxMass += quality[4 * row]!;
    caught.hits += quality[4 * row + 1]!;
    caught.wanted += quality[4 * row + 2]!;
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
  return quality ? { ...activity, ...caught } : activity;
}
