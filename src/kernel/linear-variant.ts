import type { Gpu } from '../gpu/gpu.ts';
import { chosenVariant } from './chosen-variant.ts';
import { sharedLanes } from './shared-lanes.ts';

/**
 * Shaders of one linear layer, which add the same products in the same order but for lanes' own arithmetic: `tile` runs anywhere,
 * `subgroup` shares rows of x between 4 lanes; the `wide` ones have tiles too large for a GPU's registers.
 */
export type LinearVariant = 'tile' | 'subgroup' | 'wide' | 'wide-subgroup4' | 'wide-subgroup8';

/** The shader for linear layers on this device. */
export function linearVariant(gpu: Gpu): LinearVariant {
  return chosenVariant(gpu, 'linear', linearVariants(gpu), usualLinearVariant(gpu));
}

/**
 * The shader by what the device is and not by a trial run, so that results repeat bit for bit: on processors, where a
 * load of 4 floats takes the time of some 30 multiply-adds, the widest tile; subgroups wherever there are 4 lanes.
 * Measured on SwiftShader (4 lanes) and llvmpipe (8 lanes).
 */
export function usualLinearVariant(gpu: Gpu): LinearVariant {
  const lanes = sharedLanes(gpu);
  if (gpu.adapter.class === 'hardware') return lanes >= 4 ? 'subgroup' : 'tile';
  return lanes >= 8 ? 'wide-subgroup8' : lanes >= 4 ? 'wide-subgroup4' : 'wide';
}

/** Every variant that this device can run. */
export function linearVariants(gpu: Gpu): readonly LinearVariant[] {
  const lanes = sharedLanes(gpu);
  const shared: readonly LinearVariant[] = ['subgroup', 'wide-subgroup4'];
  return ['tile', 'wide', ...(lanes >= 4 ? shared : []), ...(lanes >= 8 ? (['wide-subgroup8'] as const) : [])];
}
