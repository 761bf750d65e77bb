import { flag, oneOf, real, section, whole } from './config-leaf.ts';
import { cellSchema, comparatorSchema } from './device-schema.ts';
import { thresholdFields } from './threshold-schema.ts';

/** The sprint section of `--config`. */
export const sprintSchema = section('a simulated SPRINT; where the paper is silent the defaults are a reconstruction', {
  ...thresholdFields,
  size: oneOf('16, 32 or 64 KB of buffer with 1, 2 or 4 CORELETs', ['S', 'M', 'L'], 'S').optional(),
  bufferKb: real('buffer for keys and values, in place of size', {
    low: 0,
    above: true,
    high: 2 ** 20,
    unit: 'KB',
  }).optional(),
  corelets: whole('CORELETs, in place of size', { low: 1, high: 4096 }).optional(),
  rows: whole('rows of an array; a longer key takes several columns', { low: 1, high: 65536, default: 64 }).optional(),
  device: cellSchema.optional(),
  comparator: comparatorSchema.optional(),
  recompute: flag('whether kept keys are scored again on chip; false trusts the arrays', true).optional(),
  countWrites: flag('whether storing q, k and v is part of the energy', true).optional(),
  eviction: oneOf('what a full buffer gives up', ['resident', 'lru'], 'resident').optional(),
  baselineEviction: oneOf('the same of the machine without pruning; default as eviction', [
    'resident',
    'lru',
  ]).optional(),
  banks: whole('memory banks; key j lies in bank j mod banks', { low: 1, high: 65536, default: 32 }).optional(),
  bankCycles: whole('cycles of a bank for one key with its value', { low: 0, high: 65535 }).optional(),
  thresholdCycles: whole('cycles from a query to its pruning vector', { low: 0, high: 65535 }).optional(),
  prefetch: flag('whether memory and CORELETs work at the same time', true).optional(),
  barrier: oneOf(
    'when CORELETs wait for each other: after every query, or at the end of a head',
    ['query', 'head'],
    'query',
  ).optional(),
  interleave: flag('whether key j belongs to CORELET j mod corelets', true).optional(),
});
