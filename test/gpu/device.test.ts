import { describe, expect, it, onTestFinished } from 'vitest';
import { openDevice } from '../../src/gpu/device.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { findNodeGpu } from '../../src/node/find-gpu.ts';
import { affineLaunch } from './sample-launch.ts';

const { gpu: entryPoint } = await findNodeGpu();

async function opened(): Promise<Gpu> {
  const gpu = await openDevice({ gpu: entryPoint });
  onTestFinished(() => gpu.close());
  return gpu;
}

/** The same device with some of its methods replaced. */
function altered<T extends object>(device: T, changes: Record<string, unknown>): T {
  return new Proxy(device, {
    get(target, key) {
      if (typeof key === 'string' && key in changes) return changes[key];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function doubled(gpu: Gpu): Promise<number[]> {
  const [source, result] = [gpu.tensor(Float32Array.of(1, 2)), gpu.empty('f32', [2], 'result')];
  try {
    const batch = gpu.batch('doubling').run(affineLaunch(2), { source, result });
    const reading = batch.read(result);
    await batch.submit();
    return [...reading.values()];
  } finally {
    source.destroy();
    result.destroy();
  }
}

describe('openDevice', () => {
  it('asks for the limits that it wants, up to what the adapter has', async () => {
    const gpu = await opened();
    const adapter = (await entryPoint.requestAdapter())!;
    expect(gpu.device.limits.maxBufferSize).toBe(Math.min(4 * 2 ** 30, adapter.limits.maxBufferSize));
    expect(gpu.device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
  });

  it('records which optional features are there and which are not', async () => {
    const { adapter, device } = await opened();
    expect([...adapter.features, ...adapter.missing].sort()).toEqual(['shader-f16', 'subgroups', 'timestamp-query']);
    for (const feature of adapter.features) expect(device.features.has(feature)).toBe(true);
    for (const feature of adapter.missing) expect(device.features.has(feature)).toBe(false);
  });

  it('names a required feature that is missing', async () => {
    const requiredFeatures = ['texture-compression-of-tomorrow'];
    await expect(openDevice({ gpu: entryPoint, requiredFeatures })).rejects.toMatchObject({
      code: 'MISSING_FEATURE',
      kind: 'input',
      what: expect.stringContaining("'texture-compression-of-tomorrow'"),
    });
  });

  it('says that there is no WebGPU, no adapter, or no device', async () => {
    const without = (adapter: unknown) => ({ requestAdapter: async () => adapter }) as unknown as GPU;
    await expect(openDevice({ gpu: without(null) })).rejects.toMatchObject({ code: 'NO_ADAPTER', kind: 'run' });
    const refusing = {
      features: new Set<string>(),
      limits: {},
      info: { description: 'old card' },
      requestDevice: async () => {
        throw new Error('out of devices');
      },
    };
    await expect(openDevice({ gpu: without(refusing) })).rejects.toMatchObject({
      code: 'NO_DEVICE',
      what: expect.stringMatching(/old card.*out of devices/),
    });
    if (!globalThis.navigator?.gpu) await expect(openDevice()).rejects.toMatchObject({ code: 'NO_WEBGPU' });
  });
});

describe("the caller's own device", () => {
  it('is used as it is and survives close', async () => {
    const device = await (await entryPoint.requestAdapter())!.requestDevice();
    const gpu = await openDevice({ device, gpu: entryPoint });
    expect(gpu.device).toBe(device);
    expect(await doubled(gpu)).toEqual([1, 3]);
    gpu.close();
    await expect(doubled(gpu)).rejects.toMatchObject({ code: 'DEVICE_CLOSED' });
    const again = await openDevice({ device, gpu: entryPoint });
    expect(await doubled(again)).toEqual([1, 3]);
    device.destroy();
  });
});

describe('a device that is gone', () => {
  it('is a typed error after close, everywhere', async () => {
    const gpu = await opened();
    const tensor = gpu.tensor(Float32Array.of(1));
    const batch = gpu.batch();
    gpu.close();
    gpu.close();
    const closed = expect.objectContaining({ code: 'DEVICE_CLOSED', kind: 'run' });
    expect(() => gpu.empty('f32', [1])).toThrow(closed);
    expect(() => gpu.write(tensor, Float32Array.of(2))).toThrow(closed);
    expect(() => gpu.batch()).toThrow(closed);
    await expect(batch.submit()).rejects.toThrow(closed);
    await expect(gpu.drain()).rejects.toThrow(closed);
    await expect(gpu.prepare([affineLaunch(1)])).rejects.toThrow(closed);
    tensor.destroy();
    expect(gpu.memory.bytes).toBe(0);
  });

  it.each<[string, (gpu: Gpu, submit: () => Promise<unknown>) => Promise<unknown>]>([
    [
      'before a submit',
      async (gpu, submit) => {
        gpu.device.destroy();
        return submit();
      },
    ],
    [
      'while pipelines compile',
      async (gpu, submit) => {
        const sent = submit();
        gpu.device.destroy();
        return sent;
      },
    ],
    [
      'while the work is under way',
      async (gpu, submit) => {
        await gpu.prepare([affineLaunch(2)]);
        const sent = submit();
        for (let i = 0; i < 4; i++) await Promise.resolve();
        gpu.device.destroy();
        return sent;
      },
    ],
  ])('is DEVICE_LOST with the reason when it is destroyed %s', async (_, lose) => {
    const gpu = await opened();
    await expect(lose(gpu, () => doubled(gpu))).rejects.toMatchObject({
      code: 'DEVICE_LOST',
      kind: 'run',
      what: expect.stringContaining('destroyed'),
    });
    expect(gpu.memory.bytes).toBe(0);
    expect(() => gpu.batch()).toThrow(expect.objectContaining({ code: 'DEVICE_LOST' }));
  });
});

describe('what the device complains about', () => {
  class GPUOutOfMemoryError {
    readonly message = 'not enough memory left';
  }

  it('is GPU_VALIDATION with its words, and the next batch is clean', async () => {
    const gpu = await opened();
    const dead = gpu.tensor(Float32Array.of(1, 2), [2], 'dead');
    const result = gpu.empty('f32', [2]);
    dead.destroy();
    await expect(gpu.batch('late').run(affineLaunch(2), { source: dead, result }).submit()).rejects.toMatchObject({
      code: 'GPU_VALIDATION',
      kind: 'run',
      what: expect.stringMatching(/'late'.*dead.*destroyed/s),
    });
    result.destroy();
    expect(await doubled(gpu)).toEqual([1, 3]);
    expect(gpu.memory.bytes).toBe(0);
  });

  it('is OUT_OF_MEMORY where commands or readback find no memory', async () => {
    const real = await opened();
    let pops = 0;
    // Allocations take two scopes each; the batch has the next three, the innermost of which comes first.
    const popErrorScope = async () => {
      const own = await real.device.popErrorScope();
      pops++;
      return pops > 4 && pops % 2 === 0 ? new GPUOutOfMemoryError() : own;
    };
    const gpu = await openDevice({ device: altered(real.device, { popErrorScope }), gpu: entryPoint });
    await gpu.prepare([affineLaunch(2)]);
    pops = 0;
    await expect(doubled(gpu)).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      kind: 'run',
      what: expect.stringMatching(/'doubling'.*not enough memory left/),
      fix: expect.stringMatching(/32 bytes of tensors are alive/),
    });
    expect(gpu.memory.bytes).toBe(0);
  });

  it('is OUT_OF_MEMORY with the name of a tensor that got none', async () => {
    const real = await opened();
    let pops = 0;
    const popErrorScope = async () => {
      const own = await real.device.popErrorScope();
      pops++;
      return pops === 3 ? new GPUOutOfMemoryError() : own;
    };
    // What the device says to commands with a buffer for which there was no memory: it was never valid.
    const createBuffer = (descriptor: GPUBufferDescriptor) => {
      const buffer = real.device.createBuffer(descriptor);
      if (descriptor.label === 'result') buffer.destroy();
      return buffer;
    };
    const gpu = await openDevice({ device: altered(real.device, { popErrorScope, createBuffer }), gpu: entryPoint });
    await expect(doubled(gpu)).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      what: expect.stringMatching(/no memory for result \[2\], 8 bytes/),
    });
    expect(gpu.memory.bytes).toBe(0);
  });

  it('keeps a runtime exception as the cause, and closes its error scopes', async () => {
    const real = await opened();
    const scopes = { open: 0 };
    const changes = {
      pushErrorScope: (filter: GPUErrorFilter) => {
        scopes.open++;
        real.device.pushErrorScope(filter);
      },
      popErrorScope: () => {
        scopes.open--;
        return real.device.popErrorScope();
      },
      createCommandEncoder: () => {
        throw new TypeError('no encoders today');
      },
    };
    const gpu = await openDevice({ device: altered(real.device, changes), gpu: entryPoint });
    await expect(doubled(gpu)).rejects.toMatchObject({
      code: 'GPU',
      what: "batch 'doubling' failed: no encoders today",
      cause: expect.any(TypeError),
    });
    expect(scopes.open).toBe(0);
    expect(gpu.memory.bytes).toBe(0);
  });
});
