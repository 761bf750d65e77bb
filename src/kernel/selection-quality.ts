import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { type AttendProblem, attendLayout } from './attend-problem.ts';
import { selectionWords } from './gather-attend.ts';
import { scoreStride } from './wta-select.ts';

/**
 * Plans measuring a selection against exact attention. Binds `products` (q . k, unscaled) `[heads, queries, stride]`,
 * `selection`, `best` (the exact top keys as a selection) and `quality` `[heads, queries, 4]`: softmax mass kept, exact top
 * keys kept, exact top keys, visible keys.
 */
export function planSelectionQuality(problem: AttendProblem): Launch {
  const { heads, queries, keys, causal } = problem;
  const { scale } = attendLayout(problem);
  const stride = scoreStride(keys);
  const bits = heads * queries * selectionWords(keys);
  return {
    program: shaders['selection-quality'],
    entry: 'main',
    constants: {},
    params: { heads, queries, keys, stride, causal: causal ? 1 : 0, scale },
    workgroups: [...foldGrid(Math.ceil((heads * queries) / 64)), 1],
    elements: { products: heads * queries * stride, selection: bits, best: bits, quality: heads * queries * 4 },
  };
}
