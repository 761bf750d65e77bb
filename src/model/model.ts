import { fail } from '../errors.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { loadBert } from './bert.ts';
import type { ModelConfig } from './config.ts';
import { loadGpt2 } from './gpt2.ts';
import { recordLoss, type TokenLoss } from './head.ts';
import { checkLayout } from './layout.ts';
import type { Network } from './network.ts';
import { type ForwardInput, startPass } from './pass.ts';
import type { SafetensorsFile } from './safetensors.ts';
import { type LinearWeights, pieceBytes, WeightLoader } from './weights.ts';

/** What a model is loaded from. */
export interface ModelSource {
  readonly config: ModelConfig;
  readonly checkpoint: SafetensorsFile;
  /** The most bytes of one piece of the vocabulary's table; default 128 MiB or what the device allows. */
  readonly pieceBytes?: number;
}

/** A transformer on the GPU, with its attention left open. */
export interface Model {
  readonly config: ModelConfig;
  /** The most tokens of a sequence. */
  readonly context: number;
  /** GPU memory of the weights. */
  readonly bytes: number;
  /** Every linear layer, in the order of the forward pass; projections of q, k and v count as one. */
  readonly linears: readonly LinearWeights[];
  /**
   * Records the layers; the result, [sequences * tokens, width], is the state after GPT-2's last layer norm or BERT's
   * encoder, a temporary of the batch. Throws `SEQUENCES`, `TOKENS` or `TOKEN_ID` before anything is recorded.
   */
  forward(batch: Batch, input: ForwardInput): Tensor;
  /** Records the loss of hidden states against one target per token; see `recordLoss`. */
  loss(batch: Batch, hidden: Tensor, targets: Uint32Array): TokenLoss;
  /** Gives the weights' memory back. */
  destroy(): void;
}

/**
 * Checks a checkpoint against its configuration and streams it to the GPU, tensor by tensor; the file may be closed
 * afterwards. Throws what `checkLayout` and the reads throw, `MODEL_SIZES` for widths that the kernels can not take, and
 * `OUT_OF_MEMORY`; nothing stays allocated then.
 */
export async function loadModel(gpu: Gpu, source: ModelSource): Promise<Model> {
  const { config, checkpoint } = source;
  for (const key of ['width', 'innerWidth'] as const) {
    if (config[key] % 4 !== 0)
      throw fail('MODEL_SIZES', `${key} is ${config[key]}`, 'use a checkpoint whose widths are multiples of 4');
  }
  const mostBytes = pieceBytes(gpu, source.pieceBytes);
  const loader = new WeightLoader(gpu, checkpoint, checkLayout(checkpoint, config), mostBytes);
  let network: Network;
  try {
    network = config.architecture === 'gpt2' ? await loadGpt2(loader, config) : await loadBert(loader, config);
  } catch (cause) {
    loader.destroy();
    throw cause;
  }
  return {
    config,
    context: config.context,
    bytes: loader.bytes,
    linears: loader.linears,
    forward(batch, input) {
      checkInput(config, input);
      batch.mark('layers');
      return network.forward(startPass(gpu, batch, config, input));
    },
    loss: (batch, hidden, targets) => recordLoss(gpu, batch, config, network.head, hidden, targets, mostBytes),
    destroy: () => loader.destroy(),
  };
}

function checkInput({ context, vocabulary }: ModelConfig, { tokens, sequences, chips = 1 }: ForwardInput): void {
  if (
    !Number.isInteger(sequences) ||
    sequences < 1 ||
    !Number.isInteger(chips) ||
    chips < 1 ||
    sequences % chips !== 0
  ) {
    const what = `${sequences} sequences over ${chips} chips`;
    throw fail('SEQUENCES', what, 'give every chip the same whole number of sequences, at least one');
  }
  const length = tokens.length / sequences;
  if (!Number.isInteger(length) || length < 1 || length > context) {
    const what = `${tokens.length} tokens in ${sequences} sequences`;
    throw fail('TOKENS', what, `give sequences of equal length, from 1 to ${context} tokens`);
  }
  const bad = tokens.findIndex((id) => id >= vocabulary);
  if (bad < 0) return;
  const what = `token ${bad % length} of sequence ${Math.floor(bad / length)} is the id ${tokens[bad]}`;
  throw fail('TOKEN_ID', `${what}, and the model has ${vocabulary}`, 'use the tokenizer that belongs to the model');
}
