import type { ChargeModel } from '../device/charge-array.ts';
import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { attendLayout } from './attend-problem.ts';
import { chargeParams, chargeWeights, weightsPerCell } from './charge-params.ts';
import { chargeChips, planeWords, weightForms } from './charge-program.ts';
import { type QueryPart, queryPart } from './query-part.ts';
import { scoreStride } from './wta-select.ts';

/** Queries against keys that charge-program has written. */
export interface ChargeMvmProblem extends QueryPart {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences that belong to one chip. */
  readonly windows: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  readonly model: ChargeModel;
  readonly seed?: number;
  /** Index of the first chip in its population. */
  readonly firstChip?: number;
  readonly layer?: number;
  readonly firstEvent?: number;
}

/**
 * Plans the estimates. Binds `q` `[headCount, queries, groups]` (8-bit codes), `planes` and `weights` as charge-program wrote them
 * for the same model, and `estimates` `[headCount, queryCount, stride]` in nibble units, written up to the last key that a
 * query sees. With `passive` and kT/C noise, the draws are those of charge-select.
 */
export function planChargeMvm(problem: ChargeMvmProblem): Launch {
  const { headCount, keys } = problem;
  const launch = planCharge(problem);
  return {
    ...launch,
    program: shaders['charge-mvm'],
    params: { ...launch.params, comparator_sigma: 0, margin: 0, root_dim: 1, padded: 0 },
    elements: { ...launch.elements, estimates: headCount * queryPart(problem).queryCount * scoreStride(keys) },
  };
}

/** What the kernels over a charge array have in common. Throws for sizes that make no sense. */
export function planCharge(problem: ChargeMvmProblem): Omit<Launch, 'program'> {
  const { headCount, heads, windows, queries, keys, dim, causal, model } = problem;
  const { queryFirst, queryCount } = queryPart(problem);
  const { seed = 0, firstChip = 0, layer = 0, firstEvent = 0, partRows = false } = problem;
  const { blocks, headGrid } = attendLayout({ heads: headCount, queries, keys, dim, causal, operandBits: 8 });
  chargeChips(headCount, heads, windows);
  const form = chargeWeights(model);
  return {
    entry: 'main',
    constants: { BLOCKS: blocks, WEIGHTS: weightForms[form], CONVERT: model.combine === 'bitplane' ? 1 : 0 },
    params: {
      head_count: headCount,
      heads,
      windows,
      queries,
      query_first: queryFirst,
      query_count: queryCount,
      row_first: partRows ? queryFirst : 0,
      row_count: partRows ? queryCount : queries,
      keys,
      causal: causal ? 1 : 0,
      dim,
      seed,
      first_chip: firstChip,
      layer,
      first_event: firstEvent,
      ...chargeParams(model, dim),
    },
    workgroups: [Math.ceil(queryCount / 128), ...headGrid],
    elements: {
      q: headCount * queries * 8 * blocks,
      planes: headCount * keys * planeWords(dim),
      weights: headCount * keys * 32 * blocks * weightsPerCell(form),
    },
  };
}
