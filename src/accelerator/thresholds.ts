import { fail } from '../errors.ts';

/** Where thresholds come from: trained with the model, or set so that a target share is kept. */
export type ThresholdOrigin = 'learned' | 'calibrated';

/** Score thresholds of a model in units of q . k / sqrt(headDim): a key below its head's threshold is pruned. */
export interface Thresholds {
  readonly layers: number;
  readonly heads: number;
  /** `[layers, heads]`. */
  readonly values: Float32Array;
  readonly origin: ThresholdOrigin;
}

/** Thresholds as people write them: one per layer, or one per layer and head. */
export type ThresholdList = readonly number[] | readonly (readonly number[])[];

/**
 * Spreads thresholds over a model's layers and heads. Throws `THRESHOLDS` when a value is no finite number or a length does
 * not fit.
 */
export function thresholdTable(list: ThresholdList, layers: number, heads: number): Thresholds {
  checkThresholds(list);
  if (list.length !== layers) {
    throw fail('THRESHOLDS', `${list.length} thresholds for ${layers} layers`, 'give one entry per layer');
  }
  const values = new Float32Array(layers * heads);
  list.forEach((entry, layer) => {
    if (typeof entry !== 'number' && entry.length !== heads) {
      throw fail(
        'THRESHOLDS',
        `layer ${layer} has ${entry.length} thresholds for ${heads} heads`,
        'give one number per head, or one for the layer',
      );
    }
    for (let head = 0; head < heads; head++)
      values[layer * heads + head] = typeof entry === 'number' ? entry : entry[head]!;
  });
  return { layers, heads, values, origin: 'learned' };
}

/** Throws `THRESHOLDS` unless every entry is a finite number that float32 holds, or a list of such. */
export function checkThresholds(list: ThresholdList): void {
  if (!Array.isArray(list) || list.length === 0)
    throw fail('THRESHOLDS', 'the thresholds are no list of numbers', 'give one number per layer, or a list per layer');
  list.forEach((entry, layer) => {
    (Array.isArray(entry) ? entry : [entry]).forEach((value: unknown, head) => {
      if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return;
      const place = Array.isArray(entry) ? `[${layer}][${head}]` : `[${layer}]`;
      throw fail(
        'THRESHOLDS',
        `thresholds${place} is ${JSON.stringify(value) ?? String(value)}`,
        'give a finite number in units of q.k/sqrt(headDim)',
      );
    });
  });
}
