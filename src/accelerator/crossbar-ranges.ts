import { codeValue, converterGrid } from '../device/converter.ts';
import {
  type CrossbarArray,
  crossbarSizes,
  offsetConductancesUs,
  weightCodeMax,
  weightPerUs,
} from '../device/crossbar-array.ts';
import { conversionsOf, sliceWeights } from '../device/input-cycles.ts';
import { optimisedRange } from '../device/optimised-range.ts';
import { type FixedRange, fixRange, rangeOf } from '../device/range.ts';
import { longestTile } from '../device/tiling.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { CrossbarCorrection } from '../kernel/crossbar-correct.ts';
import { joinsCycles, planCrossbarJoin } from '../kernel/crossbar-join.ts';
import { type CrossbarDrive, currentElements, planCrossbarDrive, planCrossbarMvm } from '../kernel/crossbar-mvm.ts';
import { planCrossbarProgram } from '../kernel/crossbar-program.ts';
import { hasBroadcast } from '../kernel/shared-lanes.ts';
import { planClosedForm } from '../kernel/wires-closed-form.ts';
import { givenRanges, measuredRanges } from './column-ranges.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import { hasSignedColumns, inputCycles, shiftsInputs } from './crossbar-inputs.ts';
import { layOutCells } from './crossbar-layout.ts';
import { observedValues } from './crossbar-profile.ts';

/** Whether inputs must be measured before the first product: a converter's range, or the scale of a voltage, depends on them. */
export function needsCalibration(config: ResolvedCrossbar): boolean {
  const scaled = config.dac.bits > 0 || config.adc.bits > 0 || config.output !== 'product';
  const measuresColumns = ['max', 'percentile', 'optimised'].includes(config.adc.range.kind);
  return (scaled && config.dac.range.kind !== 'fixed') || (config.adc.bits > 0 && measuresColumns);
}

/**
 * Range of the inputs by the rule of `config.dac`; inputs that are all 0 get 1 for their largest magnitude. Inputs that are
 * shifted have by the rule `max` the range from their smallest to their largest, where the converter's grid allows that.
 */
export function inputRange(config: ResolvedCrossbar, inputs: ArrayLike<number> | undefined): FixedRange {
  const { range, grid } = config.dac;
  if (range.kind === 'fixed') return range;
  const fallback: FixedRange = { kind: 'fixed', min: config.signedInputs ? -1 : 0, max: 1 };
  if (inputs === undefined || inputs.length === 0 || !Array.prototype.some.call(inputs, (x) => x !== 0))
    return fallback;
  const about0 =
    range.kind === 'optimised'
      ? optimisedRange(config.dac, inputs, config.signedInputs)
      : fixRange(range, inputs, config.signedInputs);
  if (!shiftsInputs(config) || range.kind !== 'max' || (grid !== 'uniform' && grid !== 'mid-rise')) return about0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < inputs.length; i++) {
    min = Math.min(min, inputs[i]!);
    max = Math.max(max, inputs[i]!);
  }
  return min < max ? { kind: 'fixed', min, max } : about0;
}

/** The drive for inputs of that range. */
export function crossbarDrive(config: ResolvedCrossbar, range: FixedRange): CrossbarDrive {
  const { dac, readVoltageV } = config;
  const grid = converterGrid({ ...dac, range });
  const shifts = shiftsInputs(config);
  return {
    ...inputCycles(config),
    grid,
    voltsPerUnit: readVoltageV / (shifts ? range.max - range.min : Math.max(Math.abs(range.min), Math.abs(range.max))),
    serial: dac.mode === 'bit-serial',
    zeroCode: dac.grid === 'sign-magnitude' ? (grid.codes - 1) / 2 : 0,
    shift: shifts ? (grid.codes === 0 ? range.min : codeValue(grid, 0)) : undefined,
    readVoltageV,
  };
}

/** Output per uA of the first cycle and lowest slice, and what each further cycle counts; the passes that are subtracted digitally. */
export function outputScale(
  config: ResolvedCrossbar,
  array: CrossbarArray,
  drive: CrossbarDrive,
): { readonly unit: number; readonly cycleRadix: number; readonly passes: 1 | 2 } {
  const { passes } = conversionsOf(drive);
  if (config.output === 'current') return { unit: 1, cycleRadix: 1, passes };
  if (config.output === 'charge') return { unit: config.integrationNs, cycleRadix: 1, passes };
  const average = drive.joinsSlices ? sliceWeights(drive).first : 1;
  return { unit: cycleUnit(array, drive) / average, cycleRadix: 2 ** drive.sliceBits, passes };
}

/** Output per uA of a first cycle and lowest slice. */
function cycleUnit(array: CrossbarArray, drive: CrossbarDrive): number {
  const digits = 2 ** drive.sliceBits - 1;
  return weightPerUs(array) * (drive.serial ? (drive.grid.step * digits) / drive.readVoltageV : 1 / drive.voltsPerUnit);
}

/** What is taken away from products in digits; undefined where nothing is. */
export function digitalCorrection(array: CrossbarArray, drive: CrossbarDrive): CrossbarCorrection | undefined {
  const subtracts = array.mapping === 'offset' && array.offsetSubtraction === 'digital';
  const hasConstants = drive.shift !== undefined;
  if (!subtracts && !hasConstants) return undefined;
  const offsetUs = offsetConductancesUs(array).reduce((sum, us, slice) => sum + us * 2 ** (slice * array.sliceBits), 0);
  const offsetPerVolt = subtracts ? cycleUnit(array, drive) * offsetUs : 0;
  return { offsetPerVolt, cycleRadix: 2 ** drive.sliceBits, hasConstants };
}

