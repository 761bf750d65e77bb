import { packOperand } from '../../src/accelerator/exact-stage.ts';
import { layerSpans, type SpanTable } from '../../src/accelerator/spans.ts';
import { Workspace } from '../../src/accelerator/workspace.ts';
import type { Batch, Reading } from '../../src/gpu/batch.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { planSpanAttend, spanCounters } from '../../src/kernel/span-attend.ts';
import type { Attention, AttentionCall } from '../../src/model/attention.ts';

/** What a call counted, for each of its sequences, heads and tokens. */
export interface SpanCall {
  readonly layer: number;
  readonly counts: Reading<Uint32Array>;
}

/** Float32 attention within spans, straight from its kernel, with its counters. */
export class SpanAttention implements Attention {
  readonly name = 'spans';
  readonly calls: SpanCall[] = [];
  private readonly gpu: Gpu;
  private readonly work: Workspace;
  private readonly table: SpanTable;

  constructor(gpu: Gpu, table: SpanTable) {
    this.gpu = gpu;
    this.work = new Workspace(gpu);
    this.table = table;
  }

  record(batch: Batch, call: AttentionCall): void {
    const { layer, sequences, tokens, headDim, causal } = call;
    const heads = sequences * call.heads;
    const spans = layerSpans(this.table, layer);
    const sizes = { heads, queries: tokens, keys: tokens, dim: headDim, causal, operandBits: 32 } as const;
    const scales = this.work.get('scales', 'f32', [3, heads]);
    const rows = (operand: 'q' | 'k' | 'v') => packOperand(batch, this.work, sizes, operand, call[operand], scales);
    const onDevice = batch.temporary('u32', [call.heads], 'spans');
    this.gpu.write(onDevice, spans);
    const counts = batch.temporary('u32', [heads, tokens, spanCounters.length], 'span counters');
    batch.run(planSpanAttend({ ...sizes, sequences, spans }), {
      q: rows('q'),
      k: rows('k'),
      v: rows('v'),
      spans: onDevice,
      out: call.out,
      counts,
    });
    this.calls.push({ layer, counts: batch.read<Uint32Array>(counts) });
  }

  destroy(): void {
    this.work.destroy();
  }
}
