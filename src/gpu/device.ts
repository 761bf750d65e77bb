import { broken, fail } from '../errors.ts';
import { type Generator, generators } from '../generator.ts';
import { adapterFacts } from './adapter.ts';
import { Gpu } from './gpu.ts';
import type { GPU, GPUDevice } from './webgpu.ts';

/** What to ask a device for. */
export interface DeviceOptions {
  /** A device of the caller's own: used as it is and never destroyed. */
  readonly device?: GPUDevice;
  /** Where to look for adapters; default `navigator.gpu`. */
  readonly gpu?: GPU;
  readonly powerPreference?: 'low-power' | 'high-performance';
  /** Features without which the caller can not work; a missing one is an error that names it. */
  readonly requiredFeatures?: readonly string[];
  /** Marks the adapter as the software one that npm brought. */
  readonly bundledSoftware?: boolean;
  /** What shaders draw random numbers with; default `pcg4d`. */
  readonly generator?: Generator;
}

const optionalFeatures: readonly string[] = ['timestamp-query', 'subgroups', 'shader-f16'];

/** Limits worth raising: asked for up to what the adapter has, never required. */
const wantedLimits = {
  maxBufferSize: 4 * 2 ** 30,
  maxStorageBufferBindingSize: 4 * 2 ** 30 - 4,
  maxComputeWorkgroupStorageSize: 32 * 1024,
  maxStorageBuffersPerShaderStage: 10,
} as const;

/**
 * Opens a WebGPU device, or adopts the caller's. Throws a typed error when there is no adapter, a required feature is missing or
 * the generator is unknown.
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Gpu> {
  const { generator = 'pcg4d' } = options;
  if (!generators.includes(generator))
    throw fail('GENERATOR', `no random generator is called '${generator}'`, `use ${generators.join(' or ')}`);
  if (options.device) {
    const granted = [...options.device.features].map(String);
    const facts = adapterFacts(options.device.adapterInfo, granted, [], options.bundledSoftware ?? false);
    return new Gpu(options.device, facts, false, options.gpu, generator);
  }
  const gpu = options.gpu ?? (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) {
    throw broken(
      'NO_WEBGPU',
      'this runtime has no navigator.gpu',
      'on Node import from cim-attention/node; in a browser use a secure context and a recent version',
    );
  }
  const adapter = await gpu.requestAdapter(options.powerPreference ? { powerPreference: options.powerPreference } : {});
  if (!adapter)
    throw broken(
      'NO_ADAPTER',
      'WebGPU offers no adapter here',
      'check the graphics driver, or run `cim-attention doctor`',
    );
  for (const feature of options.requiredFeatures ?? []) {
    if (!adapter.features.has(feature)) {
      throw fail(
        'MISSING_FEATURE',
        `the adapter lacks the required feature '${feature}'`,
        `it has ${[...adapter.features].join(', ') || 'none'}`,
      );
    }
  }
  const granted = optionalFeatures.filter((name) => adapter.features.has(name));
  const missing = optionalFeatures.filter((name) => !adapter.features.has(name));
  const features = [...new Set([...granted, ...(options.requiredFeatures ?? [])])] as GPUFeatureName[];
  const requiredLimits: Record<string, number> = {};
  for (const [name, wanted] of Object.entries(wantedLimits)) {
    const offered = (adapter.limits as unknown as Record<string, number>)[name];
    if (offered !== undefined) requiredLimits[name] = Math.min(wanted, offered);
  }
  const facts = adapterFacts(adapter.info, features, missing, options.bundledSoftware ?? false);
  try {
    const device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits });
    return new Gpu(device, facts, true, gpu, generator);
  } catch (cause) {
    throw broken(
      'NO_DEVICE',
      `the adapter '${facts.description}' gave no device: ${(cause as Error).message}`,
      'run `cim-attention doctor`',
      cause,
    );
  }
}