/** Ranges of the slices' column converters that need no measuring; undefined where they do. */
export function plainColumnRanges(config: ResolvedCrossbar, array: CrossbarArray): readonly FixedRange[] | undefined {
  const { slices } = crossbarSizes(array);
  if (config.adc.bits === 0) return Array.from({ length: slices }, () => rangeOf(1, true));
  if (config.adc.range.kind === 'granular') {
    const range = granularRange(config, array);
    return Array.from({ length: slices }, () => range);
  }
  return givenRanges(config, slices, fullRange(config, array));
}

/** The range in which a converter's step is the current of one unit of a cell's digit at one unit of an input's. */
function granularRange(config: ResolvedCrossbar, array: CrossbarArray): FixedRange {
  const unit = (signed: boolean): FixedRange => ({ kind: 'fixed', min: signed ? -1 : 0, max: 1 });
  const drive = crossbarDrive(config, unit(config.signedInputs));
  const digitV = drive.serial
    ? (drive.readVoltageV / (2 ** drive.sliceBits - 1)) * (drive.joinsSlices ? sliceWeights(drive).first : 1)
    : drive.grid.step * drive.voltsPerUnit;
  const digitUs = array.weightMax / weightCodeMax(array) / weightPerUs(array);
  const signed = hasSignedColumns(config);
  const max = (digitV * digitUs) / converterGrid({ ...config.adc, range: unit(signed) }).step;
  return { kind: 'fixed', min: signed ? -max : 0, max };
}

/**
 * Ranges of column converters by a rule that is measured, one per slice over the currents that the targets themselves
 * (no error, no noise, but with the wires) give for `inputs` [n, rows]. They are measured on the GPU in one array, so that a chip's range does
 * not depend on which other chips are simulated; from at most 2^22 currents of the first inputs.
 */
export async function measureColumnRanges(
  gpu: Gpu,
  config: ResolvedCrossbar,
  population: CrossbarArray,
  weights: Tensor,
  drive: CrossbarDrive,
  inputs: Tensor,
): Promise<readonly FixedRange[]> {
  const array = { ...population, chips: 1 };
  if (inputs.length === 0) {
    return Array.from({ length: crossbarSizes(array).slices }, () => fullRange(config, array));
  }
  const { slices, paddedRows, columnBlocks, tiles } = crossbarSizes(array);
  const perInput = Math.max(currentElements(array, drive.cycles, 1, 1), drive.cycles * paddedRows);
  const count = Math.min(inputs.length / array.rows, Math.max(1, Math.floor(2 ** 22 / perInput)));
  const window = { firstChip: 0, chips: 1, firstInput: 0, inputs: count, allInputs: count };
  const difference = await targetDifference(gpu, config, array, weights);
  const batch = gpu.batch('crossbar calibration');
  const temporary = (length: number, label: string) => batch.temporary('f32', [length], label);
  const driven = temporary(drive.cycles * count * paddedRows, 'drive');
  const power = temporary(drive.cycles * count * tiles, 'power');
  const total = temporary(drive.cycles * count * tiles, 'total');
  const current = temporary(currentElements(array, drive.cycles, 1, count), 'current');
  batch
    .run(planCrossbarDrive(array, drive, window), { x: inputs, drive: driven, power, total })
    .run(planCrossbarMvm(array, drive.cycles, window, false, hasBroadcast(gpu)), {
      drive: driven,
      difference,
      current,
    });
  if (config.wires?.model === 'closed-form') {
    const plan = planClosedForm(array, drive.cycles, window, config.wires.columnOhm, config.readVoltageV);
    batch.run(plan, { drive: driven, difference, current });
  }
  const { cycles } = conversionsOf(drive);
  let converted = current;
  if (joinsCycles(drive)) {
    converted = temporary(currentElements(array, cycles, 1, count), 'joined current');
    const perCycle = tiles * count * columnBlocks * 4;
    batch.run(planCrossbarJoin(drive, slices, perCycle, false), { cycle_values: current, joined: converted });
  }
  const reading = batch.read<Float32Array>(converted);
  await batch.submit().finally(() => difference.destroy());
  const observed = [{ window, current: reading.values() }];
  const values = observedValues(array, cycles, observed, { noisy: false, seed: 0, firstChip: 0, firstEvent: 0 });
  return measuredRanges(config, values, hasSignedColumns(config), fullRange(config, array));
}

// What the columns of an array without errors answer to; the caller owns it.
async function targetDifference(
  gpu: Gpu,
  { wires }: ResolvedCrossbar,
  array: CrossbarArray,
  weights: Tensor,
): Promise<Tensor> {
  const { slices, cellStride, paddedRows, columnBlocks } = crossbarSizes(array);
  const difference = gpu.empty('f32', [slices * paddedRows * columnBlocks * 4], 'target difference');
  const conductance = gpu.empty('f32', [cellStride], 'target conductance');
  try {
    const program = gpu.batch('crossbar targets');
    const nominal = { seed: 0, firstChip: 0, nominal: true };
    await program.run(planCrossbarProgram(array, nominal), { weights, curves: weights, conductance }).submit();
    const tensors = { conductance, curves: conductance, difference, variance: weights };
    const effective = await layOutCells(gpu, { array, ...(wires ? { wires } : {}) }, tensors, false);
    effective?.destroy();
    return difference;
  } catch (cause) {
    difference.destroy();
    throw cause;
  } finally {
    conductance.destroy();
  }
}

function fullRange(config: ResolvedCrossbar, array: CrossbarArray): FixedRange {
  const { conductanceMinUs: min, conductanceMaxUs: max } = array.cell;
  const perCell = config.mapping === 'differential' ? max - min : max;
  const limit = config.readVoltageV * longestTile(crossbarSizes(array).rowTiling) * perCell;
  return { kind: 'fixed', min: hasSignedColumns(config) ? -limit : 0, max: limit };
}
