import { converterGrid } from '../device/converter.ts';
import { type CrossbarArray, crossbarSizes, offsetConductancesUs, weightPerUs } from '../device/crossbar-array.ts';
import { optimisedRange } from '../device/optimised-range.ts';
import { type FixedRange, fixRange, rangeOf } from '../device/range.ts';
import { longestTile } from '../device/tiling.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { CrossbarCorrection } from '../kernel/crossbar-correct.ts';
import { type CrossbarDrive, currentElements, planCrossbarDrive, planCrossbarMvm } from '../kernel/crossbar-mvm.ts';
import { planCrossbarCombine, planCrossbarProgram } from '../kernel/crossbar-program.ts';
import { hasBroadcast } from '../kernel/linear.ts';
import { givenRanges, measuredRanges } from './column-ranges.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import { observedValues } from './crossbar-profile.ts';

/** Whether inputs must be measured before the first product: a converter's range, or the scale of a voltage, depends on them. */
export function needsCalibration(config: ResolvedCrossbar): boolean {
  const scaled = config.dac.bits > 0 || config.adc.bits > 0 || config.output !== 'product';
  const measuresColumns = ['max', 'percentile', 'optimised'].includes(config.adc.range.kind);
  return (scaled && config.dac.range.kind !== 'fixed') || (config.adc.bits > 0 && measuresColumns);
}

/** Range of the inputs by the rule of `config.dac`; inputs that are all 0 get 1 for their largest magnitude. */
export function inputRange(config: ResolvedCrossbar, inputs: ArrayLike<number> | undefined): FixedRange {
  const { range } = config.dac;
  if (range.kind === 'fixed') return range;
  const fallback: FixedRange = { kind: 'fixed', min: config.signedInputs ? -1 : 0, max: 1 };
  if (inputs === undefined || inputs.length === 0 || !Array.prototype.some.call(inputs, (x) => x !== 0))
    return fallback;
  return range.kind === 'optimised'
    ? optimisedRange(config.dac, inputs, config.signedInputs)
    : fixRange(range, inputs, config.signedInputs);
}

/** The drive for inputs of that range. */
export function crossbarDrive(config: ResolvedCrossbar, range: FixedRange): CrossbarDrive {
  const { dac, readVoltageV } = config;
  const grid = converterGrid({ ...dac, range });
  return {
    grid,
    voltsPerUnit: readVoltageV / Math.max(Math.abs(range.min), Math.abs(range.max)),
    cycles: config.cycles,
    serial: dac.mode === 'bit-serial',
    sliceBits: dac.mode === 'bit-serial' ? dac.sliceBits : 1,
    zeroCode: dac.grid === 'sign-magnitude' ? (grid.codes - 1) / 2 : 0,
    readVoltageV,
  };
}

/** Output per uA of the first cycle and lowest slice, and what each further cycle counts. */
export function outputScale(
  config: ResolvedCrossbar,
  array: CrossbarArray,
  drive: CrossbarDrive,
): { readonly unit: number; readonly cycleRadix: number } {
  if (config.output === 'current') return { unit: 1, cycleRadix: 1 };
  if (config.output === 'charge') return { unit: config.integrationNs, cycleRadix: 1 };
  const radix = 2 ** drive.sliceBits;
  const inputPerVolt = drive.serial ? (drive.grid.step * (radix - 1)) / drive.readVoltageV : 1 / drive.voltsPerUnit;
  return { unit: weightPerUs(array) * inputPerVolt, cycleRadix: radix };
}

/** What is taken away from products in digits; undefined where nothing is. */
export function digitalCorrection(
  config: ResolvedCrossbar,
  array: CrossbarArray,
  drive: CrossbarDrive,
): CrossbarCorrection | undefined {
  if (array.mapping !== 'offset' || array.offsetSubtraction !== 'digital') return undefined;
  const { unit, cycleRadix } = outputScale(config, array, drive);
  const offsetUs = offsetConductancesUs(array).reduce((sum, us, slice) => sum + us * 2 ** (slice * array.sliceBits), 0);
  return { offsetPerVolt: unit * offsetUs, cycleRadix };
}

/** Ranges of the slices' column converters that need no measuring; undefined where they do. */
export function plainColumnRanges(config: ResolvedCrossbar, array: CrossbarArray): readonly FixedRange[] | undefined {
  const { slices } = crossbarSizes(array);
  if (config.adc.bits === 0) return Array.from({ length: slices }, () => rangeOf(1, true));
  return givenRanges(config, slices, fullRange(config, array));
}

/**
 * Ranges of column converters by a rule that is measured, one per slice over the currents that the targets themselves
 * (no error, no noise) give for `inputs` [n, rows]. They are measured on the GPU in one array, so that a chip's range does
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
  const { slices, cellStride, paddedRows, columnBlocks, tiles } = crossbarSizes(array);
  const perInput = Math.max(currentElements(array, drive.cycles, 1, 1), drive.cycles * paddedRows);
  const count = Math.min(inputs.length / array.rows, Math.max(1, Math.floor(2 ** 22 / perInput)));
  const window = { firstChip: 0, chips: 1, firstInput: 0, inputs: count, allInputs: count };
  const batch = gpu.batch('crossbar calibration');
  const temporary = (length: number, label: string) => batch.temporary('f32', [length], label);
  const conductance = temporary(cellStride, 'target conductance');
  const difference = temporary(slices * paddedRows * columnBlocks * 4, 'target difference');
  const driven = temporary(drive.cycles * count * paddedRows, 'drive');
  const power = temporary(drive.cycles * count * tiles, 'power');
  const total = temporary(drive.cycles * count * tiles, 'total');
  const current = temporary(currentElements(array, drive.cycles, 1, count), 'current');
  batch
    .run(planCrossbarProgram(array, { seed: 0, firstChip: 0, nominal: true }), {
      weights,
      curves: weights,
      conductance,
    })
    .run(planCrossbarCombine(array, false), {
      conductance,
      difference,
      curves: conductance,
      variance: temporary(0, 'no variance'),
    })
    .run(planCrossbarDrive(array, drive, window), { x: inputs, drive: driven, power, total })
    .run(planCrossbarMvm(array, drive.cycles, window, false, hasBroadcast(gpu)), {
      drive: driven,
      difference,
      current,
    });
  const reading = batch.read<Float32Array>(current);
  await batch.submit();
  const observed = [{ window, current: reading.values() }];
  const values = observedValues(array, drive.cycles, observed, { noisy: false, seed: 0, firstChip: 0, firstEvent: 0 });
  return measuredRanges(config, values, isSigned(config), fullRange(config, array));
}

function fullRange(config: ResolvedCrossbar, array: CrossbarArray): FixedRange {
  const { conductanceMinUs: min, conductanceMaxUs: max } = array.cell;
  const perCell = config.mapping === 'differential' ? max - min : max;
  const limit = config.readVoltageV * longestTile(crossbarSizes(array).rowTiling) * perCell;
  return { kind: 'fixed', min: isSigned(config) ? -limit : 0, max: limit };
}

const isSigned = (config: ResolvedCrossbar) => config.signedInputs || config.mapping === 'differential';
