/** Timestamps around passes, added up by section. */
export class Timer {
  private readonly device: GPUDevice;
  private readonly queries: GPUQuerySet;
  private readonly names: string[] = [];
  private current = 'start';

  constructor(device: GPUDevice, passes: number) {
    this.device = device;
    this.queries = device.createQuerySet({ type: 'timestamp', count: Math.min(4096, passes * 2) });
  }

  section(name: string): void {
    this.current = name;
  }

  next(): GPUComputePassTimestampWrites | undefined {
    const index = this.names.length * 2;
    if (index + 2 > this.queries.count) return undefined;
    this.names.push(this.current);
    return { querySet: this.queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  resolve(encoder: GPUCommandEncoder, owned: GPUBuffer[]): GPUBuffer | undefined {
    const bytes = this.names.length * 16;
    if (bytes === 0) return undefined;
    const resolved = this.device.createBuffer({ size: bytes, usage: 0x200 | 0x4 }); // QUERY_RESOLVE | COPY_SRC
    const staging = this.device.createBuffer({ size: bytes, usage: 0x1 | 0x8 }); // MAP_READ | COPY_DST
    owned.push(resolved, staging);
    encoder.resolveQuerySet(this.queries, 0, this.names.length * 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    return staging;
  }

  /** Milliseconds by section. */
  sections(staging: GPUBuffer): Record<string, number> {
    const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
    staging.unmap();
    const times: Record<string, number> = {};
    this.names.forEach((name, i) => {
      times[name] = (times[name] ?? 0) + Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1e6;
    });
    return times;
  }

  destroy(): void {
    this.queries.destroy();
  }
}
