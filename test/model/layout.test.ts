import { describe, expect, it } from 'vitest';
import type { BertConfig, Gpt2Config, ModelConfig } from '../../src/model/config.ts';
import { checkLayout, requiredTensors, type TensorList, unusedTensors } from '../../src/model/layout.ts';
import { expectInputError } from './safetensors-cases.ts';

const sizes = {
  layers: 2,
  heads: 2,
  width: 8,
  headDim: 4,
  innerWidth: 24,
  context: 16,
  vocabulary: 11,
  layerNormEpsilon: 1e-5,
  activation: 'gelu',
  tiedHead: true,
} as const;
const gpt2: Gpt2Config = { architecture: 'gpt2', ...sizes };
const bert: BertConfig = { architecture: 'bert', ...sizes, typeVocabulary: 3 };

type Shapes = Record<string, readonly number[]>;

function listOf(shapes: Shapes, dtype = 'F16'): TensorList {
  return {
    name: 'model.safetensors',
    names: Object.keys(shapes),
    has: (name) => Object.hasOwn(shapes, name),
    info: (name) => ({ dtype, shape: shapes[name], elements: 0, byteOffset: 0, byteLength: 0 }),
  };
}

/** A file that holds exactly what a configuration needs, its names changed by `rename`. */
function shapesOf(config: ModelConfig, rename: (name: string) => string = (name) => name): Shapes {
  const needed = requiredTensors(config).filter(({ name }) => !isHead(name));
  return Object.fromEntries(needed.map(({ name, shape }) => [rename(name), shape]));
}
const isHead = (name: string) => name === 'lm_head.weight' || name === 'cls.predictions.decoder.weight';
const check = (shapes: Shapes, config: ModelConfig) => checkLayout(listOf(shapes), config);

describe('the layout of GPT-2', () => {
  it.each(['', 'transformer.'])('is found with the prefix "%s"', (prefix) => {
    const found = check(
      shapesOf(gpt2, (name) => prefix + name),
      gpt2,
    );
    expect(found.size).toBe(2 + 2 * 12 + 2 + 1);
    expect(found.get('h.1.mlp.c_proj.weight')).toBe(`${prefix}h.1.mlp.c_proj.weight`);
    expect(found.get('lm_head.weight')).toBe(`${prefix}wte.weight`);
  });

  it('takes the head of the file where there is one, and needs it where nothing is tied', async () => {
    const own = { ...shapesOf(gpt2), 'lm_head.weight': [11, 8] };
    expect(check(own, gpt2).get('lm_head.weight')).toBe('lm_head.weight');
    expect(check(own, { ...gpt2, tiedHead: false }).get('lm_head.weight')).toBe('lm_head.weight');
    const untied = () => check(shapesOf(gpt2), { ...gpt2, tiedHead: false });
    await expectInputError(untied, 'MODEL_LAYOUT', /configuration: "lm_head.weight" \[11,8\] is missing;/);
  });

  it('knows the masks that old files hold, and nothing else', () => {
    const shapes = {
      ...shapesOf(gpt2),
      'h.0.attn.bias': [1, 1, 16, 16],
      'h.0.attn.masked_bias': [],
      'h.2.ln_1.bias': [8],
    };
    expect(unusedTensors(listOf(shapes), check(shapes, gpt2))).toEqual(['h.2.ln_1.bias']);
  });
});

describe('the layout of BERT', () => {
  it.each([
    ['with its prefix', (name: string) => (name.startsWith('cls.') ? name : `bert.${name}`)],
    ['without its prefix', (name: string) => name],
    [
      'with gamma and beta',
      (name: string) => name.replace('Norm.weight', 'Norm.gamma').replace('Norm.bias', 'Norm.beta'),
    ],
  ])('is found %s', (_, rename) => {
    const found = check(shapesOf(bert, rename), bert);
    expect(found.size).toBe(5 + 2 * 16 + 4 + 2);
    expect(found.get('encoder.layer.1.output.LayerNorm.weight')).toBe(
      rename('encoder.layer.1.output.LayerNorm.weight'),
    );
    expect(found.get('cls.predictions.decoder.weight')).toBe(rename('embeddings.word_embeddings.weight'));
    expect(found.get('cls.predictions.bias')).toBe('cls.predictions.bias');
  });

  it('finds the bias of the head under its other name', () => {
    const rename = (name: string) => name.replace('predictions.bias', 'predictions.decoder.bias');
    expect(check(shapesOf(bert, rename), bert).get('cls.predictions.bias')).toBe('cls.predictions.decoder.bias');
  });

  it('passes over the pooler and the next-sentence head', () => {
    const extra = {
      'bert.pooler.dense.weight': [8, 8],
      'cls.seq_relationship.bias': [2],
      'bert.embeddings.position_ids': [1, 16],
      'cls.predictions.decoder.bias': [11],
      adapter: [1],
    };
    const shapes = { ...shapesOf(bert), ...extra };
    expect(unusedTensors(listOf(shapes), check(shapes, bert))).toEqual(['adapter']);
  });
});

describe('a checkpoint that does not fit', () => {
  it('lists every tensor that is missing, of a wrong shape or of a wrong dtype', async () => {
    const shapes: Shapes = { ...shapesOf(gpt2), 'h.0.attn.c_attn.weight': [24, 8], 'wpe.weight': [16, 8, 1] };
    delete shapes['ln_f.bias'];
    const message =
      /"model.safetensors" does not fit its gpt2 configuration: "wpe.weight" has shape \[16,8,1\], not \[16,8\], "h.0.attn.c_attn.weight" has shape \[24,8\], not \[8,24\], "ln_f.bias" \[8\] is missing;/;
    await expectInputError(() => check(shapes, gpt2), 'MODEL_LAYOUT', message);
    const whole = () => checkLayout(listOf({ ...shapesOf(gpt2) }, 'I8'), gpt2);
    await expectInputError(whole, 'MODEL_LAYOUT', /"wte.weight" has dtype "I8", .* and 18 more;/);
  });

  it('says once what is wrong with an embedding that is also the head', async () => {
    const shapes = { ...shapesOf(gpt2), 'wte.weight': [12, 8] };
    await expectInputError(
      () => check(shapes, gpt2),
      'MODEL_LAYOUT',
      /: "wte.weight" has shape \[12,8\], not \[11,8\];/,
    );
  });

  it('lists ten and counts the rest', async () => {
    const message = /configuration: ("[\w.]+" \[[\d,]+\] is missing(, )?){10} and 18 more; check/;
    await expectInputError(() => check({}, gpt2), 'MODEL_LAYOUT', message);
    await expectInputError(() => check(shapesOf(gpt2), bert), 'MODEL_LAYOUT', /bert configuration: .* and 32 more;/);
  });
});
