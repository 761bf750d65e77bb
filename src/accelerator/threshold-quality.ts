import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planSelectionQuality } from '../kernel/selection-quality.ts';
import { planThresholdCompare } from '../kernel/threshold-compare.ts';
import type { MachineCall } from './machine.ts';
import { recordProducts } from './quality.ts';
import { exactProblem, selectedOf, thresholdSizes } from './threshold-stage.ts';
import type { Workspace } from './workspace.ts';

/**
 * Records measuring a selection against exact attention: softmax mass caught, and how many of the keys whose exact score
 * reaches the threshold were kept. Holds all products of q and k in memory. Not for padded sequences, whose softmax it does
 * not know.
 */
export function recordThresholdQuality(
  batch: Batch,
  work: Workspace,
  call: MachineCall,
  thresholds: Tensor,
  margin: number,
  selection: Tensor,
): Tensor {
  const problem = exactProblem(call, 32);
  const { heads, queries, dim } = problem;
  const sizes = thresholdSizes(call);
  const products = recordProducts(batch, work, problem, call.q, call.k);
  const unused = work.get('unused', 'f32', [1]);
  const best = { ...selectedOf(batch, work, sizes), selection: work.get('best', 'u32', selection.shape) };
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
