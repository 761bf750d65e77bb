import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ButterflyConfig } from '../../src/accelerator/butterfly-config.ts';
import type { SpanList } from '../../src/accelerator/spans.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { bytesSource } from '../../src/model/byte-source.ts';
import { resolveConfig } from '../../src/study/config.ts';
import { evaluate } from '../../src/study/evaluate.ts';
import { planRuns } from '../../src/study/plan-runs.ts';
import type { AcceleratorName } from '../../src/study/plans/plan-accelerator.ts';
import type { EvaluateInput } from '../../src/study/result.ts';
import { parseSpans } from '../../src/study/spans-file.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const models = fileURLToPath(new URL('../models/', import.meta.url));
const windows = 2;

let gpu: Gpu;
let spans: SpanList;
beforeAll(async () => {
  gpu = await nodeGpu();
  spans = parseSpans(await readFile(`${models}gpt2-bytes-sparse/spans.json`, 'utf8'), 'spans.json', { causal: true });
});

describe('gpt2-bytes-sparse within the spans of its file', () => {
  it('loses what its reference does in float32, and what 8 bits cost stands beside it', async () => {
    const result = await evaluate(
      gpu,
      await input('gpt2-bytes-sparse', [
        { spans, operandBits: 32, linearBits: 32 },
        { spans, linearBits: 32 },
        { spans },
      ]),
    );
    const reference = JSON.parse(await readFile(`${models}gpt2-bytes-sparse/reference.json`, 'utf8'))['text.txt'];
    const mean = (values: readonly number[]) => values.slice(0, windows).reduce((a, b) => a + b, 0) / windows;
    expect(Math.abs(result.dense.loss - mean(reference.lossFullAttentionPerWindow))).toBeLessThan(0.002);
    const [plain, attention, all] = result.runs.map((run) => run.accuracy.loss) as [number, number, number];
    expect(Math.abs(plain - mean(reference.lossWithSpansPerWindow))).toBeLessThan(0.003);
    // 8 bits in attention, then in linear layers too: both cost, neither much.
    expect(attention).not.toBe(plain);
    expect(all).not.toBe(attention);
    expect(Math.abs(attention - plain)).toBeLessThan(0.003);
    expect(Math.abs(all - attention)).toBeLessThan(0.005);
    for (const run of result.runs) {
      for (const [layer, share] of (reference.keptSharePerLayer as readonly number[]).entries()) {
        const { heads } = run.accuracy.perLayer[layer]!;
        expect(heads.reduce((sum, head) => sum + head.keptShare, 0) / heads.length).toBeCloseTo(share, 12);
      }
      expect(run.keepRatio).toBeUndefined();
    }
    // Every linear layer of a block has full lanes: 4 of 16 weights, 3, 1, 4 and 4 squares of the width in 4 blocks.
    const hops = result.runs.map((run) => run.counts['skipper']!['hop']);
    expect(hops).toEqual([0, 0, (windows * 512 * 4 * 12 * 256 * 256 * 4) / 4]);
    expect(result.runs[2]!.figures.find(({ name }) => name === 'use of the lanes')!.value).toBeGreaterThan(0.99);
  }, 300_000);

  it('costs one chip what it costs each of two', async () => {
    const { runs } = await evaluate(gpu, {
      ...(await input('gpt2-bytes-sparse', [{ spans }, { spans }])),
      windows: 1,
      runs: [1, 2].map((chips) => ({ accelerator: 'butterfly', config: { spans }, label: `${chips} chips`, chips })),
    });
    expect(runs[1]!.counts).toEqual(runs[0]!.counts);
    expect(runs[1]!.accuracy.chips!.values).toEqual([runs[0]!.accuracy.loss, runs[0]!.accuracy.loss]);
    expect(runs[1]!.keptShares!.standardDeviation).toBe(0);
  }, 300_000);
});

