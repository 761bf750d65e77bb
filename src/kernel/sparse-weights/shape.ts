import { fail } from '../../errors.ts';
import { stagesOf } from '../../reference/butterfly-route.ts';

/** How a chip with butterflies takes pruned weights `[inputs, outputs]`; the names are those of its configuration. */
export interface SparseShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Inputs M of a butterfly, a power of two from 2 to 64; the last block of a ragged matrix has fewer. */
  readonly block: number;
  /** Operands N that leave it, a power of two of at most M. */
  readonly lanes: number;
  /** `balanced`: at most N weights of every block and output are kept. `irregular`: any pattern, in as many rounds as it takes. */
  readonly fork: 'balanced' | 'irregular';
  /** `irregular` only: blocks that fill the lanes together, each turned by a cyclic offset; 1 = each by itself. */
  readonly packing: number;
  /** Outputs that go in lockstep: the one with the most weights decides how many rounds all of them take. */
  readonly macroColumns: number;
}

/** Fills in defaults (4 of 16, balanced, 32 outputs in lockstep) and rejects what can not be built. Throws `SPARSE_SHAPE`, `BUTTERFLY_BLOCK`. */
export function sparseShape(given: Partial<SparseShape> & Pick<SparseShape, 'inputs' | 'outputs'>): SparseShape {
  const shape = { block: 16, lanes: 4, fork: 'balanced', packing: 1, macroColumns: 32, ...given } as const;
  const { inputs, block, lanes, fork, packing } = shape;
  stagesOf(block);
  if (!(Number.isInteger(Math.log2(lanes)) && lanes >= 1 && lanes <= block))
    throw reject(`${lanes} lanes of a block of ${block}`, 'use a power of two of at most the block');
  for (const name of ['inputs', 'outputs', 'packing', 'macroColumns'] as const) {
    if (!Number.isInteger(shape[name]) || shape[name] < (name === 'inputs' || name === 'outputs' ? 0 : 1))
      throw reject(`${name} is ${shape[name]}`, 'use a whole number of at least 1 (sizes: 0)');
  }
  if (inputs >= 2 ** 24) throw reject(`${inputs} inputs`, 'use fewer than 16,777,216');
  if (fork === 'balanced' && packing !== 1)
    throw reject(`packing is ${packing} with balanced blocks`, 'use 1: their lanes are full; or the fork irregular');
  return shape;
}

/** Blocks of inputs, the last perhaps ragged. */
export function blocksOf({ inputs, block }: Pick<SparseShape, 'inputs' | 'block'>): number {
  return Math.ceil(inputs / block);
}

const reject = (what: string, fix: string) => fail('SPARSE_SHAPE', what, fix);
