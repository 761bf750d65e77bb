import type { Gpu } from '../gpu/gpu.ts';

/** Lanes that are sure to share values on this device: the least size of its subgroups, 0 without them. */
export function sharedLanes(gpu: Gpu): number {
  const info = gpu.device.adapterInfo as (GPUAdapterInfo & { subgroupMinSize?: number }) | undefined;
  return gpu.device.features.has('subgroups' as GPUFeatureName) ? (info?.subgroupMinSize ?? 0) : 0;
}

/** Whether shaders that share values between 4 lanes run on this device. */
export function hasBroadcast(gpu: Gpu): boolean {
  return sharedLanes(gpu) >= 4;
}
