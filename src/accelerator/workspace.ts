import type { Gpu } from '../gpu/gpu.ts';
import type { Scalar } from '../gpu/program.ts';
import { elementCount, type HostArray, type Tensor } from '../gpu/tensor.ts';

/** Scratch tensors by name, kept from call to call and grown when a larger one is asked for. Commands run in the order recorded, so layers may share them. */
export class Workspace {
  readonly gpu: Gpu;
  private readonly tensors = new Map<string, Tensor>();
  private readonly facts = new Map<string, Tensor>();
  /** Outgrown tensors that recorded commands may still use; freed by `release`. */
  private readonly outgrown: Tensor[] = [];

  constructor(gpu: Gpu) {
    this.gpu = gpu;
  }

  /** A tensor of exactly this shape over memory that is reused under the same name and type. */
  get(name: string, type: Scalar, shape: readonly number[]): Tensor {
    const key = `${name}:${type}`;
    const length = elementCount(shape);
    let memory = this.tensors.get(key);
    if (!memory || memory.length < length) {
      if (memory) this.outgrown.push(memory);
      memory = this.gpu.empty(type, [length], name);
      this.tensors.set(key, memory);
    }
    return { ...memory, shape, length };
  }

  /** Values that stay as they are, made when first asked for. */
  fact(name: string, make: () => HostArray): Tensor {
    let fact = this.facts.get(name);
    if (!fact) {
      fact = this.gpu.tensor(make(), undefined, name);
      this.facts.set(name, fact);
    }
    return fact;
  }

  /** Frees what was outgrown; call when no recorded batch is outstanding. */
  release(): void {
    for (const tensor of this.outgrown.splice(0)) tensor.destroy();
  }

  /** Frees everything. */
  destroy(): void {
    this.release();
    for (const tensor of [...this.tensors.values(), ...this.facts.values()]) tensor.destroy();
    this.tensors.clear();
    this.facts.clear();
  }
}
