import { z } from 'zod';
import { oneOf, real } from './config-leaf.ts';

const error = 'give the path of a thresholds file, a list of numbers per layer, or a list of lists per layer and head';
const score = z.number({ error });

/** What the thresholding accelerators have in common. */
export const thresholdFields = {
  thresholds: z
    .union([z.string().min(1), z.array(score).min(1), z.array(z.array(score).min(1)).min(1)], { error })
    .meta({
      description:
        'score thresholds in units of q.k/sqrt(headDim): a JSON file (command line only), one per layer, or one per layer and head',
    })
    .optional(),
  keepRatio: real('share of the visible pairs that calibrated thresholds keep, in place of given ones', {
    low: 0,
    above: true,
    high: 1,
  }).optional(),
  granularity: oneOf('calibrated thresholds: one per layer, or one per head', ['layer', 'head']).optional(),
  margin: real('taken off every threshold, in units of scores', { low: 0, default: 0 }).optional(),
};
