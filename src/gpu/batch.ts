import { broken, CimError, fail } from '../errors.ts';
import { bindingRange, checkBindings } from './bindings.ts';
import type { Gpu } from './gpu.ts';
import { checkLaunch, type Launch, packParams } from './launch.ts';
import type { Pipeline } from './pipelines.ts';
import type { BindingInfo } from './program.ts';
import { collectReadings, type PendingReading, readingBytes, stageReadings } from './readback.ts';
import { type BufferEntry, Supply } from './supply.ts';
import { type HostArray, paddedBytes, type Tensor } from './tensor.ts';
import type { Timer } from './timer.ts';

type Step =
  | { readonly kind: 'run'; readonly launch: Launch; readonly tensors: Readonly<Record<string, Tensor>> }
  | { readonly kind: 'zero'; readonly tensor: Tensor }
  | { readonly kind: 'copy'; readonly from: Tensor; readonly to: Tensor }
  | { readonly kind: 'mark'; readonly name: string };

/** Values that a submitted batch will have read back. */
export interface Reading<T extends HostArray = HostArray> {
  readonly tensor: Tensor;
  /** The values; throws before the batch was submitted. */
  values(): T;
}

const uniformAlignment = 256;

/**
 * Records dispatches and sends them as one command encoder, one submit and one map. Recording touches no GPU state:
 * everything that can be wrong with a launch is found before the first command is encoded.
 */
export class Batch {
  private readonly gpu: Gpu;
  private readonly label: string;
  private readonly steps: Step[] = [];
  private readonly readings: PendingReading[] = [];
  private readonly supply: Supply;
  private readonly onEnd: (isDone: boolean) => void;
  private submitted = false;

  /**
   * `supply` makes what the batch needs, by default for this batch alone; `onEnd` is called when the batch needs it no more, with
   * whether it ran to its end.
   */
  constructor(
    gpu: Gpu,
    label: string,
    supply: Supply = new Supply(gpu, label),
    onEnd: (isDone: boolean) => void = () => supply.destroy(),
  ) {
    this.gpu = gpu;
    this.label = label;
    this.supply = supply;
    this.onEnd = onEnd;
  }

  /** Records one dispatch. Tensors are bound by the names that the shader gives them. */
  run(launch: Launch, tensors: Readonly<Record<string, Tensor>>): this {
    this.orDiscard(() => {
      checkLaunch(launch, this.gpu.device.limits);
      checkBindings(launch, tensors);
    });
    if (launch.workgroups.every((size) => size > 0)) this.steps.push({ kind: 'run', launch, tensors });
    return this;
  }

  /** Records filling a tensor with zeros. */
  zero(tensor: Tensor): this {
    this.steps.push({ kind: 'zero', tensor });
    return this;
  }

  /** Records a copy between tensors of equal length. */
  copy(from: Tensor, to: Tensor): this {
    if (from.length !== to.length)
      throw fail(
        'TENSOR_COPY',
        `${from.label} has ${from.length} elements, ${to.label} has ${to.length}`,
        'copy between equal lengths',
      );
    if (from.length > 0) this.steps.push({ kind: 'copy', from, to });
    return this;
  }

  /** Starts a named section; with timestamps on, `submit` returns the GPU time of each. */
  mark(name: string): this {
    this.steps.push({ kind: 'mark', name });
    return this;
  }

  /** Allocates a tensor that lives until the batch has been submitted. */
  temporary(type: Tensor['type'], shape: readonly number[], label: string): Tensor {
    return this.orDiscard(() => this.supply.temporary(type, shape, label));
  }

  /** Asks for a tensor's values as they are at this point of the recording, for memory that later steps reuse. */
  snapshot<T extends HostArray = HostArray>(tensor: Tensor): Reading<T> {
    const copy = this.temporary(tensor.type, tensor.shape, `${tensor.label} snapshot`);
    return this.copy(tensor, copy).read<T>(copy);
  }

  /** Asks for a tensor's values; they are there after `submit`. */
  read<T extends HostArray = HostArray>(tensor: Tensor): Reading<T> {
    const reading: PendingReading = { tensor };
    this.readings.push(reading);
    return {
      tensor,
      values: () => {
        if (!reading.data) throw fail('NOT_SUBMITTED', `${tensor.label} was not read back yet`, 'await submit() first');
        return reading.data as T;
      },
    };
  }

  /**
   * Gives the temporaries of a batch that will not be submitted back. An error in `run` and `temporary` does so by itself;
   * call it where anything else in between may throw. Does nothing after `submit`.
   */
  discard(): void {
    if (this.submitted) return;
    this.submitted = true;
    this.onEnd(false);
  }

  /** Compiles what is missing, sends everything, waits, and gives the temporaries back. Returns GPU milliseconds by section where timestamps are on. */
  async submit(): Promise<Readonly<Record<string, number>>> {
    if (this.submitted)
      throw fail('SUBMITTED_TWICE', `batch '${this.label}' was submitted or discarded before`, 'record a new batch');
    this.submitted = true;
    let isDone = false;
    try {
      const times = await this.send();
      isDone = true;
      return times;
    } finally {
      this.onEnd(isDone);
    }
  }

