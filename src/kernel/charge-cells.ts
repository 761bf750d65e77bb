import type { ChargeModel } from '../device/charge-array.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { attendLayout } from './attend-problem.ts';

/** Arrays of a population of chips: one per head, which serves the layers in turn. */
export interface ChargeCellsProblem {
  readonly chips: number;
  readonly heads: number;
  readonly dim: number;
  readonly model: ChargeModel;
  readonly seed: number;
  /** Index of the first chip in its population. */
  readonly firstChip?: number;
}

/**
 * Plans drawing the capacitors once for the life of the chips. Binds `shares` `[chips, heads, columns, rowElements, 4 planes]`:
 * each capacitor's share of its line, 1 where all are nominal, and 0 past `dim` (rows of whole blocks of 32 dimensions).
 */
export function planChargeCells({ chips, heads, dim, model, seed, firstChip = 0 }: ChargeCellsProblem): Launch {
  const { blocks } = attendLayout({ heads: 1, queries: 1, keys: 1, dim, causal: false, operandBits: 32 });
  const lines = chips * heads * model.columns;
  return {
    program: shaders['charge-cells'],
    entry: 'main',
    constants: {},
    params: {
      chips,
      heads,
      columns: model.columns,
      dim,
      row_elements: 32 * blocks,
      seed,
      first_chip: firstChip,
      mismatch: model.capacitorMismatch,
      parasitic: model.parasiticRatio,
    },
    workgroups: [...foldGrid(Math.ceil(lines / 64)), 1],
    elements: { shares: lines * 32 * blocks * 4 },
  };
}
