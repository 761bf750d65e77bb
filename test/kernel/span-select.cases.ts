import { selectionWords } from '../../src/kernel/gather-attend.ts';
import type { SpanWindows } from '../../src/kernel/span-problem.ts';
import { planSpanSelect } from '../../src/kernel/span-select.ts';
import { inSpan } from '../../src/reference/span-attend.ts';
import { assertEqual, folded, type KernelCase, unwritten } from '../support/kernel-case.ts';

const shapes: readonly Omit<SpanWindows, 'heads'>[] = [
  { sequences: 1, queries: 1, keys: 1, causal: true, spans: [1] },
  { sequences: 2, queries: 31, keys: 31, causal: true, spans: [1, 31, 32] },
  { sequences: 1, queries: 64, keys: 64, causal: false, spans: [1, 2, 32, 33, 64, 2 ** 32 - 1] },
  { sequences: 1, queries: 3, keys: 100, causal: true, spans: [7, 97, 98, 99] },
  { sequences: 2, queries: 70, keys: 97, causal: false, spans: [1, 29, 65] },
];

/** The keys within spans as bits, exact. */
export const spanSelectCases: readonly KernelCase[] = shapes.map((shape) => ({
  name: `span-select ${shape.queries} queries, ${shape.keys} keys, spans ${shape.spans}${shape.causal ? ', causal' : ''}`,
  async run(gpu) {
    const problem = { ...shape, heads: shape.sequences * shape.spans.length };
    const { heads, queries, keys } = problem;
    const words = selectionWords(keys);
    const expected = new Uint32Array(heads * queries * words);
    const kept = new Uint32Array(heads * queries);
    for (let row = 0; row < heads * queries; row++) {
      for (let key = 0; key < keys; key++) {
        if (!inSpan(problem, Math.floor(row / queries), row % queries, key)) continue;
        expected[row * words + (key >> 5)]! |= 1 << (key & 31);
        kept[row]!++;
      }
    }
    const spans = gpu.tensor(Uint32Array.from(problem.spans));
    for (const launch of [planSpanSelect(problem), folded(planSpanSelect(problem))]) {
      const selection = unwritten(gpu, 'u32', [heads, queries, words]);
      const counts = unwritten(gpu, 'u32', [heads, queries]);
      const batch = gpu.batch().run(launch, { spans, selection, counts });
      const read = [batch.read<Uint32Array>(selection), batch.read<Uint32Array>(counts)] as const;
      await batch.submit();
      assertEqual(read[0].values(), expected, 'selection');
      assertEqual(read[1].values(), kept, 'counts');
    }
  },
}));
