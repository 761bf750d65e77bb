import { selectionWords } from '../../src/kernel/gather-attend.ts';
import { attendReference, quantizeReference } from '../../src/reference/attend.ts';
import { samples } from '../kernel.ts';
import type { LayerSizes, LayerValues } from './subject.ts';

/** What a machine's output came to. */
export interface Verdict {
  /** Share of the visible pairs that were kept. */
  readonly keptShare: number;
  /** Why the output is wrong; undefined when it is right. */
  readonly wrong: string | undefined;
}

/** Kept shares that a quarter may come to: thresholds are fitted on some of the keys and read with noise. */
const plausible = [0.15, 0.4] as const;

/**
 * Checks sampled rows of the output against float64 attention over exactly the keys that were kept, of operands at 8 bits, and
 * that about a quarter was kept. Sums of up to `tokens` products in float32 are off by few units of 1e-4 at most.
 */
export function machineVerdict(
  { tokens, heads, dim, causal }: LayerSizes,
  values: LayerValues,
  out: Float32Array,
  selection: Uint32Array,
): Verdict {
  const words = selectionWords(tokens);
  const coded = Object.entries(values).map(([name, x]) => {
    const { codes, scales } = quantizeReference(x, heads);
    return [name, Float64Array.from(codes, (code, i) => code * scales[Math.floor(i / (tokens * dim))]!)] as const;
  });
  const { q, k, v } = Object.fromEntries(coded) as Record<'q' | 'k' | 'v', Float64Array>;
  let kept = 0;
  for (const word of selection) kept += bits(word);
  const keptShare = kept / (heads * (causal ? (tokens * (tokens + 1)) / 2 : tokens * tokens));
  const share = keptShare.toFixed(3);
  if (keptShare < plausible[0] || keptShare > plausible[1])
    return { keptShare, wrong: `${share} of the pairs were kept, a quarter was asked for` };
  for (const row of samples(heads * tokens, 24)) {
    const [head, query] = [Math.floor(row / tokens), row % tokens];
    const rows = (x: Float64Array) => x.subarray(head * tokens * dim, (head + 1) * tokens * dim);
    const one = { heads: 1, queries: 1, keys: tokens, dim, causal: false };
    const keeps = (_head: number, _query: number, key: number) =>
      ((selection[row * words + (key >> 5)]! >>> (key & 31)) & 1) === 1;
    if (causal && firstUnseen(query, tokens, keeps))
      return { keptShare, wrong: `row ${row} keeps a key it can not see` };
    const expected = attendReference(one, q.subarray(row * dim, (row + 1) * dim), rows(k), rows(v), keeps);
    for (let d = 0; d < dim; d++) {
      const got = out[row * dim + d]!;
      if (!(Math.abs(got - expected[d]!) <= 1e-3))
        return { keptShare, wrong: `out[${row * dim + d}] is ${got}, expected ${expected[d]}` };
    }
  }
  return { keptShare, wrong: undefined };
}

function firstUnseen(query: number, tokens: number, keeps: (h: number, q: number, key: number) => boolean): boolean {
  for (let key = query + 1; key < tokens; key++) if (keeps(0, 0, key)) return true;
  return false;
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
