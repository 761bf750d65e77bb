import { type Codebooks, codebookSizes, type ProductTable } from './codebook.ts';
import type { ResolvedHardsea } from './hardsea-config.ts';

/** What is programmed into the encoder's arrays, and how their currents follow from it. */
export interface EncoderArrays {
  /** Every array beside the next, `[subDim + biasRows, arrays * padded]`, each scaled to weights of -1 to 1. */
  readonly weights: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly biasRows: number;
  /** `[arrays, 4]`: 1 / input range, uA per weight unit, uA at 0, unused. */
  readonly ranges: Float32Array;
}

/**
 * Lays the codebooks out as ReRAM arrays: `subDim` rows of centroids and as many rows of -|c|^2 / 2, driven at full scale, as
 * the largest of them needs to stay within a cell's range. The middle of each array's biases is taken out: it adds the
 * same to every column, so that no winner changes.
 */
export function encoderArrays(books: Codebooks, config: Pick<ResolvedHardsea, 'encoder'>): EncoderArrays {
  const { subDim, padded, arrays, bookElements } = codebookSizes(books);
  const columns = arrays * padded;
  const plans = Array.from({ length: arrays }, (_, array) => {
    const book = books.values.subarray(array * bookElements, (array + 1) * bookElements);
    const bias = Array.from({ length: books.centroids }, (__, c) => {
      let square = 0;
      for (let r = 0; r < subDim; r++) square += book[r * padded + c]! ** 2;
      return -square / 2;
    });
    const middle = (Math.min(...bias) + Math.max(...bias)) / 2;
    const weightMax = book.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const unit = books.inputRange[array]! * weightMax;
    return { book, bias: bias.map((b) => (b - middle) / unit), middle, weightMax, unit };
  });
  const biasRows = Math.max(1, Math.ceil(Math.max(...plans.flatMap((plan) => plan.bias.map(Math.abs))) - 1e-9));
  const rows = subDim + biasRows;
  const weights = new Float32Array(rows * columns);
  const ranges = new Float32Array(4 * arrays);
  const { currentMinUa, currentMaxUa } = config.encoder.wta;
  plans.forEach(({ book, bias, middle, weightMax, unit }, array) => {
    for (let c = 0; c < books.centroids; c++) {
      for (let r = 0; r < subDim; r++) weights[r * columns + array * padded + c] = book[r * padded + c]! / weightMax;
      for (let r = 0; r < biasRows; r++) weights[(subDim + r) * columns + array * padded + c] = bias[c]! / biasRows;
    }
    const [low, high] = [books.similarityRange[2 * array]!, books.similarityRange[2 * array + 1]!];
    const perUnit = (currentMaxUa - currentMinUa) / (high - low);
    ranges.set([1 / books.inputRange[array]!, perUnit * unit, currentMinUa + perUnit * (middle - low), 0], 4 * array);
  });
  return { weights, rows, columns, biasRows, ranges };
}

/** Currents of the selecting columns, `[layers, heads, 2]`: uA at relevance 0 and per unit of relevance as the table counts it. */
export function selectorRanges(
  books: Codebooks,
  config: Pick<ResolvedHardsea, 'score' | 'selector'>,
  table: ProductTable | undefined,
): Float32Array {
  const { currentMinUa, currentMaxUa } = config.selector.wta;
  const ranges = new Float32Array(2 * books.layers * books.heads);
  for (let head = 0; head < books.layers * books.heads; head++) {
    const scale = table?.scale[head] ?? 1;
    const [low, high] =
      config.score === 'match'
        ? [0, books.subspaces]
        : [books.relevanceRange[2 * head]! * scale, books.relevanceRange[2 * head + 1]! * scale];
    const perUnit = (currentMaxUa - currentMinUa) / (high - low);
    ranges.set([currentMinUa - perUnit * low, perUnit], 2 * head);
  }
  return ranges;
}
