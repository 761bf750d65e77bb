import { type SpanProblem, spanCounts } from '../reference/span-counts.ts';
import type { HeadActivity } from './machine.ts';

/** What one head did in all calls of a run, added over sequences: kept pairs are those within its span. */
export interface ButterflyActivity extends HeadActivity {
  /** Kept pairs that are the mirror image of another, which a shared projection of queries and keys gives for nothing. */
  readonly mirroredPairs: number;
  /** Key rows that a circular buffer writes, and those that tiles of queries write which load all they see. */
  readonly reusedRows: number;
  readonly reloadedRows: number;
  /** Key rows that tiles of queries would load if there were no spans. */
  readonly fullRows: number;
}

/** What linear layers did in all calls of a run, one entry per layer. */
export interface LinearActivity {
  /** Input vectors that went through. */
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Weights that are not zero. */
  readonly keptWeights: number;
  /**
   * Rounds of butterflies that a row needs: a round fills the `lanes` of a block in all columns of a macro, which go in
   * lockstep, so that the fullest column decides. A layer of full blocks has inputs / lanes times outputs / macroColumns at least.
   */
  readonly rounds: number;
  /** Whether the layer is the projections of queries, keys and values, a third each. */
  readonly projects: boolean;
}

/** The activity of one sequence of one head, from closed forms. */
export function spanActivity(problem: SpanProblem): ButterflyActivity {
  const within = spanCounts(problem);
  const full = spanCounts({ ...problem, span: problem.keys });
  return {
    queries: problem.queries,
    keptPairs: within.pairs,
    visiblePairs: full.pairs,
    mirroredPairs: within.mirroredPairs,
    reusedRows: within.reusedRows,
    reloadedRows: within.reloadedRows,
    fullRows: full.reloadedRows,
  };
}
