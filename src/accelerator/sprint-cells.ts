import type { CellModel } from '../device/cell.ts';
import { cellTables } from '../device/cell-tables.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { attendLayout } from '../kernel/attend-problem.ts';
import { type NibbleProgramProblem, nibbleReadNoise, planNibbleProgram } from '../kernel/nibble-program.ts';
import { cellElements, type ReadNoise } from '../kernel/threshold-select.ts';
import type { Workspace } from './workspace.ts';

/** Keys as the arrays hold them, and the noise of reading them. */
export interface KeyCells {
  readonly tensor: Tensor;
  readonly noise: { readonly readNoise: ReadNoise };
}

/** The curves of a cell on the GPU. */
export function cellCurves(gpu: Gpu, cell: CellModel): Tensor {
  const tables = cellTables(cell);
  return gpu.tensor(tables.length > 0 ? tables : new Float32Array(4), undefined, 'cell curves');
}

/** Records writing the keys' upper nibbles into memory cells. Cells without error need not be simulated: their keys stay codes. */
export function recordKeyCells(
  batch: Batch,
  work: Workspace,
  place: NibbleProgramProblem,
  codes: Tensor,
  curves: Tensor,
): KeyCells | undefined {
  const { cell, headCount, keys, dim } = place;
  if (cell.name === 'ideal') return undefined;
  const { groups } = attendLayout({ heads: 1, queries: 1, keys: 1, dim, causal: false, operandBits: 8 });
  const readNoise = nibbleReadNoise(cell);
  const cells = work.get('key cells', 'f32', [headCount, keys, cellElements(groups, readNoise)]);
  batch.run(planNibbleProgram(place), { codes, curves, cells });
  return { tensor: cells, noise: { readNoise } };
}
