import type { Gpt2Config } from './config.ts';
import type { Network } from './network.ts';
import { type Pass, recordAttention, recordEmbedding, recordLinear, recordNorm } from './pass.ts';
import type { LinearWeights, NormWeights, WeightLoader } from './weights.ts';

interface Block {
  readonly norm1: NormWeights;
  readonly projection: LinearWeights;
  readonly output: LinearWeights;
  readonly norm2: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/** Loads GPT-2: pre-norm blocks on a residual stream; its Conv1D layers store [in, out]. */
export async function loadGpt2(loader: WeightLoader, config: Gpt2Config): Promise<Network> {
  const table = await loader.table('wte.weight');
  const positions = await loader.whole('wpe.weight');
  const blocks: Block[] = [];
  for (let i = 0; i < config.layers; i++) {
    blocks.push({
      norm1: await loader.norm(`h.${i}.ln_1`),
      projection: await loader.linear([`h.${i}.attn.c_attn`], 'in-out'),
      output: await loader.linear([`h.${i}.attn.c_proj`], 'in-out'),
      norm2: await loader.norm(`h.${i}.ln_2`),
      up: await loader.linear([`h.${i}.mlp.c_fc`], 'in-out'),
      down: await loader.linear([`h.${i}.mlp.c_proj`], 'in-out'),
    });
  }
  const finalNorm = await loader.norm('ln_f');
  const head = loader.shares('lm_head.weight', 'wte.weight') ? table : await loader.table('lm_head.weight');
  return {
    head: { table: head },
    forward(pass) {
      const { hidden, normed } = pass;
      recordEmbedding(pass, table, positions, undefined, hidden);
      for (const [layer, block] of blocks.entries()) recordBlock(pass, layer, block);
      recordNorm(pass, finalNorm, hidden, normed);
      return normed;
    },
  };
}

function recordBlock(pass: Pass, layer: number, block: Block): void {
  const { hidden, normed, inner } = pass;
  recordNorm(pass, block.norm1, hidden, normed);
  recordAttention(pass, layer, block.projection, normed, normed);
  recordLinear(pass, block.output, normed, hidden, { accumulate: true });
  recordNorm(pass, block.norm2, hidden, normed);
  recordLinear(pass, block.up, normed, inner, { activation: pass.activation });
  recordLinear(pass, block.down, inner, hidden, { accumulate: true });
}
