import type { ButterflyConfig } from '../accelerator/butterfly-config.ts';
import type { Machine } from '../accelerator/machine.ts';
import { mostProducts } from '../accelerator/quality.ts';
import { fail } from '../errors.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { attendLayout } from '../kernel/attend-problem.ts';
import { planSplitHeads } from '../kernel/heads.ts';
import { planLinear } from '../kernel/linear.ts';
import { linearVariant } from '../kernel/linear-variant.ts';
import type { LinearCall } from '../model/attention.ts';
import { keptCounts, repeated, summarise } from './attend-output.ts';
import { planButterfly } from './plans/butterfly.ts';
import type { AttendOutput } from './result.ts';

/** One attention call from its inputs and projections on; all arrays are row-major and finite. */
export interface ButterflyAttendInput {
  /** `[batch, tokens, model]`. */
  readonly x: Float32Array;
  /** `[model, heads * dim]`; pruned weights are zeros. With QK sharing `wk` is left aside: keys are the queries. */
  readonly wq: Float32Array;
  readonly wk: Float32Array;
  readonly wv: Float32Array;
  readonly batch: number;
  readonly tokens: number;
  readonly model: number;
  /** Columns of each projection, heads times dimensions. */
  readonly columns: number;
  readonly causal: boolean;
  /** Names the `heads` that the columns are split into. */
  readonly config: ButterflyConfig & { readonly heads: number };
  /** Chips, which are all alike. */
  readonly chips: number;
  readonly seed: number;
}

/**
 * Projects inputs by the kept weights and attends within the spans, as one chip does; every array of the result has a leading
 * chip axis for more than one. Throws before any GPU work when shapes, values or settings are wrong, `SPARSE_BLOCK` when a
 * block keeps more than a balanced one may, and `ATTEND_OVERFLOW` when float32 cannot hold the output.
 */
export async function attendButterfly(gpu: Gpu, input: ButterflyAttendInput): Promise<AttendOutput> {
  const start = performance.now();
  const { batch: sequences, tokens, causal, chips, seed } = input;
  const sizes = checkInput(input);
  const { heads, dim } = sizes;
  const plan = planButterfly(input.config);
  plan.check({ layers: 1, heads, keys: tokens, causal });
  const before = gpu.memory.bytes;
  gpu.memory.peakBytes = before;
  const owned: Tensor[] = [];
  let machine: Machine | undefined;
  const batch = gpu.batch('attend');
  try {
    const layer = projections(gpu, input, owned);
    const accelerator = await plan.prepare({
      gpu,
      seed,
      sizes: { layers: 1, sets: sequences, heads, queries: tokens, keys: tokens, dim, causal },
      linears: [layer],
      samples: async () => [],
      samplesUnder: async () => [],
      once: (_key, make) => make(),
    });
    const measureQuality = sequences * heads * tokens * tokens <= mostProducts;
    machine = await accelerator.program({ chips: 1, seed, measureQuality, keepSelection: () => true });
    const operands = recordProjections(gpu, batch, machine, input, layer, sizes);
    const result = batch.temporary('f32', [sequences, heads, tokens, dim], 'out');
    machine.recordCall(batch, {
      layer: 0,
      sequences,
      chips: 1,
      firstWindow: 0,
      heads,
      queries: tokens,
      keys: tokens,
      headDim: dim,
      causal,
      alone: true,
      ...operands,
      out: result,
    });
    const read = batch.read<Float32Array>(result);
    await batch.submit();
    const { activity, selections } = machine.takeActivity();
    const run = { activity, chips: 1, windows: sequences, longestKeys: tokens };
    const priced = machine;
    const out = read.values();
    const bad = out.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw fail(
        'ATTEND_OVERFLOW',
        `out[${bad}] is ${out[bad]}: x or a projection is too large for float32`,
        'scale them',
      );
    const summary = summarise(activity, (change) => priced.ledger(run, change), {
      keepRatio: undefined,
      peakBytes: gpu.memory.peakBytes - before,
      wallMs: performance.now() - start,
    });
    const [selection] = selections;
    return {
      out: repeated(out, chips),
      selection: repeated(selection!, chips),
      kept: repeated(keptCounts(selection!, tokens), chips),
      summary,
    };
  } finally {
    batch.discard();
    machine?.destroy();
    for (const tensor of owned) tensor.destroy();
  }
}

