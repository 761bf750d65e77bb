import { fail } from '../errors.ts';

/** Spans of a model's heads: how many tokens, the current one included, a query sees to each side that it may look. */
export interface SpanTable {
  readonly layers: number;
  readonly heads: number;
  /** `[layers, heads]`, each at least 1; one that is longer than the tokens sees all of them. */
  readonly values: Uint32Array;
}

/** Spans as people write them: one for all heads, one per layer, one per layer and head, or a share of the context for all. */
export type SpanList = number | readonly number[] | readonly (readonly number[])[] | { readonly share: number };

/**
 * Spreads spans over a model's layers and heads; a share of the `context` is rounded up to whole tokens. Throws `SPANS` when a
 * value is no whole number from 1, a share is not above 0 and at most 1, or a length does not fit.
 */
export function spanTable(
  list: SpanList,
  { layers, heads, context }: { readonly layers: number; readonly heads: number; readonly context: number },
): SpanTable {
  checkSpans(list);
  const values = new Uint32Array(layers * heads);
  if (isLayers(list)) {
    if (list.length !== layers)
      throw fail(
        'SPANS',
        `${list.length} spans for ${layers} layers`,
        'give one entry per layer, or one number for all',
      );
    list.forEach((entry, layer) => {
      if (typeof entry !== 'number' && entry.length !== heads)
        throw fail(
          'SPANS',
          `layer ${layer} has ${entry.length} spans for ${heads} heads`,
          'give one number per head, or one for the layer',
        );
      for (let head = 0; head < heads; head++)
        values[layer * heads + head] = typeof entry === 'number' ? entry : entry[head]!;
    });
  } else values.fill(typeof list === 'number' ? list : Math.ceil(list.share * context));
  return { layers, heads, values };
}

/** The spans of one layer's heads. */
export function layerSpans({ heads, values }: SpanTable, layer: number): Uint32Array {
  return values.subarray(layer * heads, (layer + 1) * heads);
}

/** Throws `SPANS` unless every entry is a whole number of tokens from 1 or a list of such, or the share is above 0 and at most 1. */
export function checkSpans(list: SpanList): void {
  if (isLayers(list)) {
    if (list.length === 0) throw fail('SPANS', 'the list of spans is empty', 'give one entry per layer');
    list.forEach((entry, layer) => {
      if (!Array.isArray(entry)) checkSpan(entry, `[${layer}]`);
      else for (const [head, value] of entry.entries()) checkSpan(value, `[${layer}][${head}]`);
    });
  } else if (typeof list === 'object' && list !== null && Object.keys(list).join() === 'share') {
    if (typeof list.share === 'number' && list.share > 0 && list.share <= 1) return;
    throw fail(
      'SPANS',
      `the share of the context is ${JSON.stringify(list.share)}`,
      'give a number above 0, at most 1',
    );
  } else checkSpan(list, '');
}

function isLayers(list: SpanList): list is readonly number[] | readonly (readonly number[])[] {
  return Array.isArray(list);
}

function checkSpan(value: unknown, place: string): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 32) return;
  throw fail('SPANS', `span${place} is ${JSON.stringify(value)}`, 'give a whole number of tokens from 1');
}
