import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planCrossbarCombine, planCrossbarProgram } from '../kernel/crossbar-program.ts';

/** A population's programmed arrays: conductances as they are, and as the encoder multiplies with them. */
export interface ProgrammedCells {
  /** `[chips, 2 sides, rows, columns]` in uS. */
  readonly conductance: Tensor;
  /** G+ - G- and, where read noise is proportional, G+^2 + G-^2: `[chips, padded rows, columns]`. */
  readonly difference: Tensor;
  readonly squares: Tensor;
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
  const withSquares = array.cell.readNoise.relative > 0;
  const size = array.chips * paddedRows * array.columns;
  const cells = {
    conductance: gpu.empty('f32', [array.chips * cellStride], 'codebook conductances'),
    difference: gpu.empty('f32', [size], 'codebook differences'),
    squares: gpu.empty('f32', [withSquares ? size : 0], 'codebook squares'),
  };
  const batch = gpu.batch('program codebooks');
  try {
    const targets = batch.temporary('f32', [array.rows, array.columns], 'codebook weights');
    gpu.write(targets, weights);
    batch.run(planCrossbarProgram(array, { seed, firstChip }), { weights: targets, conductance: cells.conductance });
    batch.run(planCrossbarCombine(array, withSquares), cells);
    await batch.submit();
    return cells;
  } catch (cause) {
    batch.discard();
    for (const tensor of Object.values(cells)) tensor.destroy();
    throw cause;
  }
}
