import { cellTables } from '../device/cell-tables.ts';
import { crossbarSizes } from '../device/crossbar-array.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { drawCrossbarAdcs } from '../kernel/adc-mismatch.ts';
import { planCrossbarFaults } from '../kernel/crossbar-faults.ts';
import { planCrossbarProgram } from '../kernel/crossbar-program.ts';
import { wiresSweeps } from '../kernel/wires-sweeps.ts';
import { storedColumnSums } from '../reference/crossbar-program.ts';
import { type CrossbarConfig, resolveCrossbar } from './crossbar-config.ts';
import { packFaults } from './crossbar-faults.ts';
import { type CrossbarPopulation, type CrossbarWeights, checkPopulation, checkWeights } from './crossbar-input.ts';
import { shiftsInputs } from './crossbar-inputs.ts';
import { layOutCells } from './crossbar-layout.ts';
import { crossbarArray } from './crossbar-mapping.ts';
import { needsVariance } from './crossbar-tensors.ts';
import { driftFactors } from './drift-compensation.ts';
import { Crossbar } from './programmed-crossbar.ts';

export type { CrossbarPopulation, CrossbarWeights } from './crossbar-input.ts';
export { Crossbar } from './programmed-crossbar.ts';

/**
 * Programs weights into a population of simulated crossbars. Programming error, relaxation and faults are drawn once, here.
 * Throws `CROSSBAR_CONFIG`, `CROSSBAR_SIZE`, `CROSSBAR_WEIGHTS`, `CROSSBAR_CHIPS`, `CROSSBAR_FAULTS` or
 * `WIRES_VALUE` before anything is allocated, and `WIRES_SWEEPS` where the wires could not be solved.
 */
export async function programCrossbar(
  gpu: Gpu,
  weights: CrossbarWeights,
  config: CrossbarConfig = {},
  population: CrossbarPopulation = {},
): Promise<Crossbar> {
  const resolved = resolveCrossbar(config);
  const { seed, chips, firstChip } = checkPopulation(population);
  const weightMax = checkWeights(weights, resolved.weightMax);
  const { rows, columns } = weights;
  const array = crossbarArray(resolved, { rows, columns, chips, weightMax });
  const faults = packFaults(array, population.faults);
  const { slices, cellStride, paddedRows, columnBlocks } = crossbarSizes(array);
  if (resolved.wires?.model === 'exact') wiresSweeps({ array, wires: resolved.wires });
  const withVariance = needsVariance(resolved);
  const owned: Tensor[] = [];
  const own = (tensor: Tensor): Tensor => {
    owned.push(tensor);
    return tensor;
  };
  try {
    const target = own(gpu.tensor(weights.values, [rows, columns], 'crossbar weights'));
    const conductance = own(gpu.empty('f32', [chips, cellStride], 'crossbar conductance'));
    const plane = [chips, slices, paddedRows, columnBlocks * 4];
    const difference = own(gpu.empty('f32', plane, 'crossbar difference'));
    const variance = own(gpu.empty('f32', withVariance ? plane : [0], 'crossbar read variance'));
    const curves = own(gpu.tensor(cellTables(resolved.device), undefined, 'crossbar cell curves'));
    const grids = own(gpu.empty('f32', [slices, 8], 'crossbar column converters'));
    const stuck = own(gpu.tensor(faults?.words ?? new Uint32Array(0), undefined, 'crossbar faults'));
    const columnSums = shiftsInputs(resolved) ? storedColumnSums(array, weights.values) : new Float64Array(0);
    const constants = own(gpu.empty('f32', [columnSums.length], 'crossbar column constants'));
    const { circuit, bits } = resolved.adc;
    const columnsPerAdc = resolved.cost.columnsPerAdc;
    const adcs = circuit && drawCrossbarAdcs(array, { circuit, bits, columnsPerAdc, seed, firstChip });
    const converters = own(gpu.tensor(adcs?.packed ?? new Float32Array(0), undefined, 'crossbar converter circuits'));
    const batch = gpu
      .batch('crossbar programming')
      .run(planCrossbarProgram(array, { seed, firstChip }), { weights: target, curves, conductance });
    if (faults) batch.run(planCrossbarFaults(array, faults.perChip), { faults: stuck, conductance });
    await batch.submit();
    const { wires } = resolved;
    const laid = { conductance, curves, difference, variance };
    const effective = await layOutCells(gpu, { array, ...(wires ? { wires } : {}) }, laid, withVariance);
    if (effective) own(effective);
    const programmed = { array, resolved, seed, firstChip, faults, target, conductance, curves, stuck };
    const factors = own(await driftFactors(gpu, config.device, programmed));
    const cells = { target, curves, conductance, effective, difference, variance };
    const tensors = { ...cells, grids, stuck, converters, constants, factors };
    return new Crossbar(gpu, resolved, array, seed, firstChip, tensors, columnSums, adcs);
  } catch (cause) {
    for (const tensor of owned) tensor.destroy();
    throw cause;
  }
}
