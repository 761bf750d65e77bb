import type { Batch, Reading } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { AttendProblem } from '../kernel/attend-problem.ts';
import { selectionWords } from '../kernel/gather-attend.ts';
import { nibbleScale, planScoreAttend } from '../kernel/score-attend.ts';
import { scoreStride } from '../kernel/wta-select.ts';
import { type PackedOperands, packOperand, packOperands, recordPiece } from './exact-stage.ts';
import {
  foldHeads,
  type HeadActivity,
  keptByChip,
  type MachineCall,
  type MachineYield,
  visiblePairsOf,
} from './machine.ts';
import { type HeadPart, type QueryPiece, rowsOf } from './parts.ts';
import { headQuality } from './quality.ts';
import type { PartTrace } from './selection-pieces.ts';
import type { Thresholds } from './thresholds.ts';
import type { Workspace } from './workspace.ts';

/** Memory that estimates may take at a time where they are scores themselves; longer sequences go in pieces of queries. */
const estimateBytes = 32 * 2 ** 20;

/** Sizes of one call as the kernels name them. */
export interface ThresholdSizes {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences of one chip. */
  readonly windows: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  readonly padded: boolean;
}

/** The sizes of a call. */
export function thresholdSizes(call: MachineCall): ThresholdSizes {
  const { sequences, chips, heads, queries, keys, headDim, causal, lengths } = call;
  return {
    headCount: sequences * heads,
    heads,
    windows: sequences / chips,
    queries,
    keys,
    dim: headDim,
    causal,
    padded: lengths !== undefined,
  };
}

/** The valid tokens of each sequence on the GPU; any memory where there is no padding. */
export function recordLengths(batch: Batch, { gpu }: Workspace, { lengths }: MachineCall): Tensor {
  const tensor = batch.temporary('u32', [lengths?.length ?? 1], 'lengths');
  if (lengths) gpu.write(tensor, lengths);
  return tensor;
}

/** 8-bit codes of queries and keys with their scales, of which the upper nibbles go to the array, and the exact stage's rows. */
export interface ThresholdOperands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly scales: Tensor;
  readonly rows: PackedOperands;
}

/** Records the codes for the array and the rows for the exact stage, which are the same where it works on 8 bits. */
export function recordOperands(
  batch: Batch,
  work: Workspace,
  call: MachineCall,
  operandBits: 8 | 32,
): ThresholdOperands {
  const problem = exactProblem(call, operandBits);
  const rows = packOperands(batch, work, problem, call);
  if (operandBits === 8) return { q: rows.q, k: rows.k, scales: rows.scales, rows };
  const coded = { ...problem, operandBits: 8 } as const;
  const scales = work.get('scales', 'f32', [3, problem.heads]);
  const code = (operand: 'q' | 'k') => packOperand(batch, work, coded, operand, call[operand], scales);
  return { q: code('q'), k: code('k'), scales, rows };
}

/** Sizes of the exact stage. */
export function exactProblem(call: MachineCall, operandBits: 8 | 32): AttendProblem {
  const { sequences, heads, queries, keys, headDim, causal } = call;
  return { heads: sequences * heads, queries, keys, dim: headDim, causal, operandBits };
}

/** Where a selector writes: bits and kept keys of every row. */
export interface Selected {
  readonly selection: Tensor;
  readonly counts: Tensor;
}

/** Memory for the selection of a part's queries, of which a piece is there at a time, and for all their counts. */
export function selectedOf(batch: Batch, work: Workspace, part: Pick<HeadPart, 'call' | 'pieces'>) {
  const { headCount, queries, keys } = thresholdSizes(part.call);
  const counts = batch.temporary('u32', [headCount, queries], 'kept keys');
  const words = selectionWords(keys);
  return {
    counts,
    /** A piece's selection, and its rows of the counts. */
    of(piece: QueryPiece): Selected {
      const selection = work.get('selection', 'u32', [headCount, piece.queryCount, words]);
      return { selection, counts: part.pieces.length === 1 ? counts : rowsOf(counts, piece, 1) };
    },
  };
}

/**
 * Records the last stage: the kept keys' scores computed again from the operands or, without recomputing, softmax over the
 * array's own estimates, which `estimate` records for some of the queries at a time.
 */
