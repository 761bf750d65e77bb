import type { Gpu } from '../gpu/gpu.ts';
import { hasBroadcast } from './shared-lanes.ts';

/** Shaders of float32 dense attention: `pair` (2 queries a lane) runs anywhere, the `wide` ones suit processors. */
export type DenseAttendVariant = 'pair' | 'wide' | 'wide-subgroup';

/** The shader for this device, by what it is and not by a trial run, so that results repeat bit for bit. */
export function denseAttendVariant(gpu: Gpu): DenseAttendVariant {
  if (gpu.adapter.class === 'hardware') return 'pair';
  return hasBroadcast(gpu) ? 'wide-subgroup' : 'wide';
}

/** Every variant that this device can run. */
export function denseAttendVariants(gpu: Gpu): readonly DenseAttendVariant[] {
  return hasBroadcast(gpu) ? ['pair', 'wide', 'wide-subgroup'] : ['pair', 'wide'];
}
