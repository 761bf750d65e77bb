import type { Gpu } from './gpu.ts';
import type { Scalar } from './program.ts';
import { elementCount, type Tensor } from './tensor.ts';
import { Timer } from './timer.ts';
import type { GPUBindGroup, GPUBindGroupLayout, GPUBuffer } from './webgpu.ts';

/** A buffer at its place in a bind group. */
export interface BufferEntry {
  readonly binding: number;
  readonly resource: { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number };
}

interface KeptGroup {
  readonly layout: GPUBindGroupLayout;
  readonly entries: readonly BufferEntry[];
  readonly group: GPUBindGroup;
}

const uniformUsage = 0x40 | 0x8; // UNIFORM | COPY_DST
const stagingUsage = 0x1 | 0x8; // MAP_READ | COPY_DST

/**
 * What a batch has made for it on the device: temporaries, parameters, bind groups, memory to read back through, timestamps. A
 * supply serves one batch at a time. What it made for one is there for the next, place by place: a batch that records
 * the same steps over the same tensors makes nothing anew.
 */
export class Supply {
  private readonly gpu: Gpu;
  private readonly label: string;
  private readonly scratch: Tensor[] = [];
  private readonly groups: KeptGroup[] = [];
  private temporaries = 0;
  private parameterBlock: GPUBuffer | undefined;
  private stagingBlock: GPUBuffer | undefined;
  private kept: Timer | undefined;

  constructor(gpu: Gpu, label: string) {
    this.gpu = gpu;
    this.label = label;
  }

  /** Memory for the batch alone. It holds what the batch before left in it. */
  temporary(type: Scalar, shape: readonly number[], label: string): Tensor {
    const at = this.temporaries++;
    const length = elementCount(shape);
    let memory = this.scratch[at];
    if (memory === undefined || memory.type !== type || memory.length < length) {
      memory?.destroy();
      memory = this.gpu.empty(type, shape, label);
      this.scratch[at] = memory;
    }
    return memory.length === length ? { ...memory, shape, label } : { ...memory, shape, label, length };
  }

  /** A uniform buffer of at least so many bytes; none for 0. */
  parameters(bytes: number): GPUBuffer | undefined {
    if (bytes > (this.parameterBlock?.size ?? 0)) {
      this.parameterBlock?.destroy();
      this.parameterBlock = this.buffer('parameters', bytes, uniformUsage);
    }
    return bytes === 0 ? undefined : this.parameterBlock;
  }

  /** A buffer of at least so many bytes that the host can map; none for 0. */
  staging(bytes: number): GPUBuffer | undefined {
    if (bytes > (this.stagingBlock?.size ?? 0)) {
      this.stagingBlock?.destroy();
      this.stagingBlock = this.buffer('readback', bytes, stagingUsage);
    }
    return bytes === 0 ? undefined : this.stagingBlock;
  }

  /** The bind group of step `at`: the one made there before where it binds the same. */
  group(at: number, layout: GPUBindGroupLayout, entries: readonly BufferEntry[]): GPUBindGroup {
    const before = this.groups[at];
    // A layout has always the same bindings in the same order.
    if (before?.layout === layout && before.entries.every((one, i) => isSame(one, entries[i]!))) return before.group;
    const group = this.gpu.device.createBindGroup({ layout, entries });
    this.groups[at] = { layout, entries, group };
    return group;
  }

  /** Timestamps for so many passes, none of them taken. */
  timer(passes: number): Timer {
    if (this.kept === undefined || this.kept.passes < passes) {
      this.kept?.destroy();
      this.kept = new Timer(this.gpu.device, passes);
    }
    this.kept.restart();
    return this.kept;
  }

  /** Makes everything free for the next batch. */
  rewind(): void {
    this.temporaries = 0;
  }

  /** Gives everything back. */
  destroy(): void {
    for (const tensor of this.scratch.splice(0)) tensor.destroy();
    this.groups.length = 0;
    this.parameterBlock?.destroy();
    this.stagingBlock?.destroy();
    this.kept?.destroy();
    this.parameterBlock = undefined;
    this.stagingBlock = undefined;
    this.kept = undefined;
    this.rewind();
  }

  private buffer(what: string, size: number, usage: number): GPUBuffer {
    return this.gpu.device.createBuffer({ label: `${this.label} ${what}`, size, usage });
  }
}

function isSame({ resource: a }: BufferEntry, { resource: b }: BufferEntry): boolean {
  return a.buffer === b.buffer && a.offset === b.offset && a.size === b.size;
}
