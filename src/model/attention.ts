import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { LinearWeights } from './weights.ts';

/** One layer's attention over some sequences. All four tensors are `[sequences, heads, tokens, headDim]`. */
export interface AttentionCall {
  readonly layer: number;
  /** chips * windows, all windows of the first chip first. */
  readonly sequences: number;
  readonly chips: number;
  /** Number of each chip's first window in the whole evaluation, so that read noise differs between windows. */
  readonly firstWindow: number;
  readonly heads: number;
  readonly tokens: number;
  readonly headDim: number;
  /** Whether a token sees only itself and those before it. */
  readonly causal: boolean;
  /** Operands as the model computes them; scores are not yet scaled. The next layer reuses their memory. */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  /** What the attention writes, every element of it. */
  readonly out: Tensor;
}

/** One linear layer over all rows of a pass: y = activation(x weight' + bias), or added to what `y` holds. */
export interface LinearCall {
  /** The layer's own weights, the same object in every call; see `Model.linears`. */
  readonly layer: LinearWeights;
  readonly rows: number;
  /** `[rows, inputs]` and `[rows, outputs]`. */
  readonly x: Tensor;
  readonly y: Tensor;
  readonly activation?: 'none' | 'gelu-tanh' | 'gelu-erf';
  readonly accumulate?: boolean;
}

/** The plug between a model and an accelerator: records whatever turns q, k and v into the attention's output. */
export interface Attention {
  readonly name: string;
  record(batch: Batch, call: AttentionCall): void;
  /** Records a linear layer and says so; where it is absent or says false, the model records the layer in float32. */
  recordLinear?(batch: Batch, call: LinearCall): boolean;
}
