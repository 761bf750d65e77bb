import { type CimError, fail } from '../errors.ts';
import { quote } from '../quote.ts';
import { isJsonObject, type JsonObject, jsonKind, parseJsonObject } from './json.ts';

/** `gelu_new`: the tanh form; `gelu`: the exact form with the error function. */
export type Activation = 'gelu_new' | 'gelu';

interface TransformerSizes {
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream; `heads * headDim`. */
  readonly width: number;
  readonly headDim: number;
  /** Width inside the feed-forward block. */
  readonly innerWidth: number;
  /** The most tokens in one window. */
  readonly context: number;
  readonly vocabulary: number;
  readonly layerNormEpsilon: number;
  readonly activation: Activation;
  /** Whether the output head is the token embedding; if not, the checkpoint holds a head of its own. */
  readonly tiedHead: boolean;
}

/** GPT-2: pre-norm, causal. */
export interface Gpt2Config extends TransformerSizes {
  readonly architecture: 'gpt2';
}

/** BERT with the masked-token head: post-norm, bidirectional. */
export interface BertConfig extends TransformerSizes {
  readonly architecture: 'bert';
  /** Rows of the token-type embedding. */
  readonly typeVocabulary: number;
}

/** What this package needs to know of a Hugging Face `config.json`. */
export type ModelConfig = Gpt2Config | BertConfig;

/**
 * Reads the text of a Hugging Face `config.json`; `name` is the file's name for messages. Keys that do not matter here
 * are passed over. Throws `MODEL_CONFIG` for text that is no such file, `MODEL_UNSUPPORTED` for a model that this
 * package would compute wrongly.
 */
export function parseModelConfig(text: string, name: string): ModelConfig {
  const file = quote(name);
  const json = parseJsonObject(text, 'MODEL_CONFIG', file);
  if (json.model_type !== 'gpt2' && json.model_type !== 'bert') {
    throw unsupported(`${file} has as model_type ${jsonKind(json.model_type)}`, 'use a gpt2 or bert checkpoint');
  }
  const names = json.model_type === 'gpt2' ? GPT2_KEYS : BERT_KEYS;
  checkSettings(file, json, json.model_type === 'gpt2' ? GPT2_SETTINGS : BERT_SETTINGS);
  const width = size(file, json, names.width);
  const heads = size(file, json, names.heads);
  if (width % heads !== 0) {
    throw invalid(`${file} has ${names.width} ${width}, which ${heads} heads (${names.heads}) do not divide`);
  }
  const noInner = json.model_type === 'gpt2' && (json.n_inner === undefined || json.n_inner === null);
  const sizes: TransformerSizes = {
    layers: size(file, json, names.layers, MOST_LAYERS),
    heads,
    width,
    headDim: width / heads,
    innerWidth: noInner ? 4 * width : size(file, json, names.innerWidth),
    context: size(file, json, names.context),
    vocabulary: size(file, json, 'vocab_size'),
    layerNormEpsilon: epsilon(file, json, names.epsilon),
    activation: activation(file, json, names.activation),
    tiedHead: json.tie_word_embeddings !== false,
  };
  if (json.model_type === 'gpt2') return { architecture: 'gpt2', ...sizes };
  return { architecture: 'bert', ...sizes, typeVocabulary: size(file, json, 'type_vocab_size') };
}

const GPT2_KEYS = {
  layers: 'n_layer',
  heads: 'n_head',
  width: 'n_embd',
  innerWidth: 'n_inner',
  context: 'n_positions',
  epsilon: 'layer_norm_epsilon',
  activation: 'activation_function',
};
const BERT_KEYS: typeof GPT2_KEYS = {
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  width: 'hidden_size',
  innerWidth: 'intermediate_size',
  context: 'max_position_embeddings',
  epsilon: 'layer_norm_eps',
  activation: 'hidden_act',
};

/** Hugging Face's names of the two functions: several are one formula computed in different ways. */
const ACTIVATIONS: ReadonlyMap<unknown, Activation> = new Map([
  ['gelu_new', 'gelu_new'],
  ['gelu_fast', 'gelu_new'],
  ['gelu_pytorch_tanh', 'gelu_new'],
  ['gelu', 'gelu'],
  ['gelu_python', 'gelu'],
]);

/** Settings that change what the model computes, each with the one value that this package computes (its default). */
const COMMON_SETTINGS = { add_cross_attention: false };
const GPT2_SETTINGS = { ...COMMON_SETTINGS, scale_attn_weights: true, scale_attn_by_inverse_layer_idx: false };
const BERT_SETTINGS = { ...COMMON_SETTINGS, position_embedding_type: 'absolute', is_decoder: false };

function checkSettings(file: string, json: JsonObject, settings: JsonObject): void {
  for (const [key, only] of Object.entries(settings)) {
    const value = json[key];
    if (value === undefined || value === null || value === only) continue;
    throw unsupported(`${file} sets ${key} to ${jsonKind(value)}`, `only ${JSON.stringify(only)} is computed here`);
  }
  if (isJsonObject(json.pruned_heads) && Object.keys(json.pruned_heads).length > 0) {
    throw unsupported(`${file} has pruned_heads`, 'use a checkpoint in which every layer has all its heads');
  }
  if (json.quantization_config !== undefined && json.quantization_config !== null) {
    throw unsupported(`${file} has a quantization_config`, 'use the checkpoint in F32, F16 or BF16');
  }
}

// Far above every such model, and low enough that a wrong number is found before anything is allocated from it.
const MOST_LAYERS = 1024;
const LARGEST_SIZE = 2 ** 24;

function size(file: string, json: JsonObject, key: string, most = LARGEST_SIZE): number {
  const value = json[key];
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return value as number;
  throw invalid(`${file} has as ${key} ${jsonKind(value)}, and a whole number from 1 to ${most} is needed`);
}

function epsilon(file: string, json: JsonObject, key: string): number {
  const value = json[key];
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  throw invalid(`${file} has as ${key} ${jsonKind(value)}, and a number between 0 and 1 is needed`);
}

function activation(file: string, json: JsonObject, key: string): Activation {
  const known = ACTIVATIONS.get(json[key]);
  if (known !== undefined) return known;
  const names = [...ACTIVATIONS.keys()].join(', ');
  throw unsupported(`${file} has as ${key} ${jsonKind(json[key])}`, `use a checkpoint with one of ${names}`);
}

function invalid(what: string): CimError {
  return fail('MODEL_CONFIG', what, 'check that it is the config.json of the checkpoint');
}

function unsupported(what: string, fix: string): CimError {
  return fail('MODEL_UNSUPPORTED', what, fix);
}
