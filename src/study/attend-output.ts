import type { AcceleratorLedger } from '../accelerator/ledger.ts';
import type { Activity, HeadActivity } from '../accelerator/machine.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { type TechnologyChange, unchanged, usedElasticities } from '../ledger/elasticity.ts';
import type { AttendSummary } from './result.ts';

/** What an attention call's JSON says, from what the heads did and what that cost. */
export function summarise(
  activity: Activity,
  ledgerAt: (change: TechnologyChange) => AcceleratorLedger,
  run: { readonly keepRatio: number | undefined; readonly peakBytes: number; readonly wallMs: number },
): AttendSummary {
  const ledger = ledgerAt(unchanged);
  const flat = activity.flat();
  const sum = (pick: (head: HeadActivity) => number) => flat.reduce((total, head) => total + pick(head), 0);
  const measured = flat.every((head) => head.softmaxMass !== undefined);
  return {
    keptShare: sum((head) => head.keptPairs) / sum((head) => head.visiblePairs),
    ...(run.keepRatio === undefined ? {} : { keepRatio: run.keepRatio }),
    counts: ledger.counts,
    energy: ledger.energy,
    latency: ledger.latency,
    area: ledger.area,
    figures: ledger.figures,
    elasticities: usedElasticities(ledgerAt),
    costTable: ledger.technology,
    ...(measured
      ? {
          accuracy: {
            recall: sum((head) => head.hits!) / sum((head) => head.wanted!),
            softmaxMass: sum((head) => head.softmaxMass!) / sum((head) => head.queries),
          },
        }
      : {}),
    peakGpuBytes: run.peakBytes,
    timing: { wallMs: run.wallMs },
  };
}

/** Kept keys of every row of a selection. */
export function keptCounts(selection: Uint32Array, keys: number): Uint32Array {
  const words = selectionWords(keys);
  const kept = new Uint32Array(selection.length / words);
  for (let i = 0; i < selection.length; i++) {
    // Bits of a word, added up in pairs, fours and bytes.
    let bits = selection[i]!;
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    kept[Math.floor(i / words)]! += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return kept;
}

/** An array as often behind one another as there are chips, which are all alike. */
export function repeated<T extends Float32Array | Uint32Array>(values: T, chips: number): T {
  if (chips === 1) return values;
  const out = new (values.constructor as new (length: number) => T)(values.length * chips);
  for (let chip = 0; chip < chips; chip++) out.set(values as never, chip * values.length);
  return out;
}
