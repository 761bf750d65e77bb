import type { Gpu } from '../gpu/gpu.ts';
import { sharedLanes } from './shared-lanes.ts';

/**
 * Ways to float32 attention over kept keys: `gather` loads the kept rows of a query in one lane and runs anywhere, `subgroup8` in 8
 * lanes that share its dimensions; the `masked` ones compute all scores of the groups of keys that any of 16 queries keeps, and need
 * 4 or 8 lanes that share values.
 */
export type GatherAttendVariant = 'gather' | 'subgroup8' | 'masked4' | 'masked8';

/** Kept shares from which masking is the faster way, with 4 lanes (SwiftShader) and with 8 (llvmpipe), by `bench/crossover.ts`. */
const leastMasked = { 4: 0.25, 8: 0.1 } as const;

/**
 * The way for this device, by what it is and by the share of the keys that is kept. Where that is not known, 8 lanes mask, which
 * never costs more than dense attention does, and 4 lanes gather.
 */
export function gatherAttendVariant(gpu: Gpu, keptShare?: number): GatherAttendVariant {
  if (gpu.adapter.class === 'hardware') return 'gather';
  const lanes = sharedLanes(gpu);
  if (lanes >= 8) return (keptShare ?? 1) >= leastMasked[8] ? 'masked8' : 'subgroup8';
  return lanes >= 4 && (keptShare ?? 0) >= leastMasked[4] ? 'masked4' : 'gather';
}

/** Every way that this device can go. */
export function gatherAttendVariants(gpu: Gpu): readonly GatherAttendVariant[] {
  const lanes = sharedLanes(gpu);
  const eight = ['subgroup8', 'masked8'] as const;
  return ['gather', ...(lanes >= 4 ? (['masked4'] as const) : []), ...(lanes >= 8 ? eight : [])];
}
