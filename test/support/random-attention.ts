import { recordExact } from '../../src/accelerator/exact-stage.ts';
import { Workspace } from '../../src/accelerator/workspace.ts';
import { wtaModel } from '../../src/device/time-domain.ts';
import type { Batch } from '../../src/gpu/batch.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planWtaSelect, scoreStride } from '../../src/kernel/wta-select.ts';
import type { Attention, AttentionCall } from '../../src/model/attention.ts';
import { normals } from './kernel-case.ts';

/** Keeps as many keys as asked, chosen by random scores: what an accelerator's accuracy must be far better than. */
export class RandomAttention implements Attention {
  readonly name = 'random';
  private readonly gpu: Gpu;
  private readonly work: Workspace;
  private readonly keepRatio: number;

  constructor(gpu: Gpu, keepRatio: number) {
    this.gpu = gpu;
    this.work = new Workspace(gpu);
    this.keepRatio = keepRatio;
  }

  record(batch: Batch, { layer, sequences, heads, tokens, headDim, causal, q, k, v, out }: AttentionCall): void {
    const headCount = sequences * heads;
    const stride = scoreStride(tokens);
    const scores = batch.temporary('f32', [headCount, tokens, stride], 'random scores');
    this.gpu.write(scores, normals(headCount * tokens * stride, 100 + layer));
    const selection = this.work.get('selection', 'u32', [headCount, tokens, selectionWords(tokens)]);
    const keep = Math.ceil(this.keepRatio * tokens);
    batch.run(
      planWtaSelect({
        headCount,
        heads: 1,
        windows: headCount,
        queries: tokens,
        keys: tokens,
        keep,
        causal,
        model: wtaModel('ideal'),
      }),
      {
        scores,
        ranges: this.work.get('ranges', 'f32', [2]),
        mismatch: this.work.get('mismatch', 'f32', [stride]),
        arrivals: this.work.get('arrivals', 'i32', [headCount, tokens, stride]),
        selection,
        stats: this.work.get('stats', 'f32', [headCount, tokens, 4]),
      },
    );
    recordExact(
      batch,
      this.work,
      { heads: headCount, queries: tokens, keys: tokens, dim: headDim, causal, operandBits: 32 },
      { q, k, v, out },
      selection,
    );
  }

  destroy(): void {
    this.work.destroy();
  }
}
