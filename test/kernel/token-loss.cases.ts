import { NOT_COUNTED, planLossFinish, planLossPiece } from '../../src/kernel/token-loss.ts';
import { tokenLossReference } from '../../src/reference/token-loss.ts';
import { assertClose, assertEqual, folded, type KernelCase, normals, unwritten } from '../support/kernel-case.ts';

/** Cross entropy over a vocabulary in one piece and in several, with rows that do not count and with equal logits, on grids of two dimensions. */
export const tokenLossCases: readonly KernelCase[] = [
  tokenLossCase('token-loss in one piece', 6, [257]),
  tokenLossCase('token-loss of a vocabulary of one', 1, [1]),
  tokenLossCase('token-loss in uneven pieces', 9, [64, 1, 15, 40]),
  tokenLossCase('token-loss with large logits', 5, [30, 30], (value) => value * 300),
  tokenLossCase('token-loss with equal logits', 5, [20, 20], () => 1.5),
  tokenLossCase('token-loss with logits far below zero', 5, [3, 40], (value) => value - 1e4),
  tokenLossCase('token-loss of many rows', 201, [33]),
  tokenLossCase('token-loss of no rows', 0, [8]),
];

function tokenLossCase(
  name: string,
  rows: number,
  pieces: readonly number[],
  shape: (value: number) => number = (value) => value * 3,
): KernelCase {
  return {
    name,
    async run(gpu) {
      const vocabulary = pieces.reduce((sum, columns) => sum + columns, 0);
      const logits = normals(rows * vocabulary, 1).map(shape);
      const targets = Uint32Array.from({ length: rows }, (_, row) => targetOf(row, logits, vocabulary));
      const running = unwritten(gpu, 'f32', [rows, 3]);
      const best = unwritten(gpu, 'u32', [rows]);
      const loss = unwritten(gpu, 'f32', [rows]);
      const hit = unwritten(gpu, 'u32', [rows]);
      const onGpu = gpu.tensor(targets);
      const batch = gpu.batch();
      let firstId = 0;
      for (const columns of pieces) {
        const part = Float32Array.from({ length: rows * columns }, (_, i) => {
          return logits[Math.floor(i / columns) * vocabulary + firstId + (i % columns)]!;
        });
        const tensors = { logits: gpu.tensor(part), targets: onGpu, running, best };
        batch.run(folded(planLossPiece({ rows, columns, firstId })), tensors);
        firstId += columns;
      }
      batch.run(folded(planLossFinish(rows)), { targets: onGpu, running, best, loss, hit });
      const [losses, hits] = [batch.read<Float32Array>(loss), batch.read<Uint32Array>(hit)];
      await batch.submit();
      const expected = tokenLossReference(logits, vocabulary, targets);
      // The loss is a difference of logits, so it carries their rounding.
      const largest = logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assertClose(losses.values(), expected.loss, { absolute: 2e-6 + largest * 2 ** -22, relative: 4e-6 }, name);
      assertEqual(hits.values(), expected.hit, `hits of ${name}`);
    },
  };
}

/** In turn: the best id (a hit), any id, not counted. */
function targetOf(row: number, logits: Float32Array, vocabulary: number): number {
  if (row % 3 === 2) return NOT_COUNTED;
  const own = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
  return row % 3 === 0 ? own.indexOf(own.reduce((a, b) => Math.max(a, b))) : (row * 37) % vocabulary;
}
