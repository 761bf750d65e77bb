import { describe, expect, it } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { NOT_COUNTED } from '../../src/kernel/token-loss.ts';
import type { Attention, AttentionCall } from '../../src/model/attention.ts';
import type { BertConfig, Gpt2Config, ModelConfig } from '../../src/model/config.ts';
import { loadModel, type Model, type ModelSource } from '../../src/model/model.ts';
import type { ForwardInput } from '../../src/model/pass.ts';
import { denseAttention } from '../support/dense-attention.ts';
import { normals } from '../support/kernel-case.ts';
import { madeCheckpoint } from '../support/made-checkpoint.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { expectInputError } from './safetensors-cases.ts';

const sizes = { layers: 2, heads: 3, width: 36, headDim: 12, innerWidth: 52, context: 10, vocabulary: 301 };
const gpt2: Gpt2Config = {
  architecture: 'gpt2',
  ...sizes,
  layerNormEpsilon: 1e-5,
  activation: 'gelu_new',
  tiedHead: true,
};
const bert: BertConfig = {
  architecture: 'bert',
  ...sizes,
  typeVocabulary: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
  tiedHead: true,
};

/** Weights that differ by name and keep signals of the order of one; gains lie around 1. */
function made(name: string, elements: number): Float32Array<ArrayBuffer> {
  const seed = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7);
  const gain = /(ln_\w|LayerNorm)\.weight$/.test(name) ? 1 : 0;
  return Float32Array.from(normals(elements, seed), (value) => gain + 0.3 * value);
}
const tokens = Uint32Array.from({ length: 40 }, (_, i) => (i * 53 + 7) % 301);
const targets = Uint32Array.from({ length: 40 }, (_, i) => (i % 7 === 6 ? NOT_COUNTED : (i * 89 + 250) % 301));

function sourceOf(config: ModelConfig, fill = made): ModelSource {
  return { config, checkpoint: madeCheckpoint(config, fill) };
}

/** Losses of the test's tokens by a model that is loaded for it alone. */
async function lossesOf(source: ModelSource, input: Partial<ForwardInput> = {}): Promise<Float32Array> {
  const gpu = await nodeGpu();
  const before = gpu.memory.bytes;
  const model = await loadModel(gpu, source);
  const loss = await losses(gpu, model, input);
  model.destroy();
  expect(gpu.memory.bytes).toBe(before);
  return loss;
}

async function losses(gpu: Gpu, model: Model, input: Partial<ForwardInput> = {}): Promise<Float32Array> {
  const batch = gpu.batch();
  const hidden = model.forward(batch, { tokens, sequences: 4, attention: denseAttention, ...input });
  const { loss } = model.loss(batch, hidden, targets.subarray(0, input.tokens?.length ?? 40));
  await batch.submit();
  expect(gpu.memory.bytes).toBeGreaterThanOrEqual(model.bytes);
  return loss.values();
}

function expectSame(a: Float32Array, b: Float32Array): void {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(2e-5);
}

describe.each([
  ['gpt2', gpt2],
  ['bert', bert],
] as const)('a made %s', (_, config) => {
  // Pieces of 64 and of 128 rows; 301 is a multiple of neither. The logits come in yet smaller parts.
  it.each([64, 128])('has the same losses with its vocabulary in pieces of %s rows', async (rows) => {
    const whole = await lossesOf(sourceOf(config));
    expect(new Set(whole).size).toBeGreaterThan(30);
    expectSame(await lossesOf({ ...sourceOf(config), pieceBytes: rows * config.width * 4 + 100 }), whole);
  });

  it('takes a head of its own where the file has one', async () => {
    const untied = { ...config, tiedHead: false };
    const head = /^(lm_head|cls\.predictions\.decoder)\.weight$/;
    const embedding = config.architecture === 'gpt2' ? 'wte.weight' : 'bert.embeddings.word_embeddings.weight';
    const tied = await lossesOf(sourceOf(config));
    const copied = (name: string, elements: number) => made(head.test(name) ? embedding : name, elements);
    expectSame(await lossesOf(sourceOf(untied, copied)), tied);
    const own = await lossesOf(sourceOf(untied));
    expect(own.filter((value, i) => Math.abs(value - tied[i]!) > 0.01).length).toBeGreaterThan(20);
  });

  it('gives rows that do not count no loss', async () => {
    const loss = await lossesOf(sourceOf(config));
    for (const [i, value] of loss.entries()) expect(value === 0).toBe(targets[i] === NOT_COUNTED);
  });

  it('computes each sequence as if it were alone, and shorter ones too', async () => {
    const together = await lossesOf(sourceOf(config));
    const alone = { tokens: tokens.subarray(0, 10), sequences: 1 };
    expectSame(await lossesOf(sourceOf(config), alone), together.subarray(0, 10));
    const short = await lossesOf(sourceOf(config), { tokens: tokens.subarray(0, 7), sequences: 1 });
    const agrees = short.every((value, i) => Math.abs(value - together[i]!) < 2e-5);
    // What a token sees ends with the window: only a causal model says the same of the first seven.
    expect(agrees).toBe(config.architecture === 'gpt2');
  });

  it('tells the attention what it is called for, layer by layer', async () => {
    const calls: AttentionCall[] = [];
    const spy: Attention = {
      name: 'spy',
      record(batch, call) {
        calls.push(call);
        denseAttention.record(batch, call);
      },
    };
    await lossesOf(sourceOf(config), { attention: spy, chips: 2, firstWindow: 5 });
    expect(calls.map(({ layer }) => layer)).toEqual([0, 1]);
    for (const { q, k, v, out, layer, ...rest } of calls) {
      const causal = config.architecture === 'gpt2';
      expect(rest).toEqual({ sequences: 4, chips: 2, firstWindow: 5, heads: 3, tokens: 10, headDim: 12, causal });
      for (const tensor of [q, k, v, out]) expect(tensor.shape).toEqual([4, 3, 10, 12]);
    }
  });

  it('shows each layer its operands before the next one reuses them', async () => {
    const first = await tapped({ ...config, layers: 1 }, 0);
    expect(await tapped(config, 0)).toEqual(first);
    expect(await tapped(config, 1)).not.toEqual(first);
  });

  it('gives everything back when a read fails, and passes the error on', async () => {
    const gpu = await nodeGpu();
    const before = gpu.memory.bytes;
    let reads = 0;
    const failing = (name: string, elements: number) => {
      if (++reads === 9) throw new Error('the ninth read');
      return made(name, elements);
    };
    await expect(loadModel(gpu, sourceOf(config, failing))).rejects.toThrow('the ninth read');
    expect(gpu.memory.bytes).toBe(before);
  });
});

