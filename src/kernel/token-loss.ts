import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** The target of a row that does not count: its loss and its hit are 0. */
export const NOT_COUNTED = 0xffffffff;

/** One piece of a vocabulary: logits of the ids [firstId, firstId + columns). */
export interface LossPiece {
  readonly rows: number;
  readonly columns: number;
  /** 0 starts the rows' sums, so the piece with id 0 comes first. */
  readonly firstId: number;
}

/**
 * Plans folding one piece of logits into the running sums of its rows. Binds `logits` [rows, columns], `targets` [rows]
 * (an id, or `NOT_COUNTED`), `running` [rows, 3] (maximum, sum of exponentials, target logit) and `best` [rows] (the id
 * with the highest logit, the lowest one of equals). Pieces go in the order of their ids and leave none out; logits are
 * finite and above -1e30.
 */
export function planLossPiece({ rows, columns, firstId }: LossPiece): Launch {
  return {
    program: shaders['token-loss'],
    entry: 'piece',
    constants: {},
    params: { rows, columns, first_id: firstId },
    workgroups: columns === 0 ? [0, 0, 0] : [...foldGrid(Math.ceil(rows / 4)), 1],
    elements: { logits: rows * columns, targets: rows, running: rows * 3, best: rows },
    workgroupBytes: 768,
  };
}

/**
 * Plans the end of a cross entropy: binds `targets`, `running` and `best` as the pieces left them, and `loss` (f32, nats)
 * and `hit` (u32, 1 where the best id is the target) [rows].
 */
export function planLossFinish(rows: number): Launch {
  return {
    program: shaders['token-loss'],
    entry: 'finish',
    constants: {},
    params: { rows, columns: 0, first_id: 0 },
    workgroups: [...foldGrid(Math.ceil(rows / 64)), 1],
    elements: { targets: rows, running: rows * 3, best: rows, loss: rows, hit: rows },
  };
}
