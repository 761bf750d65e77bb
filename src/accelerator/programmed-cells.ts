import { cellEffects } from '../device/cell-state.ts';
import { cellTables } from '../device/cell-tables.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planCrossbarCombine, planCrossbarProgram } from '../kernel/crossbar-program.ts';

/** A population's programmed arrays: conductances as they are, and as the encoder multiplies with them. */
export interface ProgrammedCells {
  /** `[chips, 2 sides, rows, columns]` in uS. */
  readonly conductance: Tensor;
  /** G+ - G- and, where read noise depends on the conductance, the variance of both: `[chips, padded rows, columns]`. */
  readonly difference: Tensor;
  readonly variance: Tensor;
}

/** Programs `weights` `[rows, columns]` of -1 to 1 into differential pairs. Throws what the batch throws; nothing stays allocated then. */
export async function programCells(
  gpu: Gpu,
  array: CrossbarArray,
  weights: Float32Array,
  seed: number,
  firstChip: number,
): Promise<ProgrammedCells> {
  const { cellStride, paddedRows } = crossbarSizes(array);
  const withVariance = cellEffects(array.cell).readNoise === 'state';
  const size = array.chips * paddedRows * array.columns;
  const cells = {
    conductance: gpu.empty('f32', [array.chips * cellStride], 'codebook conductances'),
    difference: gpu.empty('f32', [size], 'codebook differences'),
    variance: gpu.empty('f32', [withVariance ? size : 0], 'codebook read variance'),
  };
  const batch = gpu.batch('program codebooks');
  try {
    const targets = batch.temporary('f32', [array.rows, array.columns], 'codebook weights');
    const table = cellTables(array.cell);
    const curves = batch.temporary('f32', [table.length], 'codebook cell curves');
    gpu.write(targets, weights);
    gpu.write(curves, table);
    batch
      .run(planCrossbarProgram(array, { seed, firstChip }), {
        weights: targets,
        curves,
        conductance: cells.conductance,
      })
      .run(planCrossbarCombine(array, withVariance), {
        ...cells,
        curves,
        effective: cells.conductance,
        gain: cells.conductance,
      });
    await batch.submit();
    return cells;
  } catch (cause) {
    batch.discard();
    for (const tensor of Object.values(cells)) tensor.destroy();
    throw cause;
  }
}
