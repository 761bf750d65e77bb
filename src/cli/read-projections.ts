import type { ButterflyConfig } from '../accelerator/butterfly-config.ts';
import { fail } from '../errors.ts';
import { sameShape } from '../model/safetensors.ts';
import { quote } from '../quote.ts';
import type { ButterflyAttendInput } from '../study/attend-butterfly.ts';
import { checkRank, readTensors } from './read-tensors.ts';

/** What a file of inputs and projections brings, with the sizes of the attention that follows. */
export interface ProjectionFile {
  readonly input: Omit<ButterflyAttendInput, 'causal' | 'chips' | 'seed'>;
  readonly sizes: Readonly<Record<'batch' | 'heads' | 'queries' | 'keys' | 'dim', number>>;
  /** `[batch, heads, tokens, dim]`. */
  readonly outShape: readonly number[];
}

/**
 * Reads `x` `[batch, tokens, model]` with `wq`, `wk` and `wv` `[model, heads * dim]`; the configuration says how many heads.
 * Throws `TENSOR_SHAPE`, `BUTTERFLY_HEADS`, and what reading throws.
 */
export async function readProjections(path: string, config: ButterflyConfig): Promise<ProjectionFile> {
  const { heads } = config;
  if (heads === undefined)
    throw fail(
      'BUTTERFLY_HEADS',
      'butterfly.heads is missing',
      'say in --config into how many heads the projections are split, such as {"butterfly": {"heads": 4}}',
    );
  const { x, wq, wk, wv } = await readTensors(path, ['x', 'wq', 'wk', 'wv']);
  checkRank(path, 'x', x, [3], 'the shape [batch, tokens, model]');
  for (const [name, tensor] of Object.entries({ wq, wk, wv }))
    checkRank(path, name, tensor, [2], 'the shape [model, heads*dim]');
  const [batch, tokens, model] = x.shape as [number, number, number];
  const columns = wq.shape[1]!;
  const shapes = `${quote(path)} has x [${x.shape}], wq [${wq.shape}], wk [${wk.shape}] and wv [${wv.shape}]`;
  if (!sameShape(wq.shape, wk.shape) || !sameShape(wq.shape, wv.shape))
    throw fail('TENSOR_SHAPE', shapes, 'give wq, wk and wv the same shape');
  if (wq.shape[0] !== model) throw fail('TENSOR_SHAPE', shapes, `give projections of the ${model} inputs that x has`);
  if (columns % heads !== 0)
    throw fail('BUTTERFLY_HEADS', `${shapes}, and butterfly.heads is ${heads}`, 'give heads that divide the columns');
  const dim = columns / heads;
  return {
    input: {
      x: x.data,
      wq: wq.data,
      wk: wk.data,
      wv: wv.data,
      batch,
      tokens,
      model,
      columns,
      config: { ...config, heads },
    },
    sizes: { batch, heads, queries: tokens, keys: tokens, dim },
    outShape: [batch, heads, tokens, dim],
  };
}
