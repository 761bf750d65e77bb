import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpanTable, spanTable } from '../../src/accelerator/spans.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { spanCounters } from '../../src/kernel/span-attend.ts';
import { openFile } from '../../src/node/file-source.ts';
import { spanCounts } from '../../src/reference/span-counts.ts';
import { runLoss } from '../../src/study/loss-run.ts';
import { parseSpans } from '../../src/study/spans-file.ts';
import { loadTextModel, type TextModel } from '../../src/study/text-model.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { SpanAttention } from '../support/span-attention.ts';

const models = fileURLToPath(new URL('../models/', import.meta.url));
const folder = `${models}gpt2-bytes-sparse/`;
/** Every window is compared by itself, which says more than the mean of many. */
const windowCount = 2;

let gpu: Gpu;
let text: TextModel;
let reference: Readonly<
  Record<'lossWithSpansPerWindow' | 'lossFullAttentionPerWindow' | 'keptSharePerLayer', number[]>
>;

beforeAll(async () => {
  gpu = await nodeGpu();
  const names = ['config.json', 'tokenizer.json', 'model.safetensors'];
  const [config, tokenizer, weights] = await Promise.all(names.map((name) => openFile(`${folder}${name}`)));
  text = await loadTextModel(gpu, {
    name: 'gpt2-bytes-sparse',
    config: config!,
    tokenizer: tokenizer!,
    weights: weights!,
  });
  for (const file of [config!, tokenizer!, weights!]) await file.close();
  reference = JSON.parse(await readFile(`${folder}reference.json`, 'utf8'))['text.txt'];
});
afterAll(() => text.model.destroy());

describe('gpt2-bytes-sparse', () => {
  it('loses what its reference says within the spans of its file, and sees the share of pairs it says', async () => {
    const list = parseSpans(await readFile(`${folder}spans.json`, 'utf8'), 'spans.json', text);
    const table = spanTable(list, text.facts);
    const { losses, attention } = await run(table);
    for (const [i, loss] of losses.entries())
      expect(Math.abs(loss - reference.lossWithSpansPerWindow[i]!)).toBeLessThan(0.003);

    const { heads, context } = text.facts;
    const visible = heads * spanCounts({ ...square(context), span: context }).pairs;
    for (const { layer, counts } of attention.calls) {
      const values = counts.values();
      const total = (c: number) =>
        values.reduce((sum, count, i) => (i % spanCounters.length === c ? sum + count : sum), 0);
      const wanted = Array.from(table.values.subarray(layer * heads, (layer + 1) * heads), (span) =>
        spanCounts({ ...square(context), span }),
      );
      for (const [c, name] of spanCounters.entries())
        expect(total(c)).toBe(windowCount * wanted.reduce((sum, counted) => sum + counted[name], 0));
      expect(total(0) / (windowCount * visible)).toBeCloseTo(reference.keptSharePerLayer[layer]!, 12);
    }
    expect(attention.calls.map(({ layer }) => layer)).toEqual([0, 1, 2, 3]);
  });

  it('loses what its reference says when every span takes in the whole context', async () => {
    const { losses } = await run(spanTable({ share: 1 }, text.facts));
    for (const [i, loss] of losses.entries())
      expect(Math.abs(loss - reference.lossFullAttentionPerWindow[i]!)).toBeLessThan(0.002);
  });
});

const square = (tokens: number) => ({ queries: tokens, keys: tokens, causal: true, tileQueries: tokens });

async function run(table: SpanTable) {
  const { windows } = text.windows(
    { name: 'text.txt', text: await readFile(`${models}text.txt`, 'utf8') },
    windowCount,
    1,
  );
  expect(windows).toHaveLength(windowCount);
  const attention = new SpanAttention(gpu, table);
  const { losses } = await runLoss(gpu, text, { windows, attention });
  attention.destroy();
  return { losses: losses[0]!, attention };
}
