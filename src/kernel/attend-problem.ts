import { fail } from '../errors.ts';

/** Sizes of one attention call; `heads` counts sequences * heads. */
export interface AttendProblem {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** Dimensions of a head, 1 to 128. */
  readonly dim: number;
  /** Query i sees keys up to i + keys - queries: the last query sees all. */
  readonly causal: boolean;
  /** Factor on the products before the softmax; default 1 / sqrt(dim). */
  readonly scale?: number;
  /** 8 = integers with one scale per head, 32 = float32. */
  readonly operandBits: 8 | 32;
}

/** What the attention kernels share: blocks of 32 dimensions, 4-dimension groups in a row, the grid over heads, the scale. */
export interface AttendLayout {
  readonly blocks: number;
  readonly groups: number;
  /** Elements of a row as the kernels read it: a word per group at 8 bits, 4 floats per group at 32. */
  readonly rowElements: number;
  readonly headGrid: readonly [number, number];
  readonly scale: number;
}

/** Checks the sizes and lays the operands out. Throws with the numbers when they make no sense. */
export function attendLayout(problem: AttendProblem): AttendLayout {
  const { heads, queries, keys, dim, causal, operandBits, scale = 1 / Math.sqrt(dim) } = problem;
  for (const [name, value] of Object.entries({ heads, queries, keys })) {
    if (!Number.isInteger(value) || value < 0) {
      throw fail('ATTEND_SIZE', `attention over ${value} ${name}`, 'use a whole number of 0 or more');
    }
  }
  if (!Number.isInteger(dim) || dim < 1 || dim > 128) {
    throw fail('ATTEND_DIM', `the head dimension is ${dim}`, 'use 1 to 128');
  }
  if (keys === 0 && queries > 0) throw fail('ATTEND_SIZE', `${queries} queries over 0 keys`, 'give at least one key');
  if (causal && keys < queries) {
    throw fail(
      'ATTEND_CAUSAL',
      `causal attention of ${queries} queries over ${keys} keys leaves queries with nothing to see`,
      'give at least as many keys as queries',
    );
  }
  if (!Number.isFinite(scale)) throw fail('ATTEND_SCALE', `the score scale is ${scale}`, 'use a finite number');
  const blocks = Math.ceil(dim / 32);
  return {
    blocks,
    groups: blocks * 8,
    rowElements: blocks * 8 * (operandBits === 8 ? 1 : 4),
    headGrid: [Math.min(heads, 65535), Math.ceil(heads / 65535)],
    scale,
  };
}

/** Keys that query i may see. */
export function visibleKeys(problem: Pick<AttendProblem, 'queries' | 'keys' | 'causal'>, query: number): number {
  return problem.causal ? query + problem.keys - problem.queries + 1 : problem.keys;
}

/** Sum of the visible keys over all queries of one head. */
export function visiblePairs({ queries, keys, causal }: Pick<AttendProblem, 'queries' | 'keys' | 'causal'>): number {
  return causal ? queries * (keys - queries) + (queries * (queries + 1)) / 2 : queries * keys;
}
