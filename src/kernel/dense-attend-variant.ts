import type { Gpu } from '../gpu/gpu.ts';
import { chosenVariant } from './chosen-variant.ts';
import { sharedLanes } from './shared-lanes.ts';

/**
 * Shaders of float32 dense attention: `pair` (2 queries a lane) runs anywhere, `wide` (4 queries a lane) suits processors, and
 * the `wide-subgroup` ones processors whose lanes share values, 4 or 8 of them 16 queries.
 */
export type DenseAttendVariant = 'pair' | 'wide' | 'wide-subgroup4' | 'wide-subgroup8';

/** The shader for dense attention on this device. */
export function denseAttendVariant(gpu: Gpu): DenseAttendVariant {
  return chosenVariant(gpu, 'dense-attend', denseAttendVariants(gpu), usualDenseAttendVariant(gpu));
}

/** The shader by what the device is and not by a trial run, so that results repeat bit for bit. */
export function usualDenseAttendVariant(gpu: Gpu): DenseAttendVariant {
  if (gpu.adapter.class === 'hardware') return 'pair';
  const lanes = sharedLanes(gpu);
  return lanes >= 8 ? 'wide-subgroup8' : lanes >= 4 ? 'wide-subgroup4' : 'wide';
}

/** Every variant that this device can run. */
export function denseAttendVariants(gpu: Gpu): readonly DenseAttendVariant[] {
  const lanes = sharedLanes(gpu);
  const shared = lanes >= 8 ? (['wide-subgroup4', 'wide-subgroup8'] as const) : (['wide-subgroup4'] as const);
  return ['pair', 'wide', ...(lanes >= 4 ? shared : [])];
}
