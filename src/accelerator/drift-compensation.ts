import { type CellChoice, cellAtProgramming } from '../device/cell.ts';
import { cellTables } from '../device/cell-tables.ts';
import { type CrossbarArray, crossbarSizes, offsetConductancesUs } from '../device/crossbar-array.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { planCrossbarReadout, readoutElements } from '../kernel/crossbar-compensate.ts';
import { planCrossbarFaults } from '../kernel/crossbar-faults.ts';
import { planCrossbarProgram } from '../kernel/crossbar-program.ts';
import type { Counts } from '../ledger/counts.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import type { PackedFaults } from './crossbar-faults.ts';

/**
 * Drift compensation after a read-out of every cell, one wordline after the other: products are multiplied by the mean
 * magnitude of the weights at the reference over that of now, of a whole chip (`global`) or of each column. The reference is
 * the targets (`ideal`), or a read-out of the same cells right after programming, with read noise of its own (`noisy`,
 * default). The read-outs are taken to be exactly converted.
 */
export interface DriftCompensation {
  readonly kind: 'global' | 'per-column';
  readonly reference?: 'ideal' | 'noisy';
}

/** A programmed population, as far as its factors depend on it. */
export interface DriftedCells {
  readonly array: CrossbarArray;
  readonly resolved: Pick<ResolvedCrossbar, 'driftCompensation' | 'readNoise'>;
  readonly seed: number;
  readonly firstChip: number;
  readonly target: Tensor;
  readonly conductance: Tensor;
  readonly curves: Tensor;
  readonly faults: PackedFaults | undefined;
  readonly stuck: Tensor;
}

/** Factors of products, [chips, columns], 1 where nothing is to be read; empty without compensation. The caller owns them. Throws what the batch throws. */
export async function driftFactors(
  gpu: Gpu,
  device: string | CellChoice | undefined,
  cells: DriftedCells,
): Promise<Tensor> {
  const compensation = cells.resolved.driftCompensation;
  const values = compensation ? await readFactors(gpu, compensation, device, cells) : new Float32Array(0);
  return gpu.tensor(values, undefined, 'drift compensation');
}

async function readFactors(
  gpu: Gpu,
  compensation: Required<DriftCompensation>,
  device: string | CellChoice | undefined,
  { array, resolved, seed, firstChip, target, conductance, curves, faults, stuck }: DriftedCells,
): Promise<Float32Array> {
  const noisy = resolved.readNoise;
  const ideal = compensation.reference === 'ideal';
  // Targets are the same on every chip.
  const before: CrossbarArray = ideal ? { ...array, chips: 1 } : { ...array, cell: cellAtProgramming(device) };
  const { slices, cellStride } = crossbarSizes(array);
  const batch = gpu.batch('drift compensation');
  const temporary = (length: number, label: string) => batch.temporary('f32', [length], label);
  const draws = { seed, firstChip };
  try {
    const offsets = temporary(slices, 'offsets');
    if (array.offsetSubtraction === 'digital') gpu.write(offsets, Float32Array.from(offsetConductancesUs(array)));
    const table = ideal ? new Float32Array(0) : cellTables(before.cell);
    const oldCurves = temporary(table.length, 'cell curves as programmed');
    if (table.length > 0) gpu.write(oldCurves, table);
    const old = temporary(before.chips * cellStride, 'conductance as programmed');
    const [was, is] = [before, array].map((each) => temporary(readoutElements(each), 'read-out')) as [Tensor, Tensor];
    batch.run(planCrossbarProgram(before, { ...draws, nominal: ideal }), {
      weights: target,
      curves: oldCurves,
      conductance: old,
    });
    if (faults && !ideal) batch.run(planCrossbarFaults(before, faults.perChip), { faults: stuck, conductance: old });
    const readout = { ...draws, firstEvent: 0, noisy: noisy && !ideal };
    batch.run(planCrossbarReadout(before, readout), { conductance: old, curves: oldCurves, offsets, sums: was });
    const now = { ...draws, firstEvent: array.rows, noisy };
    batch.run(planCrossbarReadout(array, now), { conductance, curves, offsets, sums: is });
    const readings = [was, is].map((sums) => batch.read<Float32Array>(sums));
    await batch.submit();
    return factorsOf(array, compensation.kind, readings[0]!.values(), readings[1]!.values());
  } catch (cause) {
    batch.discard();
    throw cause;
  }
}

/** Wordlines of a population that are driven, and cells read and converted, by `readouts` of every cell. */
export function readoutCounts(array: CrossbarArray, adcBits: number, readouts: number): Counts {
  const { slices, sides, cellsPerChip, columnTiling } = crossbarSizes(array);
  const reads = readouts * array.chips;
  const conversions = (reads * cellsPerChip) / sides;
  // A weight is joined from its slices and its offset, and its magnitude added to the column's.
  const joins = reads * array.rows * array.columns * (array.mapping === 'offset' ? 2 * slices : slices);
  return {
    dac: { drive: reads * array.rows * columnTiling.tiles },
    crossbar: { cellRead: reads * cellsPerChip },
    ...(adcBits > 0 ? { adc: { conversion: conversions }, adder: { add: joins } } : {}),
  };
}

/** Read-outs that a compensation takes over the life of what is programmed: now, and at the start where the reference is one. */
export function readoutsOf(compensation: Required<DriftCompensation> | undefined): number {
  if (compensation === undefined) return 0;
  return compensation.reference === 'noisy' ? 2 : 1;
}

function factorsOf(
  { chips, columns }: CrossbarArray,
  kind: DriftCompensation['kind'],
  was: Float32Array,
  is: Float32Array,
): Float32Array {
  const stride = Math.ceil(columns / 4) * 4;
  const factors = new Float32Array(chips * columns);
  const ratio = (before: number, now: number) => (before > 0 && now > 0 ? before / now : 1);
  for (let chip = 0; chip < chips; chip++) {
    const from = was.length === stride ? 0 : chip * stride;
    const [before, now] = [was.subarray(from, from + columns), is.subarray(chip * stride, chip * stride + columns)];
    const whole = ratio(sum(before), sum(now));
    for (let column = 0; column < columns; column++) {
      factors[chip * columns + column] = kind === 'global' ? whole : ratio(before[column]!, now[column]!);
    }
  }
  return factors;
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
