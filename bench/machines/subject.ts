import type { Machine, MachineCall } from '../../src/accelerator/machine.ts';
import type { Batch } from '../../src/gpu/batch.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { planAccelerator } from '../../src/study/plans/plan-accelerator.ts';
import type { AcceleratorChoice } from '../../src/study/result.ts';
import { normals } from '../../test/support/kernel-case.ts';

/** Sizes of one layer's attention. */
export interface LayerSizes {
  readonly tokens: number;
  readonly heads: number;
  readonly dim: number;
  readonly causal: boolean;
}

/** The machines with everything that is not ideal switched on, keeping a quarter of the keys or the thresholds that do. */
export const noisyMachines: readonly AcceleratorChoice[] = [
  { accelerator: 'hardsea', config: { device: 'hfox-neurram', keepRatio: 0.25 } },
  {
    accelerator: 'sprint',
    config: {
      device: 'hfox-neurram',
      comparator: { preset: 'sprint-assumed', noiseSigmaLsb: 0.1 },
      keepRatio: 0.25,
      granularity: 'head',
    },
  },
  { accelerator: 'charge', config: { array: 'charge-65nm', keepRatio: 0.25 } },
];

/** Operands of a layer on the host, `[heads, tokens, dim]`. */
export interface LayerValues {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** Standard normals, as far as attention goes the hardest case: nothing is alike. */
export function layerValues({ tokens, heads, dim }: LayerSizes): LayerValues {
  const count = heads * tokens * dim;
  return { q: normals(count, 11), k: normals(count, 12), v: normals(count, 13) };
}

/** A layer's operands on the device and where its output goes. */
export interface LayerTensors {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly out: Tensor;
}

/** Uploads them. */
export function layerTensors(gpu: Gpu, { tokens, heads, dim }: LayerSizes, values: LayerValues): LayerTensors {
  const put = (data: Float32Array, label: string) => gpu.tensor(data, [1, heads, tokens, dim], label);
  const out = gpu.empty('f32', [1, heads, tokens, dim], 'out');
  return { q: put(values.q, 'q'), k: put(values.k, 'k'), v: put(values.v, 'v'), out };
}

/** A machine of one chip with its whole call, as often as one likes. */
export interface Subject {
  readonly name: string;
  readonly machine: Machine;
  record(batch: Batch): void;
}

/** Fits and programs a machine on a part of the operands, as `attend` does on all of them. */
export async function subjectOf(
  gpu: Gpu,
  choice: AcceleratorChoice,
  sizes: LayerSizes,
  values: LayerValues,
  tensors: LayerTensors,
  options: { readonly chips?: number; readonly keepSelection?: boolean } = {},
): Promise<Subject> {
  const { tokens, heads, dim, causal } = sizes;
  const plan = planAccelerator(choice);
  plan.check({ layers: 1, heads, keys: tokens, causal });
  const fitted = Math.min(tokens, fittedTokens);
  const sample = { q: firstTokens(values.q, sizes, fitted), k: firstTokens(values.k, sizes, fitted) };
  const prepared = await plan.prepare({
    gpu,
    seed: 7,
    sizes: { layers: 1, sets: 1, heads, queries: fitted, keys: fitted, dim, causal },
    linears: [],
    samples: async () => [sample],
    samplesUnder: async () => [sample],
    once: (_key, make) => make(),
  });
  const { chips = 1, keepSelection = false } = options;
  const machine = await prepared.program({ chips, seed: 7, keepSelection: () => keepSelection });
  const call: MachineCall = {
    ...{ layer: 0, sequences: chips, chips, firstWindow: 0, heads, headDim: dim, causal },
    ...{ queries: tokens, keys: tokens, alone: true, ...tensors },
  };
  return { name: choice.accelerator, machine, record: (batch) => machine.recordCall(batch, call) };
}

/** Thresholds and codebooks are as good from these as from all, and sooner. */
const fittedTokens = 256;

function firstTokens(x: Float32Array, { tokens, heads, dim }: LayerSizes, count: number): Float32Array {
  const part = new Float32Array(heads * count * dim);
  for (let head = 0; head < heads; head++)
    part.set(x.subarray(head * tokens * dim, (head * tokens + count) * dim), head * count * dim);
  return part;
}
