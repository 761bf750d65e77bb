import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planEmbed } from '../kernel/embed.ts';
import { planMergeHeads, planSplitHeads } from '../kernel/heads.ts';
import { planLayerNorm } from '../kernel/layer-norm.ts';
import { type LinearProblem, planLinear } from '../kernel/linear.ts';
import { type LinearVariant, linearVariant } from '../kernel/linear-variant.ts';
import type { Attention } from './attention.ts';
import type { ModelConfig } from './config.ts';
import { type Gelu, geluOf } from './network.ts';
import type { LinearWeights, NormWeights, TokenTable } from './weights.ts';

/** What a forward pass works on. */
export interface ForwardInput {
  /** Ids [sequences, tokens]; the number of tokens follows from the length and is at most the context. */
  readonly tokens: Uint32Array;
  /** chips * windows, all windows of the first chip first. */
  readonly sequences: number;
  /** Copies of the hardware that are simulated at once; default 1. */
  readonly chips?: number;
  /** Number of each chip's first window in the whole evaluation; default 0. */
  readonly firstWindow?: number;
  readonly attention: Attention;
  /**
   * Sees each layer's operands [sequences, heads, tokens, headDim] when they were recorded and before their memory is
   * reused: record a copy of what is to be kept.
   */
  readonly tap?: (layer: number, q: Tensor, k: Tensor, v: Tensor) => void;
}

/** One forward pass while it is recorded: its sizes and the buffers that every layer reuses. */
export interface Pass {
  readonly gpu: Gpu;
  readonly batch: Batch;
  readonly config: ModelConfig;
  readonly input: ForwardInput;
  readonly variant: LinearVariant;
  readonly activation: Gelu;
  readonly tokens: number;
  readonly rows: number;
  /** Two buffers of [rows, width], one of [rows, innerWidth]. */
  readonly hidden: Tensor;
  readonly normed: Tensor;
  readonly inner: Tensor;
  /** Queries, keys and values [rows, 3 * width], then by head [sequences, heads, tokens, headDim]. */
  readonly fused: Tensor;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly attended: Tensor;
}

/** Allocates the buffers of a pass as temporaries of its batch. */
export function startPass(gpu: Gpu, batch: Batch, config: ModelConfig, input: ForwardInput): Pass {
  const { width, innerWidth, heads, headDim } = config;
  const rows = input.tokens.length;
  const tokens = rows / input.sequences;
  const matrix = (columns: number, label: string) => batch.temporary('f32', [rows, columns], label);
  const byHead = (label: string) => batch.temporary('f32', [input.sequences, heads, tokens, headDim], label);
  return {
    gpu,
    batch,
    config,
    input,
    variant: linearVariant(gpu),
    activation: geluOf(config),
    tokens,
    rows,
    hidden: matrix(width, 'hidden state'),
    normed: matrix(width, 'normed state'),
    inner: matrix(innerWidth, 'inner state'),
    fused: matrix(3 * width, 'queries, keys and values'),
    q: byHead('queries'),
    k: byHead('keys'),
    v: byHead('values'),
    attended: byHead('attention output'),
  };
}

/** Records token plus position embedding, and the first token type where there is a table of them, into `y`. */
export function recordEmbedding(
  pass: Pass,
  table: TokenTable,
  positions: Tensor,
  types: Tensor | undefined,
  y: Tensor,
): void {
  const { gpu, batch, rows, tokens, config, input } = pass;
  const ids = batch.temporary('u32', [rows], 'token ids');
  gpu.write(ids, input.tokens);
  for (const { firstRow, rowCount, values } of table.pieces) {
    const sizes = { sequences: input.sequences, tokens, width: config.width, firstRow, rowCount };
    const launch = planEmbed({ ...sizes, types: types !== undefined });
    batch.run(launch, { ids, table: values, positions, types: types ?? positions, y });
  }
}

/** Records a linear layer over all rows, by the accelerator where it does linear layers. */
export function recordLinear(
  { batch, rows, variant, input }: Pass,
  layer: LinearWeights,
  x: Tensor,
  y: Tensor,
  options: Pick<LinearProblem, 'activation' | 'accumulate'> = {},
): void {
  if (input.attention.recordLinear?.(batch, { layer, rows, x, y, ...options })) return;
  const { inputs, outputs, weight, bias } = layer;
  batch.run(planLinear({ rows, columns: outputs, inner: inputs, variant, ...options }), { x, w: weight, bias, y });
}

/** Records a layer normalisation of all rows; not in place. */
export function recordNorm({ batch, rows, config }: Pass, norm: NormWeights, x: Tensor, y: Tensor): void {
  batch.run(planLayerNorm({ rows, width: config.width, epsilon: config.layerNormEpsilon }), { x, ...norm, y });
}

/** Records a layer's attention from its fused projection of `x` to the merged heads in `y`, which may be `x`. */
export function recordAttention(pass: Pass, layer: number, projection: LinearWeights, x: Tensor, y: Tensor): void {
  const { batch, config, input, tokens, q, k, v, attended } = pass;
  const { heads, headDim, width } = config;
  const { sequences, chips = 1, firstWindow = 0, attention, tap } = input;
  recordLinear(pass, projection, x, pass.fused);
  const sizes = { sequences, heads, tokens, dim: headDim };
  for (const [i, result] of [q, k, v].entries()) {
    const launch = planSplitHeads({ ...sizes, stride: 3 * width, firstColumn: i * width });
    batch.run(launch, { source: pass.fused, result });
  }
  tap?.(layer, q, k, v);
  batch.mark('attention');
  const causal = config.architecture === 'gpt2';
  attention.record(batch, {
    layer,
    sequences,
    chips,
    firstWindow,
    heads,
    tokens,
    headDim,
    causal,
    q,
    k,
    v,
    out: attended,
  });
  batch.mark('layers');
  batch.run(planMergeHeads(sizes), { source: attended, result: y });
}
