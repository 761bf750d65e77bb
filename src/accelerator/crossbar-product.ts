import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { conversionsOf } from '../device/input-cycles.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { CrossbarAdcs } from '../kernel/adc-mismatch.ts';
import { planCrossbarCompensate } from '../kernel/crossbar-compensate.ts';
import { planCrossbarCorrect } from '../kernel/crossbar-correct.ts';
import { joinsCycles, planCrossbarJoin } from '../kernel/crossbar-join.ts';
import {
  type CrossbarDrive,
  currentElements,
  planCrossbarDrive,
  planCrossbarMvm,
  planCrossbarRead,
} from '../kernel/crossbar-mvm.ts';
import { planCrossbarMvmCells } from '../kernel/crossbar-mvm-cells.ts';
import { planClosedForm } from '../kernel/wires-closed-form.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import type { CurrentObserver } from './crossbar-profile.ts';
import { digitalCorrection, outputScale } from './crossbar-ranges.ts';
import { type CrossbarTensors, needsVariance } from './crossbar-tensors.ts';
import { crossbarWindows } from './crossbar-windows.ts';

/** A programmed population as a product sees it. */
export interface ProgrammedCrossbar {
  readonly array: CrossbarArray;
  readonly config: ResolvedCrossbar;
  readonly tensors: CrossbarTensors;
  /** Converters that are circuits. */
  readonly adcs: CrossbarAdcs | undefined;
  readonly seed: number;
  readonly firstChip: number;
  /** Tie rule of the column converters, as their grids number it. */
  readonly rounding: number;
}

/** Inputs [count, rows], how they are driven, and where the outputs [chips, count, columns] go. */
export interface CrossbarProduct {
  readonly inputs: Tensor;
  readonly count: number;
  readonly drive: CrossbarDrive;
  readonly firstEvent: number;
  readonly y: Tensor;
  /** Whether lanes of a subgroup may share loads. */
  readonly broadcast: boolean;
  /** Is given the currents of every window, before their conversion, as the batch has them at that point. */
  readonly observe: CurrentObserver | undefined;
}

/** Records y = x W through drive, cells, wires, converters and digital corrections, window by window. */
export function recordProduct(batch: Batch, programmed: ProgrammedCrossbar, product: CrossbarProduct): void {
  const { array, config, tensors, adcs, seed, firstChip, rounding } = programmed;
  const { inputs, count, drive, firstEvent, y, broadcast, observe } = product;
  const { difference, variance, grids, converters, conductance, curves, constants, factors } = tensors;
  const withSpread = needsVariance(config);
  const perCell = config.readNoise && config.readNoiseForm === 'per-cell';
  const readout = {
    noisy: config.readNoise,
    perCell,
    spreads: withSpread,
    rounding,
    seed,
    firstChip,
    firstEvent,
    sliceRadix: 2 ** array.sliceBits,
    ...(adcs ? { adcs: { ...adcs, bits: config.adc.bits } } : {}),
    ...outputScale(config, array, drive),
  };
  const windows = crossbarWindows(array, drive.cycles, count);
  const { chips, inputs: most } = windows[0]!;
  const { tiles, slices, paddedRows, referenceColumns, columnBlocks } = crossbarSizes(array);
  const { cycles } = conversionsOf(drive);
  const temporary = (length: number, label: string) => batch.temporary('f32', [length], label);
  const volts = temporary(drive.cycles * most * paddedRows, 'drive');
  const power = temporary(drive.cycles * most * tiles, 'power');
  const total = temporary(drive.cycles * most * tiles, 'total');
  const current = temporary(currentElements(array, drive.cycles, chips, most), 'current');
  const spread = withSpread ? temporary(current.length, 'spread') : current;
  const converted = joinsCycles(drive)
    ? {
        current: temporary(currentElements(array, cycles, chips, most), 'joined current'),
        spread: withSpread ? temporary(currentElements(array, cycles, chips, most), 'joined spread') : current,
        power: temporary(cycles * most * tiles, 'joined power'),
      }
    : { current, spread, power };
  const references = chips * slices * cycles * tiles * referenceColumns * most;
  const reference = references > 0 ? temporary(references, 'reference') : current;
  const correction = digitalCorrection(array, drive);
  for (const window of windows) {
    batch.run(planCrossbarDrive(array, drive, window), { x: inputs, drive: volts, power, total });
    if (perCell) {
      const launch = planCrossbarMvmCells(array, drive.cycles, window, readout);
      batch.run(launch, { drive: volts, conductance, curves, current });
    } else {
      batch.run(planCrossbarMvm(array, drive.cycles, window, withSpread, broadcast), {
        drive: volts,
        difference,
        current,
        ...(withSpread ? { variance, spread } : {}),
      });
    }
    if (config.wires?.model === 'closed-form') {
      const plan = planClosedForm(array, drive.cycles, window, config.wires.columnOhm, config.readVoltageV);
      batch.run(plan, { drive: volts, difference, current });
    }
    if (joinsCycles(drive)) {
      const join = (lines: number, values: number, squared: boolean, cycle_values: Tensor, joined: Tensor) =>
        batch.run(planCrossbarJoin(drive, lines, values, squared), { cycle_values, joined });
      const values = tiles * window.inputs * columnBlocks * 4;
      join(window.chips * slices, values, false, current, converted.current);
      if (withSpread) join(window.chips * slices, values, true, spread, converted.spread);
      if (config.readNoise) join(1, tiles * window.inputs, true, power, converted.power);
    }
    observe?.(window, converted);
    const read = planCrossbarRead(array, cycles, window, readout);
    const common = { ...converted, grids, converters };
    if (read.reference) batch.run(read.reference, { ...common, reference });
    batch.run(read.main, { ...common, reference_in: reference, y });
    // Digits are added to what is read, they do not drift.
    if (config.driftCompensation) batch.run(planCrossbarCompensate(array, window), { factors, y });
    if (correction) batch.run(planCrossbarCorrect(array, drive, window, correction), { total, constants, y });
  }
}
