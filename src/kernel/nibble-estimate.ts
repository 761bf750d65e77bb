import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { partParams, type QueryPart, type ThresholdProblem, thresholdPlan } from './threshold-problem.ts';
import { type CellThresholdProblem, cellElements, readNoiseParams } from './threshold-select.ts';
import { scoreStride } from './wta-select.ts';

/**
 * Plans the estimates that threshold-select compares, exact and in nibble units. Binds `q` and `k` as it does, and `scores`
 * `[headCount, queryCount, stride]`, written at least up to the last key that a query sees without padding.
 */
export function planNibbleEstimate(problem: ThresholdProblem & QueryPart): Launch {
  const { layout, params } = thresholdPlan(problem);
  const { headCount, queries, keys } = problem;
  const part = partParams(problem, queries);
  return {
    program: shaders['nibble-estimate'],
    entry: 'main',
    constants: { BLOCKS: layout.blocks },
    params: { ...params, ...part },
    workgroups: [Math.ceil(part.query_count / 192), ...layout.headGrid],
    elements: {
      q: headCount * queries * layout.groups,
      k: headCount * keys * layout.groups,
      scores: headCount * part.query_count * scoreStride(keys),
    },
  };
}

/**
 * Plans the estimates that threshold-select-cells compares, with its draws of read noise. Binds `q` and `cells` as it does, and
 * `scores` as {@link planNibbleEstimate}.
 */
export function planNibbleEstimateCells(problem: CellThresholdProblem): Launch {
  const { layout, params } = thresholdPlan(problem);
  const { headCount, queries, keys, readNoise = {} } = problem;
  const part = partParams(problem, queries);
  const noise = readNoiseParams(readNoise);
  return {
    program: shaders['nibble-estimate-cells'],
    entry: 'main',
    constants: { BLOCKS: layout.blocks, READ_NOISE: noise.form },
    params: { ...params, ...part, ...noise.params },
    workgroups: [Math.ceil(part.query_count / 128), ...layout.headGrid],
    elements: {
      q: headCount * queries * layout.groups,
      cells: headCount * keys * cellElements(layout.groups, readNoise),
      scores: headCount * part.query_count * scoreStride(keys),
    },
  };
}