/** The queries, keys and values of one layer. */
async function tapped(config: ModelConfig, wanted: number): Promise<readonly Float32Array[]> {
  const gpu = await nodeGpu();
  const model = await loadModel(gpu, sourceOf(config));
  const batch = gpu.batch();
  const kept = [0, 1, 2].map((i) => batch.temporary('f32', [4, 3, 10, 12], `kept ${i}`));
  const tap: ForwardInput['tap'] = (layer, ...operands) => {
    if (layer === wanted) for (const [i, operand] of operands.entries()) batch.copy(operand, kept[i]!);
  };
  model.forward(batch, { tokens, sequences: 4, attention: denseAttention, tap });
  const readings = kept.map((tensor) => batch.read<Float32Array>(tensor));
  await batch.submit();
  model.destroy();
  return readings.map((reading) => reading.values());
}

describe('wrong input', () => {
  const forward = async (input: Partial<ForwardInput>) => {
    const gpu = await nodeGpu();
    const model = await loadModel(gpu, sourceOf(gpt2));
    try {
      model.forward(gpu.batch(), { tokens, sequences: 4, attention: denseAttention, ...input });
    } finally {
      model.destroy();
    }
  };

  it.each([
    [{ sequences: 0 }, 'SEQUENCES', /0 sequences over 1 chips/],
    [{ chips: 3 }, 'SEQUENCES', /4 sequences over 3 chips/],
    [{ sequences: 3 }, 'TOKENS', /40 tokens in 3 sequences/],
    [{ sequences: 2 }, 'TOKENS', /from 1 to 10 tokens/],
    [{ tokens: new Uint32Array(0) }, 'TOKENS', /0 tokens in 4 sequences/],
    [{ tokens: tokens.with(23, 301) }, 'TOKEN_ID', /token 3 of sequence 2 is the id 301, and the model has 301/],
  ] as const)('%o is an error of its own', (input, code, message) => expectInputError(forward(input), code, message));

  it.each([
    [targets.subarray(1), /39 targets for 40 hidden states/],
    [targets.with(3, 301), /target 3 is the id 301, and the model has 301/],
  ])('targets that do not fit are an error', async (wrong, message) => {
    const gpu = await nodeGpu();
    const model = await loadModel(gpu, sourceOf(gpt2));
    const batch = gpu.batch();
    const hidden = model.forward(batch, { tokens, sequences: 4, attention: denseAttention });
    await expectInputError(() => model.loss(batch, hidden, wrong), 'TARGETS', message);
    await batch.submit();
    model.destroy();
  });

  it('widths that are no multiple of 4 are an error', async () => {
    const odd: Gpt2Config = { ...gpt2, heads: 2, headDim: 17, width: 34 };
    await expectInputError(loadModel(await nodeGpu(), sourceOf(odd)), 'MODEL_SIZES', /width is 34/);
  });

  it('a checkpoint of another configuration is an error', async () => {
    const other = { config: { ...gpt2, layers: 3 }, checkpoint: madeCheckpoint(gpt2, made) };
    await expectInputError(loadModel(await nodeGpu(), other), 'MODEL_LAYOUT', /h\.2\.ln_1\.weight/);
  });
});
