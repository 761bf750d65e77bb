import type { Gpu } from '../src/gpu/gpu.ts';
import type { Launch } from '../src/gpu/launch.ts';
import type { Tensor } from '../src/gpu/tensor.ts';
import { type Clock, clockFor } from './clock.ts';
import { loadShader } from './load-shader.ts';
import { roundTripCost, submitCost, timestampStep } from './overheads.ts';
import { type Dispatch, repeated } from './repeat.ts';
import { type Patience, type Timing, timeOne, usualPatience } from './slope.ts';

/** What the adapter can do at most, measured on it. Rates are per second. */
export interface Peaks {
  /** Floating-point operations, a multiply-add being two; the best of several forms. */
  readonly flops: number;
  /** The same with single numbers and with vectors of 4. */
  readonly scalarFlops: number;
  readonly vec4Flops: number;
  /** 16-bit floating-point operations; undefined without shader-f16. */
  readonly halfFlops?: number;
  /** Operations of packed 8-bit dot products: 4 products and 4 sums each. */
  readonly byteOps: number;
  readonly exponentials: number;
  readonly logarithms: number;
  /** 32-bit words of the device's generator, and of Philox4x32-10. */
  readonly randomWords: number;
  readonly philoxWords: number;
  /** Bytes read from a buffer that no cache holds, from one that every cache holds, and in rows of 256 bytes from the first. */
  readonly coldBytes: number;
  readonly hotBytes: number;
  readonly rowBytes: number;
  /** Bytes read from workgroup memory, and additions to counters in it. */
  readonly workgroupBytes: number;
  readonly atomics: number;
  /** One more dispatch in a pass, in us. */
  readonly dispatchUs: number;
  /** One submit of one dispatch until the host knows that it is done, in us of wall clock. */
  readonly submitUs: number;
  /** One submit with 16 bytes read back, in us of wall clock. */
  readonly roundTripUs: number;
  /** Step of the timestamps, in ns; undefined where there are none. */
  readonly timestampNs?: number;
  /** Every measurement behind the figures. */
  readonly timings: Readonly<Record<string, Timing>>;
}

/** Work of one turn of an arithmetic entry's loop in one lane, as its shader is written. */
const perTurn = {
  fma_scalar: 2 * 16 * 8,
  fma_scalar_short: 2 * 8 * 16,
  fma_vec4: 2 * 4 * 8 * 4,
  fma_half: 2 * 8 * 8 * 4,
  dot4: 8 * 8 * 8,
  exponential: 8 * 8,
  logarithm: 8 * 8,
  workgroup_reads: 16 * 16,
  workgroup_atomics: 16,
  random_words_turns: 4 * 4,
  philox_turns: 4 * 4,
} as const;

/** Measures the peaks that kernels are compared with; a few seconds on a software adapter. */
export async function measurePeaks(
  gpu: Gpu,
  patience: Patience = usualPatience,
  clock: Clock = clockFor(gpu.adapter),
): Promise<Peaks> {
  const hardware = gpu.adapter.class === 'hardware';
  const timings: Record<string, Timing> = {};
  const seeds = gpu.tensor(Float32Array.of(0.9999, 1e-4, 0.5, 0.25), [4], 'peak seeds');
  const sink = gpu.empty('f32', [1], 'peak sink');
  const rate = async (name: string, work: number, dispatch: Dispatch) => {
    const series = await repeated(gpu, [dispatch]);
    timings[name] = await timeOne(series, clock, patience);
    series.destroy();
    return (work / timings[name]!.medianMs) * 1000;
  };
  const arithmetic = (entry: keyof typeof perTurn, shader = 'arithmetic') => {
    const [groups, iterations] = hardware ? [8192, 256] : [64, 16];
    const launch = launchOf(shader, entry, { iterations }, groups, { seeds, sink });
    return rate(entry, groups * 64 * iterations * perTurn[entry], { launch, tensors: { seeds, sink } });
  };
  const reading = async (name: string, entry: 'stream' | 'rows', data: Tensor, turns: number, groups: number) => {
    const params = { iterations: turns, lanes: groups * 64, mask: data.length / 4 - 1 };
    const launch = launchOf('bandwidth', entry, params, groups, { data, sink });
    return rate(name, groups * 64 * turns * 256, { launch, tensors: { data, sink } });
  };
  const largest = hardware ? 2 ** 30 : 2 ** 26;
  const allowed = Math.min(largest, gpu.device.limits.maxStorageBufferBindingSize, gpu.device.limits.maxBufferSize);
  const cold = gpu.empty('f32', [2 ** Math.floor(Math.log2(allowed)) / 4], 'memory past every cache');
  const hot = gpu.empty('f32', [2 ** 13], 'memory in every cache');
  const coldGroups = hardware ? 4096 : 64;
  try {
    const scalarFlops = Math.max(await arithmetic('fma_scalar'), await arithmetic('fma_scalar_short'));
    const vec4Flops = await arithmetic('fma_vec4');
    const half = gpu.device.features.has('shader-f16');
    const nothing = launchOf('arithmetic', 'nothing', { iterations: 0 }, 1, { seeds, sink });
    return {
      flops: Math.max(scalarFlops, vec4Flops),
      scalarFlops,
      vec4Flops,
      ...(half ? { halfFlops: await arithmetic('fma_half', 'half') } : {}),
      byteOps: await arithmetic('dot4'),
      exponentials: await arithmetic('exponential'),
      logarithms: await arithmetic('logarithm'),
      randomWords: await arithmetic('random_words_turns'),
      philoxWords: await arithmetic('philox_turns'),
      coldBytes: await reading('cold', 'stream', cold, cold.length / (coldGroups * 64 * 64), coldGroups),
      hotBytes: await reading('hot', 'stream', hot, hardware ? 256 : 32, hardware ? 8192 : 64),
      rowBytes: await reading('rows', 'rows', cold, 32, hardware ? 8192 : 64),
      workgroupBytes: await arithmetic('workgroup_reads', 'workgroup'),
      atomics: await arithmetic('workgroup_atomics', 'workgroup'),
      dispatchUs: 1e6 / (await rate('dispatch', 1, { launch: nothing, tensors: { seeds, sink } })),
      submitUs: await submitCost(gpu, { launch: nothing, tensors: { seeds, sink } }),
      roundTripUs: await roundTripCost(gpu, seeds),
      ...(await timestampStep(gpu)),
      timings,
    };
  } finally {
    for (const tensor of [seeds, sink, cold, hot]) tensor.destroy();
  }
}

function launchOf(
  shader: string,
  entry: string,
  params: Readonly<Record<string, number>>,
  groups: number,
  tensors: Readonly<Record<string, Tensor>>,
): Launch {
  const elements = Object.fromEntries(Object.entries(tensors).map(([name, { length }]) => [name, length]));
  return { program: loadShader(shader), entry, constants: {}, params, workgroups: [groups, 1, 1], elements };
}
