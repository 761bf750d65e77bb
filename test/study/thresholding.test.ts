import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ThresholdList } from '../../src/accelerator/thresholds.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { openFile } from '../../src/node/file-source.ts';
import { evaluate } from '../../src/study/evaluate.ts';
import type { AcceleratorChoice, AcceleratorRun, EvaluateInput, EvaluateResult } from '../../src/study/result.ts';
import { parseThresholds } from '../../src/study/thresholds-file.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const models = fileURLToPath(new URL('../models/', import.meta.url));
let gpu: Gpu;
let learned: ThresholdList;
beforeAll(async () => {
  gpu = await nodeGpu();
  const path = `${models}gpt2-bytes-pruned/thresholds.json`;
  learned = parseThresholds(await readFile(path, 'utf8'), path);
});

describe('a model trained with thresholds, all 16 windows, ideal devices', () => {
  it('loses and keeps under both machines what its reference does', async () => {
    const result = await run('gpt2-bytes-pruned', 16, [
      { accelerator: 'sprint', config: { thresholds: learned } },
      { accelerator: 'charge', config: { thresholds: learned, array: { combine: 'ideal' } } },
    ]);
    const reference = JSON.parse(await readFile(`${models}gpt2-bytes-pruned/reference.json`, 'utf8'))['text.txt'];
    expect(Math.abs(result.dense.loss - reference.denseLoss)).toBeLessThan(0.002);
    for (const one of result.runs) {
      expect(Math.abs(one.accuracy.loss - reference.prunedLoss), one.accelerator).toBeLessThan(0.003);
      expect(Math.abs(one.keptShare - reference.keptShare)).toBeLessThan(0.01);
      for (const [layer, share] of reference.keptSharePerLayer.entries())
        expect(Math.abs(layerShare(one, layer) - share), `layer ${layer}`).toBeLessThan(0.01);
      expect(one.keepRatio).toBeUndefined();
    }
    // The real masks' new vectors a query stand beside the published 2.1 % of the sequence.
    const [sprint] = result.runs;
    const fetched = sprint!.figures.find((figure) => figure.name === 'vectors fetched per query')!;
    expect(fetched.value).toBeGreaterThan(0);
    expect(result.published.some((figure) => figure.name.startsWith('sprint.'))).toBe(true);
    expect(result.published.some((figure) => figure.name.startsWith('charge.'))).toBe(true);
  }, 600_000);
});

describe('devices with errors', () => {
  it('spread loss and kept share over 16 chips', async () => {
    const choices: AcceleratorChoice[] = [
      { accelerator: 'sprint', config: { thresholds: learned, device: 'hfox-neurram' } },
      { accelerator: 'charge', config: { thresholds: learned, array: 'charge-65nm' } },
    ];
    const { runs } = await run('gpt2-bytes-pruned', 1, choices, 16);
    for (const { accuracy, accelerator, keptShares } of runs) {
      expect(new Set(accuracy.chips!.values).size, accelerator).toBe(16);
      expect(accuracy.chips!.standardDeviation).toBeGreaterThan(0);
      expect(accuracy.lossIncreasePercent).toBeLessThan(10);
      expect(keptShares!.values).toHaveLength(16);
      expect(keptShares!.standardDeviation).toBeGreaterThan(0);
      expect(keptShares!.mean).toBeGreaterThan(0.15);
    }
  }, 600_000);
});

describe('a model that was not trained with thresholds', () => {
  it('is ruined by calibrated ones, which keep the share asked for all the same', async () => {
    const { runs } = await run('gpt2-bytes', 1, [{ accelerator: 'sprint', config: { keepRatio: 0.25 } }]);
    expect(runs[0]!.keepRatio).toBe(0.25);
    expect(runs[0]!.accuracy.lossIncreasePercent).toBeGreaterThan(30);
    expect(Math.abs(runs[0]!.keptShare - 0.25)).toBeLessThan(0.1);
  }, 300_000);
});

describe('thresholds for another model', () => {
  it('are refused before any GPU work', async () => {
    const none = new Proxy({} as Gpu, {
      get: () => {
        throw new Error('the GPU was used');
      },
    });
    const wrong: AcceleratorChoice = { accelerator: 'charge', config: { thresholds: [1, 2, 3] } };
    const failure = { code: 'THRESHOLDS', kind: 'input', what: '3 thresholds for 4 layers' };
    await expect(evaluate(none, await input('gpt2-bytes-pruned', 1, [wrong], 1))).rejects.toMatchObject(failure);
  });
});

function layerShare(run: AcceleratorRun, layer: number): number {
  const { heads } = run.accuracy.perLayer[layer]!;
  return heads.reduce((sum, head) => sum + head.keptShare, 0) / heads.length;
}

async function run(
  model: string,
  windows: number,
  choices: readonly AcceleratorChoice[],
  chips = 1,
): Promise<EvaluateResult> {
  return evaluate(gpu, await input(model, windows, choices, chips));
}

async function input(
  model: string,
  windows: number,
  choices: readonly AcceleratorChoice[],
  chips: number,
): Promise<EvaluateInput> {
  const folder = `${models}${model}/`;
  const text = async (name: string) => ({ name, text: await readFile(`${models}${name}`, 'utf8') });
  return {
    model: {
      name: model,
      config: await openFile(`${folder}config.json`),
      weights: await openFile(`${folder}model.safetensors`),
      tokenizer: await openFile(`${folder}tokenizer.json`),
    },
    text: await text('text.txt'),
    calibration: await text('calibration.txt'),
    windows,
    seed: 1,
    runs: choices.map((choice) => ({ ...choice, label: choice.accelerator, chips })),
  };
}
