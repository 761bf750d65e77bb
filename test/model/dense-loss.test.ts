import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/model/model.ts';
import { causalWindows, maskedWindows, maskIdOf, type TextWindow } from '../../src/model/windows.ts';
import { modelText, openCheckpoint } from '../support/checkpoints.ts';
import { denseAttention } from '../support/dense-attention.ts';
import { nodeGpu } from '../support/node-gpu.ts';

/** The agreed distance from the reference, in nats: float32 in another order of operations. */
const TOLERANCE = 0.002;
const GROUP = 4;

describe('the dense loss', () => {
  it('of gpt2-bytes is the reference in every window', async () => {
    const source = await openCheckpoint('gpt2-bytes');
    const { tokenizer, config } = source;
    const reference = JSON.parse(await modelText('gpt2-bytes/reference.json'))['text.txt'];
    const { windows } = causalWindows(tokenizer.encode(await modelText('text.txt')), config.context);
    await expectLosses(source, windows, reference.lossPerWindow, reference.loss);
  });

  it('of bert-bytes is the reference in every window, and so are its hits', async () => {
    const source = await openCheckpoint('bert-bytes');
    const { tokenizer, config } = source;
    const reference = JSON.parse(await modelText('bert-bytes/reference.json'))['text.txt'];
    const ids = tokenizer.encode(await modelText('text.txt'));
    const masked = { listed: reference.maskedPositions };
    const { windows } = maskedWindows(ids, config.context, maskIdOf(tokenizer), masked, reference.windows);
    const hits = await expectLosses(source, windows, reference.maskedLossPerWindow, reference.maskedLoss);
    const positions = reference.maskedPositions.flat().length;
    // One position whose two best logits are within rounding may fall either way.
    expect(Math.abs(hits - reference.maskedAccuracy * positions)).toBeLessThanOrEqual(1);
  });
});

/** Runs all windows in small groups, checks losses by window and on average, and returns the number of hits. */
async function expectLosses(
  source: Awaited<ReturnType<typeof openCheckpoint>>,
  windows: readonly TextWindow[],
  perWindow: readonly number[],
  mean: number,
): Promise<number> {
  const gpu = await nodeGpu();
  const model = await loadModel(gpu, source);
  await source.checkpoint.close();
  expect(windows.length).toBe(perWindow.length);
  const losses: number[] = [];
  let hits = 0;
  for (let first = 0; first < windows.length; first += GROUP) {
    const group = windows.slice(first, first + GROUP);
    const batch = gpu.batch('dense loss');
    const tokens = Uint32Array.from(group.flatMap((window) => [...window.tokens]));
    const targets = Uint32Array.from(group.flatMap((window) => [...window.targets]));
    const input = { tokens, sequences: group.length, firstWindow: first, attention: denseAttention };
    const { loss, hit } = model.loss(batch, model.forward(batch, input), targets);
    await batch.submit();
    for (const [i, window] of group.entries()) {
      const own = loss.values().subarray(i * model.context, (i + 1) * model.context);
      const counted = window.targets.filter((id) => id < model.config.vocabulary).length;
      losses.push(own.reduce((sum, value) => sum + value, 0) / counted);
    }
    hits += hit.values().reduce((sum, value) => sum + value, 0);
  }
  model.destroy();
  for (const [i, loss] of losses.entries()) expect(Math.abs(loss - perWindow[i]!)).toBeLessThan(TOLERANCE);
  expect(Math.abs(losses.reduce((a, b) => a + b) / losses.length - mean)).toBeLessThan(TOLERANCE);
  return hits;
}
