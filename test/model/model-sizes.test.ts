import { describe, expect, it } from 'vitest';
import { paddedBytes } from '../../src/gpu/tensor.ts';
import type { BertConfig, Gpt2Config, ModelConfig } from '../../src/model/config.ts';
import { loadModel } from '../../src/model/model.ts';
import { denseAttention } from '../support/dense-attention.ts';
import { madeCheckpoint } from '../support/made-checkpoint.ts';
import { paperGpu } from '../support/paper-gpu.ts';
import { expectInputError } from './safetensors-cases.ts';

const small = { layers: 12, heads: 12, width: 768, headDim: 64, innerWidth: 3072, tiedHead: true };
const gpt2Small: Gpt2Config = {
  architecture: 'gpt2',
  ...small,
  context: 1024,
  vocabulary: 50257,
  layerNormEpsilon: 1e-5,
  activation: 'gelu_new',
};
const bertBase: BertConfig = {
  architecture: 'bert',
  ...small,
  context: 512,
  vocabulary: 30522,
  typeVocabulary: 2,
  layerNormEpsilon: 1e-12,
  activation: 'gelu',
};

/** Loads and records a whole evaluation step on a device of paper, which checks every launch against its limits. */
async function record(config: ModelConfig, sequences: number, paper = paperGpu()) {
  const { gpu } = paper;
  const zeros = madeCheckpoint(config, (_, elements) => new Float32Array(elements));
  const model = await loadModel(gpu, { config, checkpoint: zeros });
  const batch = gpu.batch();
  const bound: number[] = [];
  const run = batch.run.bind(batch);
  batch.run = (launch, tensors) => {
    for (const tensor of Object.values(tensors)) bound.push(paddedBytes(tensor.length));
    return run(launch, tensors);
  };
  const tokens = new Uint32Array(sequences * config.context);
  const hidden = model.forward(batch, { tokens, sequences, attention: denseAttention });
  model.loss(batch, hidden, tokens);
  return { paper, model, largestBinding: Math.max(...bound), largestBuffer: Math.max(...paper.bufferBytes) };
}

describe.each([
  ['GPT-2 small', gpt2Small, 124_439_808],
  ['BERT base', bertBase, 109_514_298],
])('%s in its real sizes', (_, config, parameters) => {
  it('fits the limits that every device has', async () => {
    const { paper, model, largestBinding, largestBuffer } = await record(config, 1);
    expect(largestBinding).toBeLessThanOrEqual(128 * 2 ** 20);
    expect(largestBuffer).toBeLessThanOrEqual(256 * 2 ** 20);
    expect(paper.gpu.memory.peakBytes).toBeLessThan(2 ** 30);
    expect(model.bytes).toBeGreaterThanOrEqual(parameters * 4);
    expect(model.bytes).toBeLessThan(parameters * 4 + 1024);
  });

  it('fits a device with much smaller bindings', async () => {
    const paper = paperGpu({ maxStorageBufferBindingSize: 16 * 2 ** 20, maxBufferSize: 16 * 2 ** 20 });
    const { largestBinding } = await record(config, 1, paper);
    expect(largestBinding).toBeLessThanOrEqual(16 * 2 ** 20);
  });
});

const tiny: Gpt2Config = { ...gpt2Small, layers: 1, heads: 2, headDim: 8, width: 16, innerWidth: 60, vocabulary: 300 };

describe('the table of a vocabulary', () => {
  it.each([
    [64 * 64, [64, 64, 64, 64, 44]],
    [130 * 64, [128, 128, 44]],
    [1, [64, 64, 64, 64, 44]],
    [undefined, [300]],
  ])('with pieces of at most %s bytes has these rows: %o', async (pieceBytes, rows) => {
    const { gpu, bufferBytes } = paperGpu();
    const zeros = madeCheckpoint(tiny, (_, elements) => new Float32Array(elements));
    await loadModel(gpu, { config: tiny, checkpoint: zeros, ...(pieceBytes ? { pieceBytes } : {}) });
    // The position table, which is loaded next, has 1024 rows of 64 bytes.
    expect(bufferBytes.slice(0, rows.length + 1)).toEqual([...rows.map((count) => count * 64), 1024 * 64]);
  });
});

describe('sizes beyond a device', () => {
  it('are an error before anything runs', async () => {
    const paper = paperGpu({ maxStorageBufferBindingSize: 2 ** 19, maxBufferSize: 2 ** 20 });
    await record(tiny, 2, paper);
    await expectInputError(() => record(tiny, 3, paper), 'BINDING_TOO_LARGE', /linear-wide: 'y' needs 589824 bytes/);
    await expectInputError(() => record(tiny, 5, paper), 'BUFFER_TOO_LARGE', /inner state \[5120,60\]/);
  });

  it('give an error of the run when memory is short, and leave nothing allocated', async () => {
    const paper = paperGpu({}, 'not enough memory left');
    await expect(record(tiny, 1, paper)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY', kind: 'run' });
    expect(paper.gpu.memory.bytes).toBe(0);
  });
});
