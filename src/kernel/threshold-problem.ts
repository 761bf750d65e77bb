import { type ComparatorModel, comparatorModel } from '../device/comparator.ts';
import { fail } from '../errors.ts';
import { type AttendLayout, attendLayout } from './attend-problem.ts';
import { selectionWords } from './gather-attend.ts';

/** Sizes and settings of thresholding one layer's scores. */
export interface ThresholdProblem {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences that belong to one chip. */
  readonly windows: number;
  readonly queries: number;
  readonly keys: number;
  /** Dimensions of a head, 1 to 128. */
  readonly dim: number;
  /** Query i sees keys up to i + keys - queries. */
  readonly causal: boolean;
  /** Whether `lengths` gives each sequence's valid tokens; default all are. */
  readonly padded?: boolean;
  /** Lowers the thresholds, in score units; default 0. */
  readonly margin?: number;
  /** Default ideal. */
  readonly comparator?: ComparatorModel;
  /** Comparators of a head; key j has comparator j mod columns. Default one for each key. */
  readonly columns?: number;
  readonly seed?: number;
  /** Index of the first chip in its population. */
  readonly firstChip?: number;
  readonly layer?: number;
  /** Queries of the windows before the first one. */
  readonly firstEvent?: number;
}

/** What thresholding kernels have in common, ready to be put into a launch. */
export interface ThresholdPlan {
  readonly layout: AttendLayout;
  readonly columns: number;
  readonly constants: Readonly<Record<'OFFSETS' | 'COMPARATOR_NOISY', number>>;
  readonly params: Readonly<Record<string, number>>;
  /** The operands of the comparison and what it writes. */
  readonly elements: Readonly<Record<'scales' | 'thresholds' | 'lengths' | 'offsets' | 'selection' | 'counts', number>>;
}

/** Checks the sizes and lays the comparison out. Throws with the numbers when they make no sense. */
export function thresholdPlan(problem: ThresholdProblem & QueryPart): ThresholdPlan {
  const { headCount, heads, windows, queries, keys, dim, causal, padded = false } = problem;
  const { margin = 0, comparator = comparatorModel(), columns = Math.max(1, keys) } = problem;
  const layout = attendLayout({ heads: headCount, queries, keys, dim, causal, operandBits: 8 });
  if (headCount % (heads * windows) !== 0) {
    const what = `${headCount} rows of heads for ${heads} heads x ${windows} windows`;
    throw fail('THRESHOLD_CHIPS', what, 'use whole chips');
  }
  if (!Number.isFinite(margin)) throw fail('THRESHOLD_MARGIN', `the margin is ${margin}`, 'use a finite number');
  if (!Number.isInteger(columns) || columns < 1)
    throw fail('THRESHOLD_COLUMNS', `${columns} comparators a head`, 'use a whole number of at least 1');
  const hasOffsets = comparator.offsetSigmaLsb > 0;
  const part = partParams(problem, queries);
  return {
    layout,
    columns,
    constants: { OFFSETS: hasOffsets ? 1 : 0, COMPARATOR_NOISY: comparator.noiseSigmaLsb > 0 ? 1 : 0 },
    params: {
      head_count: headCount,
      heads,
      windows,
      queries,
      ...part,
      keys,
      columns,
      causal: causal ? 1 : 0,
      padded: padded ? 1 : 0,
      dim,
      unit: 0,
      root_dim: Math.sqrt(dim),
      margin,
      comparator_sigma: comparator.noiseSigmaLsb,
      cell_variance: 0,
      sum_variance: 0,
      seed: problem.seed ?? 0,
      first_chip: problem.firstChip ?? 0,
      layer: problem.layer ?? 0,
      first_event: problem.firstEvent ?? 0,
    },
    elements: {
      scales: 3 * headCount,
      thresholds: heads,
      lengths: padded ? headCount / heads : 0,
      offsets: hasOffsets ? (headCount / windows) * columns : 0,
      selection: headCount * part.row_count * selectionWords(keys),
      counts: headCount * part.row_count,
    },
  };
}

/** Part of the queries, where scores, or selections, of all would be too much memory. */
export interface QueryPart {
  /** Default 0. */
  readonly queryFirst?: number;
  /** Default all from `queryFirst`. */
  readonly queryCount?: number;
  /** Whether `selection` and `counts` have rows for these queries alone; default for all. */
  readonly partRows?: boolean;
}

/** The part's place among the parameters. Throws `THRESHOLD_PART` when it reaches past the queries. */
export function partParams({ queryFirst = 0, queryCount, partRows = false }: QueryPart, queries: number) {
  const count = queryCount ?? queries - queryFirst;
  if (!(queryFirst >= 0 && count >= 0 && queryFirst + count <= queries)) {
    const what = `queries ${queryFirst} to ${queryFirst + count} of ${queries}`;
    throw fail('THRESHOLD_PART', what, 'take a part within the queries');
  }
  const rows = partRows ? { row_first: queryFirst, row_count: count } : { row_first: 0, row_count: queries };
  return { query_first: queryFirst, query_count: count, ...rows };
}
