import type { Gpu } from '../gpu/gpu.ts';
import { type NodeDeviceOptions, openNodeDevice } from '../node.ts';

/** Opens a device, runs a job on it and closes it whatever happens, so that the process can end. */
export async function withGpu<Result>(
  job: (gpu: Gpu) => Promise<Result>,
  options: Pick<NodeDeviceOptions, 'generator' | 'tune'> = {},
): Promise<Result> {
  const gpu = await openNodeDevice(options);
  try {
    return await job(gpu);
  } finally {
    gpu.close();
  }
}