  private orDiscard<Result>(step: () => Result): Result {
    try {
      return step();
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  private async send(): Promise<Readonly<Record<string, number>>> {
    const { gpu } = this;
    gpu.assertAlive();
    const device = gpu.device;
    const pipelines = await Promise.all(
      this.steps.map((step) => (step.kind === 'run' ? gpu.pipelines.get(step.launch) : undefined)),
    );
    gpu.assertAlive();
    const filters = ['validation', 'out-of-memory', 'internal'] as const;
    for (const filter of filters) device.pushErrorScope(filter);
    let open = true;
    try {
      const timer = this.timer();
      const staging = this.supply.staging(readingBytes(this.readings));
      const encoder = device.createCommandEncoder({ label: this.label });
      this.encode(encoder, pipelines, timer);
      stageReadings(encoder, this.readings, staging);
      timer?.resolve(encoder);
      device.queue.submit([encoder.finish()]);
      open = false;
      await this.closeScopes(filters.length);
      const [times = {}] = await Promise.all([
        timer?.sections(),
        collectReadings(staging, this.readings),
        staging ? undefined : device.queue.onSubmittedWorkDone(),
      ]);
      gpu.assertAlive();
      return times;
    } catch (cause) {
      if (cause instanceof CimError) throw cause;
      gpu.assertAlive();
      throw broken(
        'GPU',
        `batch '${this.label}' failed: ${(cause as Error).message}`,
        'see the cause; report it with the adapter that `doctor` prints',
        cause,
      );
    } finally {
      // An exception while encoding leaves the scopes on the stack, where they would catch another batch's errors.
      if (open) await this.closeScopes(filters.length).catch(() => {});
    }
  }

  private encode(
    encoder: GPUCommandEncoder,
    pipelines: readonly (Pipeline | undefined)[],
    timer: Timer | undefined,
  ): void {
    const uniforms = this.uniforms();
    let pass: GPUComputePassEncoder | undefined;
    const begin = () => {
      pass ??= encoder.beginComputePass(timer ? { timestampWrites: timer.next() } : {});
      return pass;
    };
    const end = () => {
      pass?.end();
      pass = undefined;
    };
    this.steps.forEach((step, index) => {
      if (step.kind === 'run') {
        const { pipeline, layout, bindings } = pipelines[index]!;
        const active = begin();
        active.setPipeline(pipeline);
        const entries = bindings.map((b) => ({
          binding: b.binding,
          resource: this.resource(b, step.tensors, step.launch, uniforms.buffer),
        }));
        const offset = uniforms.offsets[index];
        const group = this.supply.group(index, layout, entries);
        active.setBindGroup(0, group, offset === undefined ? [] : [offset]);
        active.dispatchWorkgroups(...(step.launch.workgroups as [number, number, number]));
        return;
      }
      end();
      if (step.kind === 'zero')
        encoder.clearBuffer(step.tensor.buffer, step.tensor.offset, paddedBytes(step.tensor.length));
      else if (step.kind === 'copy')
        encoder.copyBufferToBuffer(
          step.from.buffer,
          step.from.offset,
          step.to.buffer,
          step.to.offset,
          step.from.length * 4,
        );
      else timer?.section(step.name);
    });
    end();
  }

  private resource(
    binding: BindingInfo,
    tensors: Readonly<Record<string, Tensor>>,
    launch: Launch,
    uniforms: GPUBuffer | undefined,
  ): BufferEntry['resource'] {
    if (binding.access === 'uniform') return { buffer: uniforms!, offset: 0, size: launch.program.paramsBytes };
    return bindingRange(launch, binding.name, tensors[binding.name]!);
  }

  private uniforms(): { buffer: GPUBuffer | undefined; offsets: readonly (number | undefined)[] } {
    let bytes = 0;
    const offsets = this.steps.map((step) => {
      if (step.kind !== 'run' || step.launch.program.paramsBytes === 0) return undefined;
      const offset = bytes;
      bytes += Math.ceil(step.launch.program.paramsBytes / uniformAlignment) * uniformAlignment;
      return offset;
    });
    if (bytes === 0) return { buffer: undefined, offsets };
    const block = new ArrayBuffer(bytes);
    const data = new DataView(block);
    this.steps.forEach((step, index) => {
      if (step.kind === 'run' && offsets[index] !== undefined)
        packParams(step.launch.program, step.launch.params, data, offsets[index]!);
    });
    const buffer = this.supply.parameters(bytes)!;
    this.gpu.device.queue.writeBuffer(buffer, 0, block);
    return { buffer, offsets };
  }

  private async closeScopes(count: number): Promise<void> {
    const errors = await Promise.all(Array.from({ length: count }, () => this.gpu.device.popErrorScope()));
    const error = errors.find((e) => e !== null);
    if (!error) return;
    // Where there was no memory for a tensor, its use is what the device complains about.
    for (const tensor of this.tensors()) await this.gpu.assertAllocated(tensor);
    const outOfMemory = error.constructor.name === 'GPUOutOfMemoryError';
    throw broken(
      outOfMemory ? 'OUT_OF_MEMORY' : 'GPU_VALIDATION',
      `batch '${this.label}': ${error.message.trim()}`,
      outOfMemory
        ? `use smaller sizes; ${this.gpu.memory.bytes} bytes of tensors are alive`
        : 'report this with the adapter that `doctor` prints',
      error,
    );
  }

  private tensors(): readonly Tensor[] {
    const ofStep = (step: Step): readonly Tensor[] => {
      if (step.kind === 'run') return Object.values(step.tensors);
      if (step.kind === 'copy') return [step.from, step.to];
      return step.kind === 'zero' ? [step.tensor] : [];
    };
    return [...this.steps.flatMap(ofStep), ...this.readings.map(({ tensor }) => tensor)];
  }

  private timer(): Timer | undefined {
    const sections = this.steps.filter((step) => step.kind === 'mark').length;
    if (sections === 0 || !this.gpu.device.features.has('timestamp-query')) return undefined;
    // A section restarts its pass after every copy or fill, so there are at most as many passes as steps.
    return this.supply.timer(this.steps.length + 1);
  }
}
