import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { planSpanAttend, spanCounters } from '../../src/kernel/span-attend.ts';
import { spanLockstep } from '../../src/kernel/span-problem.ts';
import { planSpanSelect } from '../../src/kernel/span-select.ts';
import { inSpan } from '../../src/reference/span-attend.ts';
import { spanCounts } from '../../src/reference/span-counts.ts';
import { assert, unwritten } from '../../test/support/kernel-case.ts';
import { type BenchKernel, samples } from '../kernel.ts';
import { type AttendSizes, checkRows, operands, outBytes, pairWork } from './attend.ts';

/** Sizes of attention within spans; all heads have the same one. */
export type SpanSizes = AttendSizes & { readonly span: number };

/**
 * `span-attend`, f32 or int8: the work of a pair as in dense attention, for the pairs within the span. Every row of q, k and v
 * that is seen is moved once, and 16 bytes of counters a query.
 */
export function spanAttendBench(sizes: SpanSizes): BenchKernel {
  const { heads, queries, keys, dim, causal, span, operandBits } = sizes;
  const { pairs, reusedRows } = spanCounts({ ...sizes, tileQueries: 1 });
  return {
    name: operandBits === 8 ? 'span-attend-int8' : 'span-attend',
    sizes: { heads, queries, keys, dim, causal, span },
    work: {
      ...pairWork(sizes, heads * pairs),
      bytes: (operandBits / 8) * heads * (queries + 2 * reusedRows) * dim + outBytes(sizes) + 16 * heads * queries,
    },
    async setup(gpu) {
      const { tensors, expectedRow } = operands(gpu, sizes);
      const problem = { ...sizes, sequences: 1, spans: new Array<number>(heads).fill(span) };
      const counts = unwritten(gpu, 'u32', [heads, queries, spanCounters.length]);
      const launch = planSpanAttend({ ...problem, lockstep: spanLockstep(gpu) });
      const own = { spans: gpu.tensor(Uint32Array.from(problem.spans)), counts };
      return {
        dispatches: [{ launch, tensors: { ...tensors, ...own } }],
        outputs: { out: tensors['out']!, counts },
        check({ out, counts: got }) {
          const keysOf = (row: number) => keysInSpan(problem, row);
          checkRows(sizes, out as Float32Array, (row) => expectedRow(row, keysOf(row)));
          for (const row of samples(heads * queries, 16))
            assert(got![4 * row] === keysOf(row).length, `row ${row} counts ${got![4 * row]} keys`);
        },
      };
    },
  };
}

/** `span-select`: a comparison with either end of the span for each key; a bit per key and a count per row are written. */
export function spanSelectBench(sizes: Omit<SpanSizes, 'operandBits' | 'dim'>): BenchKernel {
  const { heads, queries, keys, span } = sizes;
  const words = selectionWords(keys);
  const rows = heads * queries;
  return {
    name: 'span-select',
    sizes,
    work: { flops: 2 * rows * keys, bytes: 4 * rows * (words + 1) },
    async setup(gpu) {
      const problem = { ...sizes, sequences: 1, spans: new Array<number>(heads).fill(span) };
      const selection = unwritten(gpu, 'u32', [heads, queries, words]);
      const counts = unwritten(gpu, 'u32', [heads, queries]);
      const spans = gpu.tensor(Uint32Array.from(problem.spans));
      return {
        dispatches: [{ launch: planSpanSelect(problem), tensors: { spans, selection, counts } }],
        outputs: { selection },
        check({ selection: got }) {
          for (const row of samples(rows, 16)) {
            const expected = new Uint32Array(words);
            for (const key of keysInSpan(problem, row)) expected[key >> 5]! |= 1 << (key & 31);
            const own = got!.subarray(row * words, (row + 1) * words);
            assert(
              expected.every((word, i) => word === own[i]),
              `row ${row} selects ${own.join(' ')}, expected ${expected.join(' ')}`,
            );
          }
        },
      };
    },
  };
}

function keysInSpan(problem: Parameters<typeof inSpan>[0], row: number): readonly number[] {
  const [head, query] = [Math.floor(row / problem.queries), row % problem.queries];
  return Array.from({ length: problem.keys }, (_, key) => key).filter((key) => inSpan(problem, head, query, key));
}
