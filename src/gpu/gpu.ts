import { broken, fail } from '../errors.ts';
import { type Generator, generators } from '../generator.ts';
import type { AdapterFacts } from './adapter.ts';
import { Batch } from './batch.ts';
import { checkLaunch, type Launch } from './launch.ts';
import { Pipelines } from './pipelines.ts';
import type { Scalar } from './program.ts';
import { Series } from './series.ts';
import { elementCount, type HostArray, paddedBytes, type Tensor } from './tensor.ts';
import type { GPU, GPUDevice } from './webgpu.ts';

const storage = 0x80 | 0x4 | 0x8; // STORAGE | COPY_SRC | COPY_DST; the flag globals are missing on some runtimes.

/** A WebGPU device with everything this package keeps on it: pipelines, memory figures, loss state. */
export class Gpu {
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
  /** Bytes of tensor memory alive now, and the most there ever was. */
  readonly memory = { bytes: 0, peakBytes: 0 };
  /** What its shaders draw random numbers with. */
  readonly generator: Generator;
  private facts: AdapterFacts;
  private readonly owned: boolean;
  /** What the device said to each allocation; a batch asks when it fails. */
  private readonly allocations = new WeakMap<object, Promise<GPUError | null>>();
  /** Dawn on Node dies when the GPU object that made the device is collected before the device. */
  readonly parent: GPU | undefined;
  private lossReason: string | undefined;
  private closed = false;

  constructor(device: GPUDevice, adapter: AdapterFacts, owned: boolean, parent?: GPU, generator: Generator = 'pcg4d') {
    this.device = device;
    this.facts = adapter;
    this.owned = owned;
    this.parent = parent;
    this.generator = generator;
    this.pipelines = new Pipelines(device, { GENERATOR: generators.indexOf(generator) });
    void device.lost.then((info) => {
      this.lossReason = `${info.reason ?? 'unknown'}: ${info.message}`.trim();
    });
  }

  /** What is known of the adapter; every result carries it. */
  get adapter(): AdapterFacts {
    return this.facts;
  }

  /** Notes which shaders kernels are to use. Called by `useVariants`, which checks the names. */
  noteVariants(variants: Readonly<Record<string, string>>): void {
    this.facts = { ...this.facts, variants };
  }

  /** Throws when the device is lost or was closed. */
  assertAlive(): void {
    if (this.closed) throw broken('DEVICE_CLOSED', 'this device was closed', 'open a new one');
    if (this.lossReason !== undefined) {
      throw broken(
        'DEVICE_LOST',
        `the GPU device was lost (${this.lossReason})`,
        'open a new device; if it recurs, use smaller sizes',
      );
    }
  }

  /** Allocates a zeroed tensor. */
  empty(type: Scalar, shape: readonly number[], label = 'tensor'): Tensor {
    this.assertAlive();
    const length = elementCount(shape);
    const size = paddedBytes(length);
    if (size > this.device.limits.maxBufferSize) {
      throw fail(
        'BUFFER_TOO_LARGE',
        `${label} [${shape}] needs ${size} bytes, the device allows ${this.device.limits.maxBufferSize}`,
        'use smaller sizes or fewer at a time',
      );
    }
    const buffer = this.allocateBuffer(label, size);
    this.memory.bytes += size;
    this.memory.peakBytes = Math.max(this.memory.peakBytes, this.memory.bytes);
    let alive = true;
    const destroy = () => {
      if (!alive) return;
      alive = false;
      this.memory.bytes -= size;
      buffer.destroy();
    };
    return { buffer, offset: 0, shape, type, length, label, destroy };
  }

  /** Allocates a zeroed tensor and waits for the device's word that there was memory for it; for tensors outside a batch. */
  async allocate(type: Scalar, shape: readonly number[], label: string): Promise<Tensor> {
    const tensor = this.empty(type, shape, label);
    try {
      await this.assertAllocated(tensor);
    } catch (error) {
      tensor.destroy();
      throw error;
    }
    return tensor;
  }

  /** Throws `OUT_OF_MEMORY` when the device had no memory for a tensor. */
  async assertAllocated({ buffer, label, shape, length }: Tensor): Promise<void> {
    const error = await this.allocations.get(buffer);
    if (!error) return;
    throw broken(
      'OUT_OF_MEMORY',
      `no memory for ${label} [${shape}], ${length * 4} bytes: ${error.message.trim()}`,
      `use smaller sizes; ${this.memory.bytes} bytes of tensors are alive`,
      error,
    );
  }

  /** Sends pending writes and waits for them, so that a long series of writes does not pile up in host memory. */
  async drain(): Promise<void> {
    this.assertAlive();
    this.device.queue.submit([]);
    await this.device.queue.onSubmittedWorkDone();
    this.assertAlive();
  }

  /** Allocates a tensor and fills it with a host array, whose kind gives the type. */
  tensor(data: HostArray, shape: readonly number[] = [data.length], label = 'tensor'): Tensor {
    const tensor = this.empty(scalarOf(data), shape, label);
    this.write(tensor, data);
    return tensor;
  }

  /** Copies a host array into a tensor, from element `start` on. */
  write(tensor: Tensor, data: HostArray, start = 0): void {
    if (scalarOf(data) !== tensor.type || start + data.length > tensor.length) {
      throw fail(
        'TENSOR_WRITE',
        `${data.length} ${scalarOf(data)} values at ${start} into ${tensor.label} of ${tensor.length} ${tensor.type}`,
        'use the same type and a fitting length',
      );
    }
    this.assertAlive();
    // Deno 2.9 panics on a write of no bytes.
    if (data.length === 0) return;
    this.device.queue.writeBuffer(
      tensor.buffer,
      tensor.offset + start * 4,
      data.buffer as ArrayBuffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  /** Compiles what the launches need, all at once, so that a later batch starts without a wait. */
  async prepare(launches: readonly Launch[]): Promise<void> {
    this.assertAlive();
    for (const launch of launches) checkLaunch(launch, this.device.limits);
    await Promise.all(launches.map((launch) => this.pipelines.get(launch)));
  }

  /** Starts recording work that goes out in one submit and comes back in one readback. */
  batch(label = 'batch'): Batch {
    this.assertAlive();
    return new Batch(this, label);
  }

  /** Batches that repeat, and after the first make nothing anew on the device. */
  series(label = 'series'): Series {
    this.assertAlive();
    return new Series(this, label);
  }

  /** Destroys the device if this package made it; a caller's own device is left alone. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.owned) this.device.destroy();
  }

  private allocateBuffer(label: string, size: number): GPUBuffer {
    this.device.pushErrorScope('validation');
    this.device.pushErrorScope('out-of-memory');
    try {
      const buffer = this.device.createBuffer({ label, size, usage: storage });
      this.allocations.set(buffer, this.allocationError());
      return buffer;
    } catch (error) {
      void this.allocationError();
      throw error;
    }
  }

  private async allocationError(): Promise<GPUError | null> {
    const scopes = [this.device.popErrorScope(), this.device.popErrorScope()];
    try {
      return (await Promise.all(scopes)).find((error) => error !== null) ?? null;
    } catch {
      return null; // The device is lost, which is reported for itself.
    }
  }
}

function scalarOf(data: HostArray): Scalar {
  return data instanceof Float32Array ? 'f32' : data instanceof Uint32Array ? 'u32' : 'i32';
}
