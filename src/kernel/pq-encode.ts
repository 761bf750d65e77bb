import type { CellModel } from '../device/cell.ts';
import { cellEffects } from '../device/cell-state.ts';
import type { WtaModel } from '../device/time-domain.ts';
import { fail } from '../errors.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { codeWords, paddedCentroids, subspaceDim } from './pq-sizes.ts';
import { isTimed, wtaParams } from './wta-params.ts';

export { codeWords, paddedCentroids, subspaceDim } from './pq-sizes.ts';

/** Sizes and settings of encoding tokens by their nearest centroids. */
export interface PqEncodeProblem {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences that belong to one chip. */
  readonly windows: number;
  readonly chips: number;
  readonly tokens: number;
  readonly dim: number;
  readonly subspaces: number;
  readonly centroids: number;
  /** Bias rows of an array, driven at full scale. */
  readonly biasRows: number;
  /** Columns of the whole conductance tensors: every array of every layer beside the next. */
  readonly columns: number;
  /** First column and first array of this layer. */
  readonly columnBase: number;
  readonly arrayBase: number;
  readonly dacBits: number;
  readonly cell: CellModel;
  readonly wta: WtaModel;
  readonly seed?: number;
  /** Index of the first chip in its population. */
  readonly firstChip?: number;
  readonly firstEvent?: number;
  readonly eventStride?: number;
}

/**
 * Plans the encoding. Binds `x` `[headCount, tokens, dim]`, `difference` (G+ - G-, uS) and
 * `variance` (uS^2, of both cells; any tensor unless read noise depends on the conductance) `[chips, rows padded to 4, columns]`, `ranges`
 * `[arrays, 4]` (1 / input range, uA per weight unit, uA at 0, unused), `mismatch` `[chips, columns]`, `codes`
 * `[headCount, tokens, words]` and `stats` `[headCount, tokens, words, 4]`: sum of winners' arrivals (ns), latest winner
 * (ns), column charges, arrays.
 */
export function planPqEncode(problem: PqEncodeProblem): Launch {
  const { headCount, heads, windows, chips, tokens, dim, subspaces, centroids, biasRows, columns, cell, wta } = problem;
  const subDim = subspaceDim(dim, subspaces);
  const padded = paddedCentroids(centroids);
  const words = codeWords(subspaces);
  if (columns % 4 !== 0) throw fail('PQ_COLUMNS', `${columns} conductance columns`, 'use whole quads');
  if (headCount > 65535) throw fail('PQ_HEADS', `${headCount} sequences x heads at a time`, 'use at most 65535');
  const paddedRows = Math.ceil((subDim + biasRows) / 4) * 4;
  const cells = chips * paddedRows * columns;
  const noise = cellEffects(cell).readNoise;
  return {
    program: shaders['pq-encode'],
    entry: 'main',
    constants: {
      TIMED: isTimed(wta) ? 1 : 0,
      RAMP: wta.form === 'ramp' ? 1 : 0,
      NOISE: noise === 'none' ? 0 : noise === 'absolute' ? 1 : 2,
    },
    params: {
      head_count: headCount,
      heads,
      windows,
      tokens,
      dim,
      subspaces,
      sub_dim: subDim,
      rows: subDim + biasRows,
      padded_rows: paddedRows,
      columns4: columns / 4,
      column_base4: problem.columnBase / 4,
      array_base: problem.arrayBase,
      centroids,
      centroids4: padded / 4,
      dac_steps: problem.dacBits === 0 ? 0 : 2 ** (problem.dacBits - 1) - 1,
      seed: problem.seed ?? 0,
      first_chip: problem.firstChip ?? 0,
      first_event: problem.firstEvent ?? 0,
      event_stride: problem.eventStride ?? tokens,
      weight_scale: 1 / (cell.conductanceMaxUs - cell.conductanceMinUs),
      noise_variance: noise === 'absolute' ? cell.readNoise.absoluteUs ** 2 : 1,
      ...wtaParams(wta),
    },
    workgroups: [Math.ceil(tokens / 128), words, headCount],
    elements: {
      x: headCount * tokens * dim,
      difference: cells,
      variance: noise === 'state' ? cells : 0,
      ranges: 4 * (problem.arrayBase + heads * subspaces),
      mismatch: isTimed(wta) ? chips * columns : 0,
      codes: headCount * tokens * words,
      stats: headCount * tokens * words * 4,
    },
  };
}