export function recordOutput(
  batch: Batch,
  work: Workspace,
  { call, whole }: HeadPart,
  piece: QueryPiece,
  operands: ThresholdOperands,
  selection: Tensor,
  settings: { readonly operandBits: 8 | 32; readonly recompute: boolean },
  estimate: (part: QueryPiece, estimates: Tensor) => void,
): void {
  const problem = exactProblem(call, settings.operandBits);
  if (settings.recompute) {
    recordPiece(batch, work, problem, operands.rows, call.out, selection, whole ? undefined : piece);
    return;
  }
  const { heads, keys, dim } = problem;
  const stride = scoreStride(keys);
  const most = Math.max(4, Math.floor(estimateBytes / 4 / (heads * stride) / 4) * 4);
  const out = whole ? call.out : rowsOf(call.out, piece, dim);
  const rows = { ...problem, queries: piece.queryCount, causal: false, scale: nibbleScale(dim) };
  for (let queryFirst = 0; queryFirst < piece.queryCount; queryFirst += most) {
    const queryCount = Math.min(most, piece.queryCount - queryFirst);
    const scores = work.get('estimates', 'f32', [heads, queryCount, stride]);
    estimate({ queryFirst: piece.queryFirst + queryFirst, queryCount }, scores);
    const launch = planScoreAttend({ ...rows, queryFirst, queryCount });
    batch.run(launch, { scores, scales: operands.scales, v: operands.rows.v, selection, out });
  }
}

/** Thresholds on the GPU: of a layer's heads, or of one head. */
export function partThresholds(
  work: Workspace,
  { heads, values }: Thresholds,
  { call: { layer }, whole, firstHead }: Pick<HeadPart, 'call' | 'whole' | 'firstHead'>,
): Tensor {
  const first = layer * heads + (whole ? 0 : firstHead);
  const name = whole ? `thresholds of layer ${layer}` : `threshold of head ${first}`;
  return work.fact(name, () => values.slice(first, first + (whole ? heads : 1)));
}

/** What a part of a recorded call of a thresholding machine will tell after its batch was submitted. */
export interface ThresholdTrace extends PartTrace {
  /** Its first chip among those of the call. */
  readonly chip: number;
  /** `[sequences * heads, queries]`. */
  readonly kept: Reading<Uint32Array>;
  /** `[sequences * heads, queries, 4]`: softmax mass, wanted keys found, wanted keys, visible keys. */
  readonly quality: Reading<Float32Array> | undefined;
}

/** What every accelerator tells of a head, from its trace; `row` counts sequences times heads. */
export function thresholdActivity(trace: ThresholdTrace, row: number): HeadActivity {
  const { call, quality } = trace;
  const kept = trace.kept.values().subarray(row * call.queries, (row + 1) * call.queries);
  return {
    queries: call.queries,
    keptPairs: kept.reduce((sum, count) => sum + count, 0),
    visiblePairs: visiblePairsOf(call, Math.floor(row / call.heads)),
    ...(quality ? headQuality(quality.values(), row, call.queries) : {}),
  };
}

/** Adds traces up by layer and head, and their kept pairs by chip; `activityOf` tells what a row of sequences times heads did. */
export function foldThresholdTraces<Trace extends ThresholdTrace, Head extends HeadActivity>(
  traces: readonly Trace[],
  chips: number,
  activityOf: (trace: Trace, row: number) => Head,
): Pick<MachineYield<Head>, 'activity' | 'keptPairs'> {
  const rows = traces.flatMap((trace) =>
    Array.from({ length: trace.call.sequences * trace.call.heads }, (_, row) => ({
      call: trace.call,
      chip: trace.chip + Math.floor((Math.floor(row / trace.call.heads) * trace.call.chips) / trace.call.sequences),
      head: trace.firstHead + (row % trace.call.heads),
      activity: activityOf(trace, row),
    })),
  );
  return {
    activity: foldHeads(rows.map(({ call, head, activity }) => [call.layer, head, activity] as const)),
    keptPairs: keptByChip(
      rows.map(({ chip, activity }) => [chip, activity] as const),
      chips,
    ),
  };
}