/** The three projections as one layer, as models have them, without a bias. Float32 products want rows of whole fours. */
function projections(gpu: Gpu, input: ButterflyAttendInput, owned: Tensor[]): LinearCall['layer'] {
  const { wq, wv, model, columns, config } = input;
  const wk = config.qkSharing ? wq : input.wk;
  const inputs = innerOf(input);
  const outputs = 3 * columns;
  const fused = new Float32Array(outputs * inputs);
  for (const [part, matrix] of [wq, wk, wv].entries())
    for (let i = 0; i < model; i++)
      for (let c = 0; c < columns; c++) fused[(part * columns + c) * inputs + i] = matrix[i * columns + c]!;
  const weight = gpu.tensor(fused, [outputs, inputs], 'projections');
  const bias = gpu.tensor(new Float32Array(outputs), [outputs], 'no bias');
  owned.push(weight, bias);
  return { name: `wq, wk, wv (${columns} outputs each)`, inputs, outputs, weight, bias };
}

function recordProjections(
  gpu: Gpu,
  batch: Batch,
  machine: Machine,
  input: ButterflyAttendInput,
  layer: LinearCall['layer'],
  { heads, dim }: { readonly heads: number; readonly dim: number },
): { q: Tensor; k: Tensor; v: Tensor } {
  const { batch: sequences, tokens, columns } = input;
  const { inputs, outputs, weight, bias } = layer;
  const rows = sequences * tokens;
  const x = batch.temporary('f32', [rows, inputs], 'x');
  gpu.write(x, widened(input, inputs));
  const y = batch.temporary('f32', [rows, outputs], 'queries, keys and values');
  if (!machine.recordLinear?.(batch, { layer, rows, x, y })) {
    const variant = linearVariant(gpu);
    batch.run(planLinear({ rows, columns: outputs, inner: inputs, variant }), { x, w: weight, bias, y });
  }
  const part = (index: number, label: string) => {
    const result = batch.temporary('f32', [sequences, heads, tokens, dim], label);
    const launch = planSplitHeads({ sequences, heads, tokens, dim, stride: outputs, firstColumn: index * columns });
    batch.run(launch, { source: y, result });
    return result;
  };
  return { q: part(0, 'q'), k: part(1, 'k'), v: part(2, 'v') };
}

function innerOf({ model, config }: ButterflyAttendInput): number {
  return config.linearBits === 32 ? 4 * Math.ceil(model / 4) : model;
}

function widened({ x, model }: ButterflyAttendInput, inputs: number): Float32Array {
  if (inputs === model) return x;
  const wide = new Float32Array((x.length / model) * inputs);
  for (let row = 0; row < x.length / model; row++) wide.set(x.subarray(row * model, (row + 1) * model), row * inputs);
  return wide;
}

function checkInput(input: ButterflyAttendInput): { readonly heads: number; readonly dim: number } {
  const { batch, tokens, model, columns, chips, config, causal, seed } = input;
  const { heads } = config;
  if (heads === undefined)
    throw fail('BUTTERFLY_HEADS', 'butterfly.heads is missing', 'say into how many heads the projections are split');
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw fail('ATTEND_SEED', `seed is ${seed}`, 'use a whole number from 0 to 4294967295');
  for (const [name, size] of Object.entries({ batch, tokens, model, columns, chips, heads })) {
    if (!Number.isInteger(size) || size < 1)
      throw fail('ATTEND_SIZE', `${name} is ${size}`, 'use a whole number of at least 1');
  }
  const dim = columns / heads;
  if (!Number.isInteger(dim))
    throw fail('BUTTERFLY_HEADS', `${columns} columns for ${heads} heads`, 'give butterfly.heads that divides them');
  attendLayout({ heads: batch * heads, queries: tokens, keys: tokens, dim, causal, operandBits: 8 });
  const weights = model * columns;
  for (const [name, length] of Object.entries({ x: batch * tokens * model, wq: weights, wk: weights, wv: weights })) {
    const data = input[name as 'x'];
    if (!(data instanceof Float32Array))
      throw fail('ATTEND_VALUE', `${name} is no Float32Array`, 'give a Float32Array');
    if (data.length !== length)
      throw fail('ATTEND_SIZE', `${name} holds ${data.length} values, the sizes ask for ${length}`, 'see its shape');
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail('ATTEND_VALUE', `${name}[${bad}] is ${data[bad]}`, 'use finite values');
  }
  return { heads, dim };
}
