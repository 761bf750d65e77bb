import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ButterflyConfig } from '../../src/accelerator/butterfly-config.ts';
import type { SpanList } from '../../src/accelerator/spans.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { openFile } from '../../src/node/file-source.ts';
import { resolveConfig } from '../../src/study/config.ts';
import { evaluate } from '../../src/study/evaluate.ts';
import { planRuns } from '../../src/study/plan-runs.ts';
import type { EvaluateInput } from '../../src/study/result.ts';
import { parseSpans } from '../../src/study/spans-file.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const models = fileURLToPath(new URL('../models/', import.meta.url));
const windows = 3;

let gpu: Gpu;
let spans: SpanList;
beforeAll(async () => {
  gpu = await nodeGpu();
  spans = parseSpans(await readFile(`${models}gpt2-bytes-sparse/spans.json`, 'utf8'), 'spans.json', { causal: true });
});

describe('gpt2-bytes-sparse within the spans of its file', () => {
  it('loses what its reference does in float32, and what 8 bits cost stands beside it', async () => {
    const result = await evaluate(gpu, {
      ...(await input('gpt2-bytes-sparse', [
        { spans, operandBits: 32, linearBits: 32 },
        { spans, linearBits: 32 },
        { spans },
      ])),
    });
    const reference = JSON.parse(await readFile(`${models}gpt2-bytes-sparse/reference.json`, 'utf8'))['text.txt'];
    const mean = (values: readonly number[]) => values.slice(0, windows).reduce((a, b) => a + b, 0) / windows;
    expect(Math.abs(result.dense.loss - mean(reference.lossFullAttentionPerWindow))).toBeLessThan(0.002);
    const [plain, attention, all] = result.runs.map((run) => run.accuracy.loss) as [number, number, number];
    const [eightBitAttention, eightBitLinear] = [attention - plain, all - attention];
    expect(Math.abs(eightBitAttention)).toBeLessThan(0.003);
    expect(Math.abs(eightBitLinear)).toBeLessThan(0.02);
    console.log({ plain, attention, all });
    expect(Math.abs(plain - mean(reference.lossWithSpansPerWindow))).toBeLessThan(0.003);
  }, 300_000);
});

async function input(model: string, configs: readonly ButterflyConfig[], chips = 1): Promise<EvaluateInput> {
  const folder = `${models}${model}/`;
  return {
    model: {
      name: model,
      config: await openFile(`${folder}config.json`),
      weights: await openFile(`${folder}model.safetensors`),
      tokenizer: await openFile(`${folder}tokenizer.json`),
    },
    text: { name: 'text.txt', text: await readFile(`${models}text.txt`, 'utf8') },
    windows,
    seed: 1,
    runs: configs.map((config, i) => ({ accelerator: 'butterfly', config, label: `butterfly ${i}`, chips })),
  };
}
void resolveConfig;
void planRuns;
