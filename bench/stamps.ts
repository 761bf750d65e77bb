import type { Gpu } from '../src/gpu/gpu.ts';
import { waitCalmly } from './calm.ts';

/** Two timestamps of a device, at the beginning and the end of a pass. */
export class Stamps {
  readonly writes: GPUComputePassTimestampWrites;
  private readonly gpu: Gpu;
  private readonly resolved: GPUBuffer;
  private readonly staging: GPUBuffer;

  constructor(gpu: Gpu) {
    const { device } = gpu;
    this.gpu = gpu;
    const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
    this.writes = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
    this.resolved = device.createBuffer({ size: 16, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
    this.staging = device.createBuffer({ size: 16, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  }

  /** Submits what was encoded with `writes`, waits, and gives the ms between the two. */
  async submit(encoder: GPUCommandEncoder): Promise<number> {
    encoder.resolveQuerySet(this.writes.querySet, 0, 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, 16);
    this.gpu.device.queue.submit([encoder.finish()]);
    await waitCalmly(this.gpu.adapter, this.staging.mapAsync(1)); // GPUMapMode.READ
    const [begin, end] = new BigUint64Array(this.staging.getMappedRange());
    const ms = Number(end! - begin!) / 1e6;
    this.staging.unmap();
    return ms;
  }

  destroy(): void {
    this.writes.querySet.destroy();
    this.resolved.destroy();
    this.staging.destroy();
  }
}
