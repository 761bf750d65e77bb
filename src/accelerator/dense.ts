import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Attention, AttentionCall } from '../model/attention.ts';
import { recordExact } from './exact-stage.ts';
import { Workspace } from './workspace.ts';

/** Dense attention: the yardstick, in float32 or with 8-bit operands. */
export class DenseAttention implements Attention {
  readonly name = 'dense';
  private readonly work: Workspace;
  private readonly operandBits: 8 | 32;

  constructor(gpu: Gpu, operandBits: 8 | 32 = 32) {
    this.work = new Workspace(gpu);
    this.operandBits = operandBits;
  }

  record(batch: Batch, { sequences, heads, tokens, headDim, causal, q, k, v, out }: AttentionCall): void {
    const problem = {
      heads: sequences * heads,
      queries: tokens,
      keys: tokens,
      dim: headDim,
      causal,
      operandBits: this.operandBits,
    };
    recordExact(batch, this.work, problem, { q, k, v, out });
  }

  /** Gives the scratch memory back. */
  destroy(): void {
    this.work.destroy();
  }
}
