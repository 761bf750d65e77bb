import { z } from 'zod';
import { generators } from '../generator.ts';
import { butterflySchema } from './butterfly-schema.ts';
import { chargeSchema } from './charge-schema.ts';
import { oneOf, real, section, whole } from './config-leaf.ts';
import { crossbarSchema } from './crossbar-schema.ts';
import { cellSchema, wtaSchema } from './device-schema.ts';
import { sprintSchema } from './sprint-schema.ts';

const hardseaSchema = section('a simulated HARDSEA; where the paper is silent the defaults are a reconstruction', {
  subspaces: whole('sub-spaces M that a head is cut into', { low: 1, high: 256, default: 8 }).optional(),
  centroids: whole('centroids K* per sub-space', { low: 2, high: 256, default: 16 }).optional(),
  iterations: whole('rounds of k-means', { low: 0, high: 1000, default: 20 }).optional(),
  score: oneOf('how relevance follows from codes', ['symmetric', 'match', 'asymmetric'], 'symmetric').optional(),
  tableBits: whole('bits of a table entry; 0 keeps float32, 1 is not possible', {
    low: 0,
    high: 16,
    default: 8,
  }).optional(),
  keepRatio: real("share of a row's tokens that is kept", { low: 0, above: true, high: 1, default: 0.25 }).optional(),
  keep: whole('keys kept per row, in place of keepRatio', { low: 1, high: 2 ** 31 - 1 }).optional(),
  device: cellSchema.optional(),
  encoder: section('codes from analog similarity', {
    dacBits: whole('bits of the input converters; 0 drives the exact value, 1 is not possible', {
      low: 0,
      high: 16,
      default: 8,
    }).optional(),
    wta: wtaSchema.optional(),
  }).optional(),
  selector: section('choice of the keys', { wta: wtaSchema.optional() }).optional(),
  operandBits: z
    .union([z.literal(8), z.literal(32)], { error: 'use 8 (integers) or 32 (float32)' })
    .meta({ description: 'bits of q, k and v in the exact stage', default: 8 })
    .optional(),
  banks: whole('SRAM banks of the exact stage', { low: 1, high: 4096, default: 32 }).optional(),
  encoders: whole('copies of the encoder that work at the same time', { low: 1, high: 65536, default: 1 }).optional(),
  codebooks: z
    .string({ error: 'give the path of a safetensors file' })
    .min(1, { error: 'give the path of a safetensors file' })
    .meta({ description: 'trained codebooks, a safetensors file; command line only' })
    .optional(),
});

/** The one schema of `--config`. */
export const configSchema = section('configuration of cim-attention', {
  $schema: z.string({ error: 'give the address of a schema' }).optional(),
  seed: whole('seed of every random draw', { low: 0, high: 2 ** 32 - 1, default: 1 }).optional(),
  generator: oneOf(
    'what shaders draw random numbers with; philox is slower and agrees with Random123',
    generators,
    'pcg4d',
  ).optional(),
  chips: whole('simulated chips', { low: 1, high: 1024, default: 1 }).optional(),
  windows: whole('windows of the text to evaluate', { low: 1, high: 65536, default: 4 }).optional(),
  causal: z
    .boolean({ error: 'use true or false' })
    .meta({ description: 'attend only: a query sees no later key', default: false })
    .optional(),
  device: cellSchema.optional(),
  hardsea: hardseaSchema.optional(),
  sprint: sprintSchema.optional(),
  charge: chargeSchema.optional(),
  butterfly: butterflySchema.optional(),
  crossbar: crossbarSchema.optional(),
});

/** The checked content of a `--config` file. */
export type ConfigFile = z.output<typeof configSchema>;

/** The schema as JSON Schema (draft 2020-12), as `schema` prints it. */
export function configJsonSchema(): Record<string, unknown> {
  return { title: 'cim-attention configuration', ...z.toJSONSchema(configSchema, { target: 'draft-2020-12' }) };
}
