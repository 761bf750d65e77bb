import { fail } from '../errors.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type ChargeMvmProblem, planCharge } from './charge-mvm.ts';
import { selectionWords } from './gather-attend.ts';

/** Selection by the estimates of a charge array. */
export interface ChargeSelectProblem extends ChargeMvmProblem {
  /** Lowers the thresholds, in score units; default 0. */
  readonly margin?: number;
  /** Whether `lengths` gives each sequence's valid tokens; default all are. */
  readonly padded?: boolean;
}

/**
 * Plans the selection of the keys whose estimate reaches the threshold, and of each query's own key. Binds `q`, `planes` and
 * `weights` as charge-mvm, `scales` `[3, headCount]`, `thresholds` `[heads]` (of q.k / sqrt(dim)), `lengths` u32 `[sequences]`
 * (any tensor without padding), `selection` `[headCount, queries, ceil(keys / 32)]` and `counts` `[headCount, queries]`.
 * `ideal` and `passive` compare with the column's offset and a comparator's noise, `bitplane` compares numbers.
 */
export function planChargeSelect(problem: ChargeSelectProblem): Launch {
  const { headCount, heads, keys, dim, margin = 0, padded = false } = problem;
  if (!Number.isFinite(margin)) throw fail('THRESHOLD_MARGIN', `the margin is ${margin}`, 'use a finite number');
  const launch = planCharge(problem);
  return {
    ...launch,
    program: shaders['charge-select'],
    params: { ...launch.params, margin, root_dim: Math.sqrt(dim), padded: padded ? 1 : 0 },
    elements: {
      ...launch.elements,
      scales: 3 * headCount,
      thresholds: heads,
      lengths: padded ? headCount / heads : 0,
      selection: headCount * launch.params['row_count']! * selectionWords(keys),
      counts: headCount * launch.params['row_count']!,
    },
  };
}
