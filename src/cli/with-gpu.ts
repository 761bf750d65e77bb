import type { Generator } from '../generator.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { openNodeDevice } from '../node.ts';

/** Opens a device, runs a job on it and closes it whatever happens, so that the process can end. */
export async function withGpu<Result>(job: (gpu: Gpu) => Promise<Result>, generator?: Generator): Promise<Result> {
  const gpu = await openNodeDevice({ generator });
  try {
    return await job(gpu);
  } finally {
    gpu.close();
  }
}
