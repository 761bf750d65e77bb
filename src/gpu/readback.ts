import type { HostArray, Tensor } from './tensor.ts';

/** A tensor whose values a batch will fetch, and the values once they are here. */
export interface PendingReading {
  readonly tensor: Tensor;
  data?: HostArray;
}

/** Bytes that all readings take together. */
export function readingBytes(readings: readonly PendingReading[]): number {
  return readings.reduce((sum, { tensor }) => sum + tensor.length * 4, 0);
}

/** Records copies of all readings into a buffer that the host can map; none where there is nothing to fetch. */
export function stageReadings(
  encoder: GPUCommandEncoder,
  readings: readonly PendingReading[],
  staging: GPUBuffer | undefined,
): void {
  if (!staging) return;
  let offset = 0;
  for (const { tensor } of readings) {
    if (tensor.length > 0) encoder.copyBufferToBuffer(tensor.buffer, tensor.offset, staging, offset, tensor.length * 4);
    offset += tensor.length * 4;
  }
}

/** Waits for the staged copies and gives every reading its values. */
export async function collectReadings(
  staging: GPUBuffer | undefined,
  readings: readonly PendingReading[],
): Promise<void> {
  const all = readingBytes(readings);
  await staging?.mapAsync(1, 0, all);
  const bytes = staging?.getMappedRange(0, all) ?? new ArrayBuffer(0);
  let offset = 0;
  for (const reading of readings) {
    const size = reading.tensor.length * 4;
    reading.data = hostArray(reading.tensor, bytes.slice(offset, offset + size));
    offset += size;
  }
  staging?.unmap();
}

function hostArray(tensor: Tensor, bytes: ArrayBuffer): HostArray {
  return tensor.type === 'f32'
    ? new Float32Array(bytes)
    : tensor.type === 'u32'
      ? new Uint32Array(bytes)
      : new Int32Array(bytes);
}
