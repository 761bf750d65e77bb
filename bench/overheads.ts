import type { Gpu } from '../src/gpu/gpu.ts';
import type { Tensor } from '../src/gpu/tensor.ts';
import { type Dispatch, repeated } from './repeat.ts';
import { median } from './statistics.ts';

/** One submit of one dispatch until the host knows that it is done, in us of wall clock. */
export async function submitCost(gpu: Gpu, dispatch: Dispatch): Promise<number> {
  const series = await repeated(gpu, [dispatch]);
  const cost = await medianOf(30, () => series.run(1));
  series.destroy();
  return cost;
}

/** One submit with a small tensor read back, in us of wall clock. */
export function roundTripCost(gpu: Gpu, tensor: Tensor): Promise<number> {
  return medianOf(30, async () => {
    const batch = gpu.batch('round trip');
    batch.read(tensor);
    await batch.submit();
  });
}

/** The median and not the mean, since the operating system interrupts some. */
async function medianOf(count: number, job: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await job();
    samples.push((performance.now() - start) * 1000);
  }
  return median(samples);
}

/** The step of the device's timestamps in ns: what the distances of 32 stamps from the first have in common. */
export async function timestampStep(gpu: Gpu): Promise<{ readonly timestampNs?: number }> {
  const { device } = gpu;
  if (!device.features.has('timestamp-query')) return {};
  const count = 32;
  const querySet = device.createQuerySet({ type: 'timestamp', count });
  const resolved = device.createBuffer({ size: 8 * count, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
  const staging = device.createBuffer({ size: 8 * count, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  try {
    for (let i = 0; i < count; i += 2) {
      const encoder = device.createCommandEncoder();
      const timestampWrites = { querySet, beginningOfPassWriteIndex: i, endOfPassWriteIndex: i + 1 };
      encoder.beginComputePass({ timestampWrites }).end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    }
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1); // GPUMapMode.READ
    const step = commonStep([...new BigUint64Array(staging.getMappedRange())]);
    return step === 0 ? {} : { timestampNs: step };
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}

/** Greatest common divisor of the distances from the first stamp; 0 when all are the same. */
export function commonStep(stamps: readonly bigint[]): number {
  let step = 0n;
  for (const stamp of stamps) {
    let [a, b] = [step, stamp > stamps[0]! ? stamp - stamps[0]! : stamps[0]! - stamp];
    while (b !== 0n) [a, b] = [b, a % b];
    step = a;
  }
  return Number(step);
}
