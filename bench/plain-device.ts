import { openDevice } from '../src/gpu/device.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import type { GPU } from '../src/gpu/webgpu.ts';
import { findNodeGpu } from '../src/node/find-gpu.ts';

/** A device as `openDevice` would open it, but without subgroups: what Deno's runtime and older browsers have. */
export async function openWithoutSubgroups(gpu: GPU, bundledSoftware: boolean): Promise<Gpu> {
  // Its limits are those that the package asks for.
  const usual = await openDevice({ gpu, bundledSoftware });
  const { features, limits } = usual.device;
  const requiredLimits: Record<string, number> = {};
  for (const name of ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeWorkgroupStorageSize'] as const)
    requiredLimits[name] = limits[name];
  requiredLimits['maxStorageBuffersPerShaderStage'] = limits.maxStorageBuffersPerShaderStage;
  const requiredFeatures = [...features].filter((name) => name !== 'subgroups' && !name.startsWith('core-'));
  usual.close();
  const adapter = await gpu.requestAdapter();
  const device = await adapter!.requestDevice({
    requiredFeatures: requiredFeatures as GPUFeatureName[],
    requiredLimits,
  });
  return openDevice({ device, gpu, bundledSoftware });
}

/** Opens such a device on Node, runs a job on it and destroys it. */
export async function withoutSubgroups<Result>(job: (gpu: Gpu) => Promise<Result>): Promise<Result> {
  const { gpu, driver } = await findNodeGpu();
  const plain = await openWithoutSubgroups(gpu, driver === 'bundled-software');
  try {
    return await job(plain);
  } finally {
    plain.close();
    plain.device.destroy();
  }
}
