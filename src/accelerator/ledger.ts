import type { Counts } from '../ledger/counts.ts';
import type { Figure } from '../ledger/figure.ts';
import type { AreaRow, EnergyRow, Technology } from '../ledger/technology.ts';

/** Energy, time and area of an accelerator's run on one chip, and the actions that they follow from. */
export interface AcceleratorLedger {
  readonly counts: Counts;
  /** What is done once in a chip's life, such as programming what never changes. */
  readonly setupCounts: Counts;
  readonly energy: readonly EnergyRow[];
  readonly latency: {
    readonly stages: readonly { readonly stage: string; readonly timeNs: number }[];
    readonly sequentialNs: number;
    readonly overlappedNs: number;
  };
  readonly area: readonly AreaRow[];
  readonly figures: readonly Figure[];
  readonly technology: Technology;
}
