import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { partParams, type QueryPart, type ThresholdProblem, thresholdPlan } from './threshold-problem.ts';
import { scoreStride } from './wta-select.ts';

/** Thresholding of scores that lie in memory. */
export interface ThresholdCompareProblem extends ThresholdProblem, QueryPart {
  /** Score units, those of the thresholds, that 1 stands for; default nibble units, by `scales`. 1 / sqrt(dim) for products q.k. */
  readonly unit?: number;
}

/**
 * Plans the comparison by the rule of threshold-select, with offsets and noise in units of the scores. Binds `scores`
 * `[headCount, queryCount, stride]`, `scales` `[3, headCount]` (any tensor where `unit` is given), and `thresholds`, `lengths`,
 * `offsets`, `selection` and `counts` as threshold-select does; of the last two it writes the rows of its queries.
 */
export function planThresholdCompare(problem: ThresholdCompareProblem): Launch {
  const { constants, params, elements } = thresholdPlan(problem);
  const { headCount, queries, keys, unit } = problem;
  if (unit !== undefined && !(Math.fround(unit) > 0 && Number.isFinite(Math.fround(unit))))
    throw fail('THRESHOLD_UNIT', `a score of 1 stands for ${unit}`, 'use a finite number above 0');
  const part = partParams(problem, queries);
  const rows = headCount * part.query_count;
  return {
    program: shaders['threshold-compare'],
    entry: 'main',
    constants,
    params: { ...params, ...part, unit: unit ?? 0 },
    workgroups: [...foldGrid(Math.ceil(rows / 64)), 1],
    elements: { scores: rows * scoreStride(keys), ...elements, scales: unit === undefined ? elements.scales : 0 },
  };
}
