import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HardseaConfig } from '../../src/accelerator/hardsea-config.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { auditFigures, auditTechnology } from '../../src/ledger/audit.ts';
import { hardseaTechnology } from '../../src/ledger/technology/hardsea.ts';
import { openFile } from '../../src/node/file-source.ts';
import { evaluate } from '../../src/study/evaluate.ts';
import { runLoss } from '../../src/study/loss-run.ts';
import type { EvaluateInput, EvaluateResult } from '../../src/study/result.ts';
import { loadTextModel } from '../../src/study/text-model.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { RandomAttention } from '../support/random-attention.ts';

const models = fileURLToPath(new URL('../models/', import.meta.url));
let gpu: Gpu;
beforeAll(async () => {
  gpu = await nodeGpu();
});

describe('hardsea on gpt2-bytes, all 16 windows', () => {
  it('costs at most 1.0 % of loss at a keep ratio of 0.12 and 0.3 % at 0.33 with ideal devices', async () => {
    const result = await run('gpt2-bytes', 16, [{ keepRatio: 0.12 }, { keepRatio: 0.33 }]);
    const reference = JSON.parse(await readFile(`${models}gpt2-bytes/reference.json`, 'utf8'))['text.txt'];
    expect(Math.abs(result.dense.loss - reference.loss)).toBeLessThan(0.002);
    const [few, many] = result.runs;
    expect(few!.accuracy.lossIncreasePercent).toBeLessThan(1.0);
    expect(many!.accuracy.lossIncreasePercent).toBeLessThan(0.3);
    // k = 62 of 512 keys a row, all of them while a row sees fewer: 22.7 % of the visible pairs.
    expect(few!.keptShare).toBeCloseTo((62 * 450 + (62 * 63) / 2) / ((512 * 513) / 2), 6);
    expect(few!.accuracy.softmaxMass).toBeGreaterThan(0.9);
    expect(many!.accuracy.recall).toBeGreaterThan(few!.accuracy.recall);
    for (const one of result.runs) {
      expect(auditFigures(one.figures, technology())).toEqual([]);
      expect(one.figures.every((figure) => figure.standing === 'predicted')).toBe(true);
    }
    expect(auditTechnology(technology())).toEqual([]);
  }, 400_000);

  it('is told from random selection, which doubles the loss', async () => {
    const text = await loadTextModel(gpu, await files('gpt2-bytes'));
    const { windows } = text.windows({ name: 'text.txt', text: await readFile(`${models}text.txt`, 'utf8') }, 1, 1);
    const attention = new RandomAttention(gpu, 0.12);
    const { losses } = await runLoss(gpu, text, { windows, attention });
    attention.destroy();
    text.model.destroy();
    expect(losses[0]![0]! / 1.5729).toBeGreaterThan(2);
  });
});

describe('hardsea with real devices', () => {
  it('reports loss over 16 chips as mean and spread', async () => {
    const result = await run('gpt2-bytes', 1, [{ keepRatio: 0.25, device: 'hfox-milo' }], 16);
    const { accuracy } = result.runs[0]!;
    expect(accuracy.chips!.values).toHaveLength(16);
    expect(accuracy.chips!.standardDeviation).toBeGreaterThan(0);
    expect(new Set(accuracy.chips!.values).size).toBe(16);
    expect(accuracy.loss).toBeGreaterThan(accuracy.denseLoss);
    expect(accuracy.lossIncreasePercent).toBeLessThan(25);
  }, 400_000);
});

describe('hardsea on bert-bytes', () => {
  it('selects among all tokens of a bidirectional model', async () => {
    const result = await run('bert-bytes', 4, [{ keepRatio: 0.33 }]);
    const [one] = result.runs;
    expect(one!.keptShare).toBeCloseTo(Math.ceil(0.33 * 256) / 256, 6);
    expect(one!.accuracy.lossIncreasePercent).toBeLessThan(5);
    expect(result.model).toMatchObject({ architecture: 'bert', context: 256 });
  }, 400_000);
});

describe('evaluate refuses', () => {
  it('to fit codebooks on the evaluated text', async () => {
    const text = { name: 'text.txt', text: await readFile(`${models}text.txt`, 'utf8') };
    const input: EvaluateInput = {
      model: await files('gpt2-bytes'),
      text,
      calibration: text,
      windows: 1,
      seed: 1,
      runs: [request({})],
    };
    await expect(evaluate(gpu, input)).rejects.toMatchObject({ code: 'CALIBRATION_IS_TEXT', kind: 'input' });
  });
});

describe('a text that is too short', () => {
  it('is named, also when it is the calibration', async () => {
    const text = { name: 'text.txt', text: await readFile(`${models}text.txt`, 'utf8') };
    const calibration = { name: 'tiny.txt', text: 'hi' };
    const model = await files('gpt2-bytes');
    const input: EvaluateInput = { model, text, calibration, windows: 1, seed: 1, runs: [request({})] };
    const failure = { code: 'TEXT_SHORT', what: expect.stringContaining('tiny.txt') };
    await expect(evaluate(gpu, input)).rejects.toMatchObject(failure);
  });
});

async function run(
  model: string,
  windows: number,
  configs: readonly HardseaConfig[],
  chips = 1,
): Promise<EvaluateResult> {
  const read = async (name: string) => ({ name, text: await readFile(`${models}${name}`, 'utf8') });
  return evaluate(gpu, {
    model: await files(model),
    text: await read('text.txt'),
    calibration: await read('calibration.txt'),
    windows,
    seed: 1,
    runs: configs.map((config) => ({ ...request(config), chips })),
  });
}

function request(config: HardseaConfig) {
  return { accelerator: 'hardsea' as const, label: JSON.stringify(config), config, chips: 1 };
}

async function files(name: string) {
  const folder = `${models}${name}/`;
  return {
    name,
    config: await openFile(`${folder}config.json`),
    weights: await openFile(`${folder}model.safetensors`),
    tokenizer: await openFile(`${folder}tokenizer.json`),
  };
}

function technology() {
  return hardseaTechnology({
    arrays: 1,
    rows: 1,
    columns: 1,
    wtaSelectColumns: 1,
    sramBits: 1,
    macLanes: 1,
    softmaxUnits: 1,
    dacs: 1,
  });
}
