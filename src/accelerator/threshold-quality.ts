import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planSelectionQuality } from '../kernel/selection-quality.ts';
import { planThresholdCompare } from '../kernel/threshold-compare.ts';
import type { HeadPart } from './parts.ts';
import { recordProducts } from './quality.ts';
import { wholeSelection } from './selection-pieces.ts';
import { exactProblem, thresholdSizes } from './threshold-stage.ts';
import type { Workspace } from './workspace.ts';

/**
 * Records measuring a selection against exact attention: softmax mass caught, and how many of the keys whose exact score
 * reaches the threshold were kept. Holds all products of q and k in memory. Not for padded sequences, whose softmax it does
 * not know.
 */
export function recordThresholdQuality(
  batch: Batch,
  work: Workspace,
  part: HeadPart,
  thresholds: Tensor,
  margin: number,
): Tensor {
  const { call } = part;
  const selection = wholeSelection(work, part);
  const problem = exactProblem(call, 32);
  const { heads, queries, dim } = problem;
  const sizes = thresholdSizes(call);
  const products = recordProducts(batch, work, problem, call.q, call.k);
  const unused = work.get('unused', 'f32', [1]);
  const counts = batch.temporary('u32', [heads, queries], 'wanted keys');
  const best = { selection: work.get('best', 'u32', selection.shape), counts };
  batch.run(planThresholdCompare({ ...sizes, margin, unit: 1 / Math.sqrt(dim) }), {
    scores: products,
    scales: unused,
    thresholds,
    lengths: work.get('unused lengths', 'u32', [1]),
    offsets: unused,
    ...best,
  });
  const quality = batch.temporary('f32', [heads, queries, 4], 'quality');
  batch.run(planSelectionQuality(problem), { products, selection, best: best.selection, quality });
  return quality;
}
