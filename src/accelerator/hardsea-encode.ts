import type { Batch } from '../gpu/batch.ts';
import { type Tensor, view } from '../gpu/tensor.ts';
import { codeWords, planPqEncode } from '../kernel/pq-encode.ts';
import { type Codebooks, codebookSizes } from './codebook.ts';
import type { EncoderArrays } from './hardsea-array.ts';
import type { ResolvedHardsea } from './hardsea-config.ts';
import type { HeadPart } from './parts.ts';
import type { ProgrammedCells } from './programmed-cells.ts';
import type { Workspace } from './workspace.ts';

/** The codebook arrays of a population of chips, programmed. */
export interface Encoder {
  readonly config: ResolvedHardsea;
  readonly codebooks: Codebooks;
  readonly arrays: EncoderArrays;
  readonly chips: number;
  readonly firstChip: number;
  readonly seed: number;
  readonly cells: ProgrammedCells;
  readonly ranges: Tensor;
  readonly mismatch: Tensor;
}

/** Codes of one side's tokens, `[heads, tokens, words]`, and what finding them took. */
export interface Codes {
  readonly codes: Tensor;
  readonly stats: Tensor;
}

/** Records encoding the queries or the keys of a part. */
export function recordCodes(
  batch: Batch,
  work: Workspace,
  encoder: Encoder,
  { call, firstHead, chip }: HeadPart,
  x: Tensor,
  tokens: number,
  side: 'q' | 'k',
): Codes {
  const { config, codebooks, arrays, cells } = encoder;
  const { heads, sequences, chips, headDim, layer, queries, keys } = call;
  const words = codeWords(config.subspaces);
  const { layerArrays, padded } = codebookSizes(codebooks);
  const codes = work.get(`${side} code words`, 'u32', [sequences * heads, tokens, words]);
  const stats = batch.temporary('f32', [sequences * heads, tokens, words, 4], `${side} encoding stats`);
  const perWindow = queries + keys;
  const firstArray = layer * layerArrays + firstHead * config.subspaces;
  const launch = planPqEncode({
    headCount: sequences * heads,
    heads,
    windows: sequences / chips,
    chips,
    tokens,
    dim: headDim,
    subspaces: config.subspaces,
    centroids: config.centroids,
    biasRows: arrays.biasRows,
    columns: arrays.columns,
    columnBase: firstArray * padded,
    arrayBase: firstArray,
    dacBits: config.encoder.dacBits,
    cell: config.device,
    wta: config.encoder.wta,
    seed: encoder.seed,
    firstChip: encoder.firstChip + chip,
    firstEvent: call.firstWindow * perWindow + (side === 'k' ? queries : 0),
    eventStride: perWindow,
  });
  const fromChip = (tensor: Tensor) => {
    const first = (tensor.length / encoder.chips) * chip;
    return chip === 0 ? tensor : view(tensor, first, [tensor.length - first]);
  };
  batch.run(launch, {
    x,
    difference: fromChip(cells.difference),
    variance: fromChip(cells.variance),
    ranges: encoder.ranges,
    mismatch: fromChip(encoder.mismatch),
    codes,
    stats,
  });
  return { codes, stats };
}
