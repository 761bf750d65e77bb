import { fail } from '../errors.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type QueryPart, type ThresholdProblem, thresholdPlan } from './threshold-problem.ts';

/** Noise of reading cells, as variances in squared nibble units. */
export interface ReadNoise {
  /** Of every cell alike, per squared unit that it is driven with; default 0. */
  readonly cellVariance?: number;
  /** Of an estimate, whatever drives it; default 0. */
  readonly sumVariance?: number;
  /** Whether each row of `cells` is followed by variances of its own cells, which add to `cellVariance`; default not. */
  readonly ownVariances?: boolean;
}

/** Thresholding by estimates from programmed cells. */
export interface CellThresholdProblem extends ThresholdProblem, QueryPart {
  readonly readNoise?: ReadNoise;
}

/**
 * Plans the selection of the keys whose estimate from upper nibbles, the sum of (q + 15/32) (k + 15/32), reaches the threshold,
 * and of each query's own key. Binds `q`, `k` (8-bit codes, 4 a word in rows of whole blocks of 32 dimensions), `scales`
 * `[3, headCount]`, `thresholds` `[heads]` (of q.k / sqrt(dim)), `lengths` u32 `[sequences]` (any tensor without padding),
 * `offsets` `[chips, heads, columns]` in nibble units (any tensor where the comparator has none), `selection`
 * `[headCount, queries, ceil(keys / 32)]` and `counts` u32 `[headCount, queries]`, the kept keys; with `partRows` both for the part's queries.
 */
export function planThresholdSelect(problem: ThresholdProblem & QueryPart): Launch {
  const { layout, constants, params, elements } = thresholdPlan(problem);
  const { headCount, queries, keys } = problem;
  return {
    program: shaders['threshold-select'],
    entry: 'main',
    constants: { BLOCKS: layout.blocks, ...constants, IN_QUADS: constants.COMPARATOR_NOISY },
    params,
    workgroups: [Math.ceil(params['query_count']! / 192), ...layout.headGrid],
    elements: {
      q: headCount * queries * layout.groups,
      k: headCount * keys * layout.groups,
      ...elements,
    },
  };
}

/**
 * Plans the same selection by programmed cells. Binds what {@link planThresholdSelect} does, but for `k` the `cells`
 * `[headCount, keys, rowElements]` in nibble units, ideally the nibble + 15/32 and 0 past the dimensions; with `ownVariances`
 * `[headCount, keys, 2, rowElements]`, the variances second.
 */
export function planThresholdSelectCells(problem: CellThresholdProblem): Launch {
  const { layout, constants, params, elements } = thresholdPlan(problem);
  const { headCount, queries, keys, readNoise = {} } = problem;
  const noise = readNoiseParams(readNoise);
  return {
    program: shaders['threshold-select-cells'],
    entry: 'main',
    constants: {
      BLOCKS: layout.blocks,
      ...constants,
      READ_NOISE: noise.form,
      IN_QUADS: Math.max(constants.COMPARATOR_NOISY, Math.min(noise.form, 1)),
    },
    params: { ...params, ...noise.params },
    workgroups: [Math.ceil(params['query_count']! / 128), ...layout.headGrid],
    elements: {
      q: headCount * queries * layout.groups,
      cells: headCount * keys * cellElements(layout.groups, readNoise),
      ...elements,
    },
  };
}

/** Floats of a key in `cells`: a weight, or a weight and a variance, for each dimension of whole blocks. */
export function cellElements(groups: number, { ownVariances = false }: ReadNoise = {}): number {
  return groups * 4 * (ownVariances ? 2 : 1);
}

/** Read noise as the shaders take it. Throws `READ_NOISE` for a variance below 0. */
export function readNoiseParams({ cellVariance = 0, sumVariance = 0, ownVariances = false }: ReadNoise) {
  for (const [name, value] of Object.entries({ cellVariance, sumVariance })) {
    if (!(value >= 0 && Number.isFinite(value)))
      throw fail('READ_NOISE', `${name} is ${value}`, 'give a finite number of 0 or more');
  }
  return {
    form: ownVariances ? 2 : cellVariance > 0 || sumVariance > 0 ? 1 : 0,
    params: { cell_variance: cellVariance, sum_variance: sumVariance },
  };
}
