import type { AdapterFacts } from '../gpu/adapter.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { planLinear } from '../kernel/linear.ts';
import { linearReference } from '../reference/linear.ts';
import { version } from '../version.ts';
import { schemaVersion } from './result.ts';

/** What `doctor` found out about an adapter. */
export interface Diagnosis {
  readonly schemaVersion: typeof schemaVersion;
  readonly command: 'doctor';
  readonly version: string;
  readonly adapter: AdapterFacts;
  /** WebGPU limits of the device that matter here, by name. */
  readonly limits: Readonly<Record<string, number>>;
  readonly kernel: {
    readonly name: string;
    /** Whether every value was within `tolerance` of the float64 reference. */
    readonly right: boolean;
    readonly largestError: number;
    readonly tolerance: number;
  };
  /** Median time of one submit with readback of a tiny result (ms). */
  readonly roundTripMs: number;
  /** What would be faster, and how to get it; empty when nothing is known. */
  readonly advice: readonly string[];
}

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupsPerDimension',
] as const;

/** Runs a small kernel against its reference, times a round trip, and says what would be faster. */
export async function diagnose(gpu: Gpu): Promise<Diagnosis> {
  const kernel = await checkKernel(gpu);
  return {
    schemaVersion,
    command: 'doctor',
    version,
    adapter: gpu.adapter,
    limits: Object.fromEntries(LIMITS.map((name) => [name, gpu.device.limits[name]])),
    kernel,
    roundTripMs: await roundTripMs(gpu),
    advice: adviceFor(gpu.adapter, gpu.device.limits.maxStorageBufferBindingSize),
  };
}

const size = { rows: 33, columns: 65, inner: 48 } as const;

async function checkKernel(gpu: Gpu): Promise<Diagnosis['kernel']> {
  // Eighths are exact in f32, and so are their products: only an adapter that is wrong can differ.
  const eighths = (count: number, step: number) =>
    Float32Array.from({ length: count }, (_, i) => ((i * step) % 17) / 8 - 1);
  const x = eighths(size.rows * size.inner, 5);
  const w = eighths(size.columns * size.inner, 7);
  const bias = eighths(size.columns, 3);
  const expected = linearReference(size, x, w, bias);
  const tensors = {
    x: gpu.tensor(x),
    w: gpu.tensor(w),
    bias: gpu.tensor(bias),
    y: gpu.tensor(new Float32Array(expected.length).fill(-12345)),
  };
  try {
    const batch = gpu.batch('doctor').run(planLinear(size), tensors);
    const reading = batch.read<Float32Array>(tensors.y);
    await batch.submit();
    const values = reading.values();
    const errors = Array.from(expected, (value, i) => Math.abs(values[i]! - value));
    const largestError = errors.reduce((a, b) => Math.max(a, b), 0);
    const tolerance = 1e-5;
    return { name: 'linear', right: errors.every((error) => error <= tolerance), largestError, tolerance };
  } finally {
    for (const tensor of Object.values(tensors)) tensor.destroy();
  }
}

async function roundTripMs(gpu: Gpu): Promise<number> {
  const tensor = gpu.tensor(new Float32Array(4));
  const times: number[] = [];
  for (let i = 0; i < 21; i++) {
    const batch = gpu.batch('round trip');
    batch.read(tensor);
    const start = performance.now();
    await batch.submit();
    times.push(performance.now() - start);
  }
  tensor.destroy();
  return times.sort((a, b) => a - b)[10]!;
}

/** What would be faster on a machine with this adapter, and how to get it. */
export function adviceFor(adapter: AdapterFacts, bindingBytes: number): readonly string[] {
  const advice: string[] = [];
  if (adapter.class === 'bundled-software') {
    advice.push(
      'this adapter is SwiftShader, which computes on the CPU: results are the same kind, runs are far slower than on a GPU. ' +
        'Where there is a GPU, install its Vulkan driver (Linux: NVIDIA driver or Mesa; in a container also pass the GPU through)',
    );
  } else if (adapter.class === 'software') {
    advice.push(
      'this adapter computes on the CPU: install the driver of the GPU, or choose another adapter in the system settings',
    );
  }
  if (adapter.missing.includes('subgroups')) {
    advice.push(
      'no subgroups: matrix kernels use their slower variant; a newer driver or runtime may offer the feature',
    );
  }
  if (adapter.missing.includes('timestamp-query')) {
    advice.push('no timestamp-query: GPU times are left out, host times remain; in Chromium it may need a flag');
  }
  if (bindingBytes < 2 ** 28) {
    advice.push(
      `one binding holds ${bindingBytes} bytes: large models and long windows run in smaller pieces or not at all`,
    );
  }
  return advice;
}
