import type { Generator } from './generator.ts';
import { openDevice } from './gpu/device.ts';
import type { Gpu } from './gpu/gpu.ts';
import { type FindNodeGpuOptions, findNodeGpu } from './node/find-gpu.ts';
import { tuneOnce } from './node/kept-variants.ts';

export * from './index.ts';
export { openFile } from './node/file-source.ts';
export { type AdapterChoice, type FindNodeGpuOptions, findNodeGpu, type NodeGpu } from './node/find-gpu.ts';
export { tuneOnce } from './node/kept-variants.ts';
export { ensureSoftwareAdapter, type SoftwareAdapter } from './node/software-adapter.ts';
export { writeFileAtomic } from './node/write-file.ts';

/** What `openNodeDevice` looks for, and what it can not do without. */
export interface NodeDeviceOptions extends FindNodeGpuOptions {
  readonly powerPreference?: 'low-power' | 'high-performance';
  /** WebGPU feature names; a missing one is an error that names it. */
  readonly requiredFeatures?: readonly string[];
  /** What shaders draw random numbers with; default `pcg4d`. */
  readonly generator?: Generator;
  /** Measures which shaders are the fastest here, about a second's work on a GPU and some seconds' on a processor the first time; see `tuneOnce`. */
  readonly tune?: boolean;
}

/**
 * Opens a device on Node: the system's GPU, or on Linux the software adapter that npm brings. Throws what `findNodeGpu`
 * and `openDevice` throw. Close it when done; a process ends by itself after that.
 */
export async function openNodeDevice(options: NodeDeviceOptions = {}): Promise<Gpu> {
  const { gpu, driver } = await findNodeGpu(options);
  const device = await openDevice({
    gpu,
    bundledSoftware: driver === 'bundled-software',
    powerPreference: options.powerPreference,
    requiredFeatures: options.requiredFeatures,
    generator: options.generator,
  });
  if (!options.tune) return device;
  try {
    await tuneOnce(device);
    return device;
  } catch (error) {
    device.close();
    throw error;
  }
}
