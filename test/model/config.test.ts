import { describe, expect, it } from 'vitest';
import { parseModelConfig } from '../../src/model/config.ts';
import { expectInputError } from './safetensors-cases.ts';

// As published with GPT-2 small and BERT base, shortened.
const gpt2 = {
  activation_function: 'gelu_new',
  architectures: ['GPT2LMHeadModel'],
  attn_pdrop: 0.1,
  layer_norm_epsilon: 1e-5,
  model_type: 'gpt2',
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  task_specific_params: { 'text-generation': { do_sample: true } },
  vocab_size: 50257,
};
const bert = {
  architectures: ['BertForMaskedLM'],
  gradient_checkpointing: false,
  hidden_act: 'gelu',
  hidden_size: 768,
  intermediate_size: 3072,
  layer_norm_eps: 1e-12,
  max_position_embeddings: 512,
  model_type: 'bert',
  num_attention_heads: 12,
  num_hidden_layers: 12,
  position_embedding_type: 'absolute',
  type_vocab_size: 2,
  vocab_size: 30522,
};
const parse = (json: object) => parseModelConfig(JSON.stringify(json), 'config.json');

describe('parseModelConfig', () => {
  it('reads GPT-2', () => {
    expect(parse(gpt2)).toEqual({
      architecture: 'gpt2',
      layers: 12,
      heads: 12,
      width: 768,
      headDim: 64,
      innerWidth: 3072,
      context: 1024,
      vocabulary: 50257,
      layerNormEpsilon: 1e-5,
      activation: 'gelu_new',
      tiedHead: true,
    });
    expect(parse({ ...gpt2, n_inner: null }).innerWidth).toBe(3072);
    expect(parse({ ...gpt2, n_inner: 100 }).innerWidth).toBe(100);
    expect(parse({ ...gpt2, tie_word_embeddings: false }).tiedHead).toBe(false);
    expect(parse({ ...gpt2, activation_function: 'gelu_pytorch_tanh' }).activation).toBe('gelu_new');
  });

  it('reads BERT', () => {
    expect(parse(bert)).toEqual({
      architecture: 'bert',
      layers: 12,
      heads: 12,
      width: 768,
      headDim: 64,
      innerWidth: 3072,
      context: 512,
      vocabulary: 30522,
      layerNormEpsilon: 1e-12,
      activation: 'gelu',
      tiedHead: true,
      typeVocabulary: 2,
    });
  });

  it('accepts settings that are written out at the value computed here', () => {
    const settings = { scale_attn_weights: true, scale_attn_by_inverse_layer_idx: false, pruned_heads: {} };
    expect(parse({ ...gpt2, ...settings })).toEqual(parse(gpt2));
    expect(parse({ ...bert, is_decoder: false, add_cross_attention: null })).toEqual(parse(bert));
  });

  it.each(['', '[]', 'null', '{"model_type":"gpt2"', '{"n_layer":1,"n_layer":2}'])('refuses the text %s', (text) =>
    expectInputError(() => parseModelConfig(text, 'config.json'), 'MODEL_CONFIG', /"config.json"/),
  );

  it.each(['n_layer', 'n_head', 'n_embd', 'n_positions', 'vocab_size', 'layer_norm_epsilon'])(
    'needs %s of GPT-2',
    async (key) => {
      for (const value of [undefined, null, '12', 0, -1, 1e300, ...(key === 'layer_norm_epsilon' ? [] : [1.5])]) {
        await expectInputError(
          () => parse({ ...gpt2, [key]: value }),
          'MODEL_CONFIG',
          new RegExp(`"config.json" has as ${key} `),
        );
      }
    },
  );

  it.each([
    'num_hidden_layers',
    'num_attention_heads',
    'hidden_size',
    'intermediate_size',
    'max_position_embeddings',
    'type_vocab_size',
    'vocab_size',
    'layer_norm_eps',
  ])('needs %s of BERT', (key) =>
    expectInputError(() => parse({ ...bert, [key]: undefined }), 'MODEL_CONFIG', new RegExp(`has as ${key} nothing`)),
  );

  it('refuses sizes that do not go together or are out of all proportion', async () => {
    await expectInputError(
      () => parse({ ...gpt2, n_head: 7 }),
      'MODEL_CONFIG',
      /n_embd 768, which 7 heads .* do not divide/,
    );
    await expectInputError(
      () => parse({ ...gpt2, n_layer: 1025 }),
      'MODEL_CONFIG',
      /n_layer the number 1025, .* to 1024/,
    );
    await expectInputError(() => parse({ ...gpt2, n_inner: 0 }), 'MODEL_CONFIG', /n_inner the number 0/);
  });

  it.each<[string, object, RegExp]>([
    ['another architecture', { ...bert, model_type: 'llama' }, /model_type the text "llama"; use a gpt2 or bert/],
    ['no architecture', { ...bert, model_type: undefined }, /model_type nothing/],
    ['another activation', { ...gpt2, activation_function: 'relu' }, /activation_function the text "relu"; .*gelu_new/],
    ['no activation', { ...bert, hidden_act: undefined }, /hidden_act nothing/],
    ['unscaled scores', { ...gpt2, scale_attn_weights: false }, /sets scale_attn_weights to false; only true/],
    [
      'scores scaled by layer',
      { ...gpt2, scale_attn_by_inverse_layer_idx: true },
      /scale_attn_by_inverse_layer_idx to true/,
    ],
    ['cross attention', { ...gpt2, add_cross_attention: true }, /add_cross_attention to true/],
    [
      'relative positions',
      { ...bert, position_embedding_type: 'relative_key' },
      /position_embedding_type to the text "rel/,
    ],
    ['a decoder', { ...bert, is_decoder: true }, /is_decoder to true/],
    ['pruned heads', { ...bert, pruned_heads: { 0: [1] } }, /has pruned_heads/],
    ['quantised weights', { ...gpt2, quantization_config: { bits: 4 } }, /has a quantization_config/],
  ])('refuses %s', (_, json, message) => expectInputError(() => parse(json), 'MODEL_UNSUPPORTED', message));
});
