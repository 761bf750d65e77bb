import { Batch } from '../src/gpu/batch.ts';
import type { Gpu } from '../src/gpu/gpu.ts';
import { checkLaunch, type Launch, packParams } from '../src/gpu/launch.ts';
import { paddedBytes, type Tensor } from '../src/gpu/tensor.ts';
import { type PassStamps, Timer } from '../src/gpu/timer.ts';
import { waitCalmly } from './calm.ts';

/** One launch with what it binds. */
export interface Dispatch {
  readonly launch: Launch;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** A batch that only notes what it would run, for kernels that record their own chain of launches. */
export class Recorder extends Batch {
  readonly dispatches: Dispatch[] = [];
  readonly made: Tensor[] = [];

  override run(launch: Launch, tensors: Readonly<Record<string, Tensor>>): this {
    this.dispatches.push({ launch, tensors });
    return super.run(launch, tensors);
  }

  override temporary(type: Tensor['type'], shape: readonly number[], label: string): Tensor {
    const tensor = super.temporary(type, shape, label);
    this.made.push(tensor);
    return tensor;
  }
}

/** Something that runs a given number of times in one submit. */
export interface Repeated {
  /** Resolves when the device has done all of them. */
  run(times: number): Promise<void>;
  /** Runs in the same way; the ms between the device's timestamps at both ends. For devices with `timestamp-query`. */
  stampedMs(times: number): Promise<number>;
  destroy(): void;
}

/**
 * Makes a series of dispatches ready to run many times in one pass: pipelines, parameters and bind groups are made once, so
 * that a repetition costs the host two or three calls a dispatch. `Batch` checks and binds anew each time, which is right
 * for users and would be measured here as the kernel's.
 */
export async function repeated(gpu: Gpu, dispatches: readonly Dispatch[]): Promise<Repeated> {
  const { device } = gpu;
  const uniforms: GPUBuffer[] = [];
  const ready: { pipeline: GPUComputePipeline; group: GPUBindGroup; offsets: number[]; launch: Launch }[] = [];
  for (const { launch, tensors } of dispatches) {
    checkLaunch(launch, device.limits);
    if (!launch.workgroups.every((size) => size > 0)) continue;
    const { pipeline, layout, bindings } = await gpu.pipelines.get(launch);
    const size = launch.program.paramsBytes;
    const block = new ArrayBuffer(Math.max(16, size));
    packParams(launch.program, launch.params, new DataView(block), 0);
    const uniform = device.createBuffer({ size: block.byteLength, usage: 0x40 | 0x8 }); // UNIFORM | COPY_DST
    device.queue.writeBuffer(uniform, 0, block);
    uniforms.push(uniform);
    const entries = bindings.map(({ binding, access, name }) => {
      const tensor = tensors[name];
      return access === 'uniform'
        ? { binding, resource: { buffer: uniform, size } }
        : { binding, resource: { buffer: tensor!.buffer, offset: tensor!.offset, size: paddedBytes(tensor!.length) } };
    });
    const offsets = bindings.some(({ access }) => access === 'uniform') ? [0] : [];
    ready.push({ pipeline, group: device.createBindGroup({ layout, entries }), offsets, launch });
  }
  const encode = (times: number, encoder: GPUCommandEncoder, timestampWrites?: PassStamps) => {
    const pass = encoder.beginComputePass({ timestampWrites });
    for (let i = 0; i < times; i++) {
      for (const { pipeline, group, offsets, launch } of ready) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, offsets);
        pass.dispatchWorkgroups(...(launch.workgroups as [number, number, number]));
      }
    }
    pass.end();
  };
  let timer: Timer | undefined;
  return {
    async run(times) {
      const encoder = device.createCommandEncoder();
      encode(times, encoder);
      device.queue.submit([encoder.finish()]);
      await waitCalmly(gpu.adapter, gpu.device.queue.onSubmittedWorkDone());
      gpu.assertAlive();
    },
    async stampedMs(times) {
      timer ??= new Timer(device, 1);
      timer.restart();
      timer.section('series');
      const encoder = device.createCommandEncoder();
      encode(times, encoder, timer.next());
      timer.resolve(encoder);
      device.queue.submit([encoder.finish()]);
      const { series } = await waitCalmly(gpu.adapter, timer.sections());
      gpu.assertAlive();
      return series!;
    },
    destroy() {
      timer?.destroy();
      for (const buffer of uniforms) buffer.destroy();
    },
  };
}
