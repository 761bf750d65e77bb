import type { Tensor } from '../gpu/tensor.ts';
import type { ModelConfig } from './config.ts';
import type { Pass } from './pass.ts';
import type { LinearWeights, NormWeights, TokenTable } from './weights.ts';

/** What an architecture is made of: its forward pass, and the head that turns hidden states into logits. */
export interface Network {
  readonly head: Head;
  /** Records the layers; the result is one of the pass's buffers, [rows, width]. */
  forward(pass: Pass): Tensor;
}

/** Logits of a hidden state: through the transform where there is one, times the table, plus the bias where there is one. */
export interface Head {
  readonly transform?: { readonly dense: LinearWeights; readonly norm: NormWeights };
  readonly table: TokenTable;
  /** One value per id. */
  readonly bias?: Tensor;
}

/** The linear kernel's name of an activation. */
export type Gelu = 'gelu-tanh' | 'gelu-erf';

/** The activation of a configuration, as the linear kernel names it. */
export function geluOf({ activation }: Pick<ModelConfig, 'activation'>): Gelu {
  return activation === 'gelu_new' ? 'gelu-tanh' : 'gelu-erf';
}
