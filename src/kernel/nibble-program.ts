import type { CellModel } from '../device/cell.ts';
import { cellEffects } from '../device/cell-state.ts';
import { cellTableLength } from '../device/cell-tables.ts';
import { nibbleMiddle } from '../device/charge-array.ts';
import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { attendLayout } from './attend-problem.ts';
import { cellParams } from './cell-params.ts';
import { readVarianceForm, readVarianceParams } from './cell-read.ts';
import { cellElements, type ReadNoise } from './threshold-select.ts';

/** Keys to write into memory cells. */
export interface NibbleProgramProblem {
  /** Sequences times heads. */
  readonly headCount: number;
  readonly heads: number;
  /** Sequences that belong to one chip. */
  readonly windows: number;
  readonly keys: number;
  /** Dimensions of a head, 1 to 128. */
  readonly dim: number;
  readonly cell: CellModel;
  /** Columns of a head's array; key j lies in column j mod columns. Default one for each key. */
  readonly columns?: number;
  readonly seed?: number;
  /** Index of the first chip in its population. */
  readonly firstChip?: number;
  readonly layer?: number;
  /** Layer whose arrays these are, for their faults; default 0, arrays that serve all layers in turn. */
  readonly arrayLayer?: number;
  /** Windows written before the first one. */
  readonly firstWindow?: number;
  /** Writes the targets themselves, without error, drift, relaxation or faults. */
  readonly nominal?: boolean;
}

/** Magnitude (nibble units) that takes the whole range of a cell: the middle of nibble -8. */
export const largestNibble = 8 - nibbleMiddle;

/** Nibble units per uS between a pair of cells. */
export function nibblePerUs(cell: CellModel): number {
  return largestNibble / (cell.conductanceMaxUs - cell.conductanceMinUs);
}

/** What reading the cells adds, as the kernels that threshold them take it. */
export function nibbleReadNoise(cell: CellModel): ReadNoise {
  const noise = cellEffects(cell).readNoise;
  if (noise === 'state') return { ownVariances: true };
  return noise === 'none' ? {} : { cellVariance: 2 * (cell.readNoise.absoluteUs * nibblePerUs(cell)) ** 2 };
}

/**
 * Plans writing the upper nibbles of keys. Binds `codes` `[headCount, keys, groups]` (8-bit, 4 a word), `curves` as
 * `cellTables` makes them (any tensor where that is empty) and `cells` `[headCount, keys, rowElements]`, effective weights in
 * nibble units, ideally the nibble + 15/32 and 0 past the dimensions; where {@link nibbleReadNoise} has own variances
 * `[headCount, keys, 2, rowElements]`, the variances second. A key's draws depend on its chip, layer, head and window.
 */
export function planNibbleProgram(problem: NibbleProgramProblem): Launch {
  const { headCount, heads, windows, keys, dim, cell, columns = Math.max(1, keys), nominal = false } = problem;
  const { blocks, groups } = attendLayout({ heads: headCount, queries: 0, keys, dim, causal: false, operandBits: 8 });
  if (headCount % (heads * windows) !== 0) {
    const what = `${headCount} rows of heads for ${heads} heads x ${windows} windows`;
    throw fail('THRESHOLD_CHIPS', what, 'use whole chips');
  }
  if (!Number.isInteger(columns) || columns < 1)
    throw fail('THRESHOLD_COLUMNS', `${columns} columns a head`, 'use a whole number of at least 1');
  const written = cellParams(cell, nominal);
  const variance = readVarianceForm(cell);
  return {
    program: shaders['nibble-program'],
    entry: 'main',
    constants: { BLOCKS: blocks, VARIANCE: variance, ...written.constants },
    params: {
      head_count: headCount,
      heads,
      windows,
      keys,
      dim,
      columns,
      layer: problem.layer ?? 0,
      array_layer: problem.arrayLayer ?? 0,
      first_window: problem.firstWindow ?? 0,
      seed: problem.seed ?? 0,
      first_chip: problem.firstChip ?? 0,
      unit: nibblePerUs(cell),
      ...readVarianceParams(cell),
      ...written.params,
    },
    workgroups: [...foldGrid(Math.ceil((headCount * keys * groups) / 64)), 1],
    elements: {
      codes: headCount * keys * groups,
      curves: nominal && variance < 2 ? 0 : cellTableLength(cell),
      cells: headCount * keys * cellElements(groups, nibbleReadNoise(cell)),
    },
  };
}
