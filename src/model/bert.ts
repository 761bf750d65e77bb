import type { BertConfig } from './config.ts';
import type { Network } from './network.ts';
import { type Pass, recordAttention, recordEmbedding, recordLinear, recordNorm } from './pass.ts';
import type { LinearWeights, NormWeights, WeightLoader } from './weights.ts';

interface Block {
  readonly projection: LinearWeights;
  readonly output: LinearWeights;
  readonly norm1: NormWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
  readonly norm2: NormWeights;
}

/**
 * Loads BERT with its masked-token head: post-norm blocks. Every token has type 0, as in a text without a second part.
 * The three projections of a layer become one, so that its attention is recorded as GPT-2's is.
 */
export async function loadBert(loader: WeightLoader, config: BertConfig): Promise<Network> {
  const table = await loader.table('embeddings.word_embeddings.weight');
  const positions = await loader.whole('embeddings.position_embeddings.weight');
  const types = await loader.whole('embeddings.token_type_embeddings.weight');
  const embeddingNorm = await loader.norm('embeddings.LayerNorm');
  const blocks: Block[] = [];
  for (let i = 0; i < config.layers; i++) {
    const layer = `encoder.layer.${i}`;
    const parts = ['query', 'key', 'value'].map((part) => `${layer}.attention.self.${part}`);
    blocks.push({
      projection: await loader.linear(parts, 'out-in'),
      output: await loader.linear([`${layer}.attention.output.dense`], 'out-in'),
      norm1: await loader.norm(`${layer}.attention.output.LayerNorm`),
      up: await loader.linear([`${layer}.intermediate.dense`], 'out-in'),
      down: await loader.linear([`${layer}.output.dense`], 'out-in'),
      norm2: await loader.norm(`${layer}.output.LayerNorm`),
    });
  }
  const dense = await loader.linear(['cls.predictions.transform.dense'], 'out-in');
  const norm = await loader.norm('cls.predictions.transform.LayerNorm');
  const decoder = 'cls.predictions.decoder.weight';
  const tied = loader.shares(decoder, 'embeddings.word_embeddings.weight');
  const headTable = tied ? table : await loader.table(decoder);
  return {
    head: { transform: { dense, norm }, table: headTable, bias: await loader.whole('cls.predictions.bias') },
    forward(pass) {
      const { hidden, normed } = pass;
      recordEmbedding(pass, table, positions, types, normed);
      recordNorm(pass, embeddingNorm, normed, hidden);
      for (const [layer, block] of blocks.entries()) recordBlock(pass, layer, block);
      return hidden;
    },
  };
}

function recordBlock(pass: Pass, layer: number, block: Block): void {
  const { hidden, normed, inner } = pass;
  recordAttention(pass, layer, block.projection, hidden, normed);
  recordLinear(pass, block.output, normed, hidden, { accumulate: true });
  recordNorm(pass, block.norm1, hidden, normed);
  recordLinear(pass, block.up, normed, inner, { activation: pass.activation });
  recordLinear(pass, block.down, inner, normed, { accumulate: true });
  recordNorm(pass, block.norm2, normed, hidden);
}
