import { z } from 'zod';
import { flag, oneOf, real, section, whole } from './config-leaf.ts';

const positive = { low: 0, above: true };

const bits = (description: string) =>
  z
    .union([z.literal(8), z.literal(32)], { error: 'use 8 (integers) or 32 (float32)' })
    .meta({ description, default: 8 })
    .optional();

const spansError =
  'give the path of a spans file, a whole number of tokens, one per layer, one per layer and head, or {"share": part of the context}';
const span = z.int({ error: spansError }).gte(1, { error: spansError });
const pruneError = 'use "balanced", or the share of weights to keep, above 0, at most 1';

/** The butterfly section of `--config`. */
export const butterflySchema = section(
  'a simulated sparse Transformer chip with butterfly zero skipper; where the paper is silent the defaults are a reconstruction',
  {
    block: whole('inputs of a butterfly, a power of two', { low: 2, high: 64, default: 16 }).optional(),
    lanes: whole('operands that leave it, a power of two', { low: 1, high: 64, default: 4 }).optional(),
    fork: oneOf(
      'pattern of the kept weights; auto: each layer as balanced if it is, else as irregular',
      ['auto', 'balanced', 'irregular'],
      'auto',
    ).optional(),
    packing: whole('irregular layers: blocks that fill the lanes together', {
      low: 1,
      high: 4096,
      default: 1,
    }).optional(),
    metadata: oneOf(
      'how the settings of the butterflies are stored',
      ['bitmap', 'index', 'switch'],
      'bitmap',
    ).optional(),
    macros: whole('digital macros', { low: 1, high: 65536, default: 16 }).optional(),
    macroColumns: whole('columns of a macro, in lockstep', { low: 1, high: 65536, default: 32 }).optional(),
    treeInputs: whole('products that a column adds, a power of two', { low: 2, high: 4096, default: 64 }).optional(),
    capacityKb: whole('memory of all macros', { low: 1, high: 2 ** 24, unit: 'KB', default: 144 }).optional(),
    bufferKb: whole('buffer', { low: 1, high: 2 ** 24, unit: 'KB', default: 32 }).optional(),
    softmaxUnits: whole('softmax units', { low: 1, high: 65536, default: 16 }).optional(),
    spans: z
      .union(
        [
          z.string().min(1, { error: spansError }),
          span,
          z.array(span).min(1),
          z.array(z.array(span).min(1)).min(1),
          z.strictObject({
            share: z.number({ error: spansError }).gt(0, { error: spansError }).lte(1, { error: spansError }),
          }),
        ],
        { error: spansError },
      )
      .meta({
        description:
          'keys that a query sees, its own included, to each side that it may look: a JSON file (command line only), one for all, one per layer, one per layer and head, or a share of the context',
        default: 128,
      })
      .optional(),
    operandBits: bits('bits of q, k and v in attention'),
    linearBits: bits('bits of inputs and weights of linear layers; 32 leaves them to another machine'),
    prune: z
      .union([z.literal('balanced'), z.number().gt(0).lte(1)], { error: pruneError })
      .meta({ description: 'magnitude pruning before the run, to lanes of block or to a share of kept weights' })
      .optional(),
    heads: whole('attend only: heads that the projections are split into', { low: 1, high: 65536 }).optional(),
    skipper: flag('whether zeros of the weights are skipped', true).optional(),
    spanReuse: flag('whether keys stay in the macros while a query sees them', true).optional(),
    qkSharing: flag('whether the projection of the queries is that of the keys too', false).optional(),
    tileQueries: whole('queries that work on one load of weights or keys', {
      low: 1,
      high: 2 ** 24,
      default: 64,
    }).optional(),
    supplyV: real('supply', { ...positive, unit: 'V', default: 0.9 }).optional(),
    toggle: real('share of the nodes that switch in a cycle', { low: 0, high: 1, default: 0.5 }).optional(),
    clockMhz: real('clock', { ...positive, unit: 'MHz', default: 400 }).optional(),
    headline: section('the point at which the headline efficiency is computed', {
      sparsity: real('share of zero weights', { low: 0, high: 1, default: 0.75 }).optional(),
      supplyV: real('supply', { ...positive, unit: 'V', default: 0.65 }).optional(),
      toggle: real('share of the nodes that switch in a cycle', { low: 0, high: 1, default: 1 }).optional(),
    }).optional(),
  },
);
