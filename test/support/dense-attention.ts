import { attendLayout } from '../../src/kernel/attend-problem.ts';
import { planDenseAttend } from '../../src/kernel/dense-attend.ts';
import { planPadRows } from '../../src/kernel/quantize-rows.ts';
import type { Attention } from '../../src/model/attention.ts';

/** Exact float32 attention, straight from its kernel: what the models' own losses are measured with. */
export const denseAttention: Attention = {
  name: 'dense',
  record(batch, { sequences, heads, tokens, headDim, causal, q, k, v, out }) {
    const sizes = { heads: sequences * heads, queries: tokens, keys: tokens, dim: headDim, causal };
    const problem = { ...sizes, operandBits: 32 } as const;
    const { rowElements } = attendLayout(problem);
    const rows = sizes.heads * tokens;
    const padded = [q, k, v].map((x) => {
      if (rowElements === headDim) return x;
      const y = batch.temporary('f32', [rows, rowElements], `padded ${x.label}`);
      batch.run(planPadRows({ rows, from: headDim, to: rowElements }), { x, y });
      return y;
    });
    batch.run(planDenseAttend(problem), { q: padded[0]!, k: padded[1]!, v: padded[2]!, out });
  },
};
