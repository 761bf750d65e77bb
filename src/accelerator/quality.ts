import { wtaModel } from '../device/time-domain.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { type AttendProblem, attendLayout } from '../kernel/attend-problem.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { planLinear } from '../kernel/linear.ts';
import { linearVariant } from '../kernel/linear-variant.ts';
import { planSelectionQuality } from '../kernel/selection-quality.ts';
import { sharedLanes } from '../kernel/shared-lanes.ts';
import { planWtaSelect, scoreStride } from '../kernel/wta-select.ts';
import { packOperand } from './exact-stage.ts';
import type { Workspace } from './workspace.ts';

/** Products of q and k that one call may hold: 128 MiB, what every device allows a binding. */
export const mostProducts = 2 ** 25;

/**
 * Records measuring a selection against exact attention: softmax mass caught and how many of each row's `keep` exact top
 * keys were found. Holds all products of q and k in memory, so it is for studies and not for the fast path.
 */
export function recordQuality(
  batch: Batch,
  work: Workspace,
  sizes: Omit<AttendProblem, 'operandBits'>,
  keep: number,
  q: Tensor,
  k: Tensor,
  selection: Tensor,
): Tensor {
  const problem: AttendProblem = { ...sizes, operandBits: 32 };
  const { heads, queries, keys, causal } = problem;
  const stride = scoreStride(keys);
  const products = recordProducts(batch, work, problem, q, k);
  const best = work.get('best', 'u32', [heads, queries, selectionWords(keys)]);
  const select = planWtaSelect({
    headCount: heads,
    heads: 1,
    windows: heads,
    queries,
    keys,
    keep,
    causal,
    model: wtaModel('ideal'),
    stats: false,
    lanes: sharedLanes(work.gpu),
  });
  batch.run(select, {
    scores: products,
    ranges: work.get('unused ranges', 'f32', [2]),
    mismatch: work.get('unused mismatch', 'f32', [stride]),
    arrivals: work.get('unused arrivals', 'i32', [4]),
    selection: best,
    stats: work.get('unused stats', 'f32', [4]),
  });
  const quality = batch.temporary('f32', [heads, queries, 4], 'quality');
  batch.run(planSelectionQuality(problem), { products, selection, best, quality });
  return quality;
}

/** Records all products of q and k, unscaled, `[heads, queries, stride]`. */
export function recordProducts(batch: Batch, work: Workspace, problem: AttendProblem, q: Tensor, k: Tensor): Tensor {
  const { heads, queries, keys } = problem;
  const stride = scoreStride(keys);
  const unused = work.get('unused scales', 'f32', [3, heads]);
  const qRows = packOperand(batch, work, problem, 'q', q, unused);
  const kRows = packOperand(batch, work, problem, 'k', k, unused);
  const products = work.get('products', 'f32', [heads, queries, stride]);
  const inner = attendLayout(problem).rowElements;
  batch.run(
    planLinear({
      rows: queries,
      columns: keys,
      inner,
      products: heads,
      bias: false,
      yStride: stride,
      variant: linearVariant(work.gpu),
    }),
    {
      x: qRows,
      w: kRows,
      bias: unused,
      y: products,
    },
  );
  return products;
}

/** One head's sums over its queries of what {@link recordQuality} measured. */
export function headQuality(
  quality: Float32Array,
  head: number,
  queries: number,
): { softmaxMass: number; hits: number; wanted: number } {
  const sums = { softmaxMass: 0, hits: 0, wanted: 0 };
  for (let row = head * queries; row < (head + 1) * queries; row++) {
    sums.softmaxMass += quality[4 * row]!;
    sums.hits += quality[4 * row + 1]!;
    sums.wanted += quality[4 * row + 2]!;
  }
  return sums;
}
