import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { selectionWords } from './gather-attend.ts';
import { checkSpanWindows, type SpanWindows } from './span-problem.ts';

/**
 * Plans writing the keys within spans as a selection, as the other accelerators' selectors write theirs. Binds `spans` u32
 * `[heads of a sequence]`, `selection` `[heads, queries, ceil(keys / 32)]` and `counts` u32 `[heads, queries]`.
 */
export function planSpanSelect(problem: SpanWindows): Launch {
  const { sequences, heads, queries, keys, causal, spans } = problem;
  checkSpanWindows(problem);
  const rows = heads * queries;
  const words = selectionWords(keys);
  return {
    program: shaders['span-select'],
    entry: 'main',
    constants: {},
    params: { rows, queries, keys, sequence_heads: sequences === 0 ? 1 : heads / sequences, causal: causal ? 1 : 0 },
    workgroups: [...foldGrid(Math.ceil((rows * words) / 64)), 1],
    elements: { spans: spans.length, selection: rows * words, counts: rows },
  };
}
