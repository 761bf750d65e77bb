import type { GPUCommandEncoder, GPUDevice, GPUQuerySet } from './webgpu.ts';

/** Where a pass writes its stamps, as WebGPU names it. */
export interface PassStamps {
  readonly querySet: GPUQuerySet;
  readonly beginningOfPassWriteIndex: number;
  readonly endOfPassWriteIndex: number;
}

/** Timestamps around passes, added up by section. */
export class Timer {
  /** Passes that it has stamps for. */
  readonly passes: number;
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly staging: GPUBuffer;
  private names: string[] = [];
  private current = 'start';

  constructor(device: GPUDevice, passes: number) {
    this.passes = passes;
    this.queries = device.createQuerySet({ type: 'timestamp', count: Math.min(4096, passes * 2) });
    const size = this.queries.count * 8;
    this.resolved = device.createBuffer({ size, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
    this.staging = device.createBuffer({ size, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
  }

  /** Forgets what was stamped, for another batch. */
  restart(): void {
    this.names = [];
    this.current = 'start';
  }

  section(name: string): void {
    this.current = name;
  }

  next(): PassStamps | undefined {
    const index = this.names.length * 2;
    if (index + 2 > this.queries.count) return undefined;
    this.names.push(this.current);
    return { querySet: this.queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  resolve(encoder: GPUCommandEncoder): void {
    if (this.names.length === 0) return;
    encoder.resolveQuerySet(this.queries, 0, this.names.length * 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, this.bytes);
  }

  /** Milliseconds by section, once the passes are done. */
  async sections(): Promise<Record<string, number>> {
    if (this.names.length === 0) return {};
    await this.staging.mapAsync(1, 0, this.bytes);
    const stamps = new BigUint64Array(this.staging.getMappedRange(0, this.bytes).slice(0));
    this.staging.unmap();
    const times: Record<string, number> = {};
    this.names.forEach((name, i) => {
      times[name] = (times[name] ?? 0) + Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6;
    });
    return times;
  }

  destroy(): void {
    this.queries.destroy();
    this.resolved.destroy();
    this.staging.destroy();
  }

  private get bytes(): number {
    return this.names.length * 16;
  }
}
