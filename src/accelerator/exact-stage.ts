import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { type AttendProblem, attendLayout } from '../kernel/attend-problem.ts';
import { planDenseAttend } from '../kernel/dense-attend.ts';
import { denseAttendVariant } from '../kernel/dense-attend-variant.ts';
import { planGatherAttend } from '../kernel/gather-attend.ts';
import { gatherAttendVariant } from '../kernel/gather-attend-variant.ts';
import { planPadRows, planQuantizeRows } from '../kernel/quantize-rows.ts';
import { type QueryPiece, rowsOf } from './parts.ts';
import type { Workspace } from './workspace.ts';

/** q, k and v as the model computes them, `[heads, tokens, dim]`, and where the output goes. */
export interface Operands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly out: Tensor;
}

/** Operands as the attention kernels read them; scales `[3, heads]` of what has 8 bits. */
export interface PackedOperands {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly scales: Tensor;
}

/** Records the exact stage that every accelerator ends with: operands to 8 bits or padded rows, then attention over the selection, or over everything without one. */
export function recordExact(
  batch: Batch,
  work: Workspace,
  problem: AttendProblem,
  operands: Operands,
  selection?: Tensor,
  keptShare?: number,
): void {
  recordAttend(batch, work, problem, packOperands(batch, work, problem, operands), operands.out, selection, keptShare);
}

/** Records bringing all three operands into rows. */
export function packOperands(
  batch: Batch,
  work: Workspace,
  problem: AttendProblem,
  operands: Omit<Operands, 'out'>,
): PackedOperands {
  const scales = work.get('scales', 'f32', [3, problem.heads]);
  const pack = (operand: 'q' | 'k' | 'v') => packOperand(batch, work, problem, operand, operands[operand], scales);
  return { q: pack('q'), k: pack('k'), v: pack('v'), scales };
}

/** Records attention over packed operands, over the selection of about `keptShare` of the keys where there is one. */
export function recordAttend(
  batch: Batch,
  { gpu }: Workspace,
  problem: AttendProblem,
  { q, k, v, scales }: PackedOperands,
  out: Tensor,
  selection?: Tensor,
  keptShare?: number,
): void {
  const tensors = { q, k, v, out, ...(problem.operandBits === 8 ? { scales } : {}) };
  if (selection) {
    const variant = gatherAttendVariant(gpu, keptShare);
    batch.run(planGatherAttend({ ...problem, variant }), { ...tensors, selection });
  } else batch.run(planDenseAttend({ ...problem, variant: denseAttendVariant(gpu) }), tensors);
}

/** Records attention of a piece of a head's queries over packed operands, its selection and output rows its own; of all queries without a piece. */
export function recordPiece(
  batch: Batch,
  work: Workspace,
  problem: AttendProblem,
  packed: PackedOperands,
  out: Tensor,
  selection: Tensor,
  piece: QueryPiece | undefined,
  keptShare?: number,
): void {
  if (!piece) {
    recordAttend(batch, work, problem, packed, out, selection, keptShare);
    return;
  }
  // The selection alone says what is seen.
  const part = { ...problem, queries: piece.queryCount, causal: false };
  const q = rowsOf(packed.q, piece, attendLayout(part).rowElements);
  recordAttend(batch, work, part, { ...packed, q }, rowsOf(out, piece, problem.dim), selection, keptShare);
}

/** Records bringing one operand into the rows that the attention kernels read; float rows that already fit are used as they are. */
export function packOperand(
  batch: Batch,
  work: Workspace,
  problem: AttendProblem,
  operand: 'q' | 'k' | 'v',
  x: Tensor,
  scales: Tensor,
): Tensor {
  const { heads, dim, operandBits } = problem;
  const tokens = operand === 'q' ? problem.queries : problem.keys;
  const { groups, rowElements } = attendLayout(problem);
  if (operandBits === 32) {
    if (dim === rowElements) return x;
    const padded = work.get(`${operand} rows`, 'f32', [heads, tokens, rowElements]);
    batch.run(planPadRows({ rows: heads * tokens, from: dim, to: rowElements }), { x, y: padded });
    return padded;
  }
  const packed = work.get(`${operand} codes`, 'u32', [heads, tokens, groups]);
  batch.run(planQuantizeRows({ heads, tokens, dim, groups, operand }), { x, packed, scales });
  return packed;
}