describe('spans that do not fit a model', () => {
  const none = new Proxy({} as Gpu, {
    get: () => {
      throw new Error('the GPU was used');
    },
  });

  it.each<[ButterflyConfig, object]>([
    [{ spans: [1, 2, 3] }, { code: 'SPANS', what: '3 spans for 4 layers' }],
    [{ spans: [1, 2, 3, [4, 5]] as unknown as number[] }, { code: 'SPANS', what: 'layer 3 has 2 spans for 4 heads' }],
    [{ heads: 3 }, { code: 'BUTTERFLY_CONFIG', what: 'butterfly.heads is 3 where there are 4' }],
    [{ spans: [1, 2, 3, 0] }, { code: 'BUTTERFLY_CONFIG', what: 'butterfly.spans[3] is 0' }],
  ])('are refused before any GPU work: %j', async (config, failure) => {
    await expect(evaluate(none, await input('gpt2-bytes-sparse', [config]))).rejects.toMatchObject({
      ...failure,
      kind: 'input',
    });
  });
});

describe('weights that are not pruned', () => {
  it('are refused where balanced ones are asked for, by layer, output and inputs', async () => {
    const what = expect.stringContaining('h.0.attn.c_attn: output 0 keeps 16 weights of inputs 0 to 15');
    const wrong = await input('gpt2-bytes', [{ fork: 'balanced' }]);
    await expect(evaluate(gpu, wrong)).rejects.toMatchObject({ code: 'SPARSE_BLOCK', what });
  });
});

describe('planRuns', () => {
  const labels = (file: object, extras: object = {}) =>
    planRuns(resolveConfig(file), ['butterfly'], extras).map((run) => run.label);

  it('takes the chip alone, and on spans of a file also with linear layers in float32', () => {
    expect(labels({})).toEqual(['butterfly span 128 digital']);
    expect(labels({ butterfly: { spans: { share: 0.5 } } })).toEqual(['butterfly span 0.5 of the context digital']);
    expect(labels({}, { spans })).toEqual(['butterfly spans digital', 'butterfly spans, linear float32 digital']);
    expect(labels({ butterfly: { linearBits: 8 } }, { spans })).toEqual(['butterfly spans digital']);
  });

  it('prefers spans of the configuration to those of a file, and reads the path of one', () => {
    expect(labels({ butterfly: { spans: 7, linearBits: 8 } }, { spans })).toEqual(['butterfly span 7 digital']);
    const config = resolveConfig({ butterfly: { spans: 'mine.json' } });
    expect(config.files).toEqual({ 'butterfly.spans': 'mine.json' });
    expect(config.butterfly).toEqual({});
  });

  it('refuses keep ratios where no accelerator asked for takes them, and leaves spans alone where one does', () => {
    const plan = (...accelerators: AcceleratorName[]) =>
      planRuns(resolveConfig({}), accelerators, { keepRatios: [0.5] }).map((run) => run.label);
    expect(() => plan('butterfly')).toThrow(expect.objectContaining({ code: 'KEEP_RATIO', kind: 'input' }));
    expect(() => plan('dense', 'butterfly')).toThrow('keep ratios 0.5 for dense and butterfly');
    expect(plan('sprint', 'butterfly').at(-1)).toBe('butterfly span 128 digital');
  });
});

async function input(model: string, configs: readonly ButterflyConfig[], chips = 1): Promise<EvaluateInput> {
  const folder = `${models}${model}/`;
  return {
    model: {
      name: model,
      config: bytesSource('config.json', await readFile(`${folder}config.json`)),
      weights: bytesSource('model.safetensors', await readFile(`${folder}model.safetensors`)),
      tokenizer: bytesSource('tokenizer.json', await readFile(`${folder}tokenizer.json`)),
    },
    text: { name: 'text.txt', text: await readFile(`${models}text.txt`, 'utf8') },
    windows,
    seed: 1,
    runs: configs.map((config, i) => ({ accelerator: 'butterfly', config, label: `butterfly ${i}`, chips })),
  };
}
