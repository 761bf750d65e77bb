import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { selectionWords } from './gather-attend.ts';

/** Plans counting the memory cycles of each row of a selection. Binds `selection` `[rows, words]` and `cycles` `[rows]`, zero before. */
export function planBankCycles(problem: {
  readonly rows: number;
  readonly keys: number;
  readonly banks: number;
}): Launch {
  const { rows, keys, banks } = problem;
  if (!Number.isInteger(banks) || banks < 1)
    throw fail('BANKS', `${banks} memory banks`, 'use a whole number of at least 1');
  return {
    program: shaders['bank-cycles'],
    entry: 'main',
    constants: {},
    params: { rows, keys, banks },
    workgroups: [...foldGrid(Math.ceil((rows * banks) / 64)), 1],
    elements: { selection: rows * selectionWords(keys), cycles: rows },
  };
}
