import { cellEffects } from '../device/cell-state.ts';
import { cellTables } from '../device/cell-tables.ts';
import { type ConverterGrid, converterGrid } from '../device/converter.ts';
import { type CrossbarArray, type CrossbarSizes, crossbarSizes } from '../device/crossbar-array.ts';
import { conversionsOf } from '../device/input-cycles.ts';
import type { FixedRange } from '../device/range.ts';
import type { ProfileOptions } from '../device/value-profile.ts';
import { fail } from '../errors.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { paddedBytes, type Tensor } from '../gpu/tensor.ts';
import { type CrossbarAdcs, drawCrossbarAdcs } from '../kernel/adc-mismatch.ts';
import { planCrossbarCompensate } from '../kernel/crossbar-compensate.ts';
import { planCrossbarCorrect } from '../kernel/crossbar-correct.ts';
import { planCrossbarFaults } from '../kernel/crossbar-faults.ts';
import { joinsCycles, planCrossbarJoin } from '../kernel/crossbar-join.ts';
import {
  type CrossbarDrive,
  currentElements,
  planCrossbarDrive,
  planCrossbarMvm,
  planCrossbarRead,
} from '../kernel/crossbar-mvm.ts';
import { planCrossbarMvmCells } from '../kernel/crossbar-mvm-cells.ts';
import { planCrossbarProgram } from '../kernel/crossbar-program.ts';
import { hasBroadcast } from '../kernel/shared-lanes.ts';
import { planClosedForm } from '../kernel/wires-closed-form.ts';
import { wiresSweeps } from '../kernel/wires-sweeps.ts';
import type { Counts } from '../ledger/counts.ts';
import { storedColumnSums } from '../reference/crossbar-program.ts';
import { type CrossbarConfig, type ResolvedCrossbar, resolveCrossbar } from './crossbar-config.ts';
import { readCounts, setupCounts } from './crossbar-counts.ts';
import { packFaults } from './crossbar-faults.ts';
import { type CrossbarPopulation, type CrossbarWeights, checkPopulation, checkWeights } from './crossbar-input.ts';
import { inputCycles, shiftsInputs } from './crossbar-inputs.ts';
import { layOutCells } from './crossbar-layout.ts';
import { crossbarArray } from './crossbar-mapping.ts';
import {
  type CurrentObserver,
  observedValues,
  profileSlices,
  recordCurrents,
  type SliceProfile,
} from './crossbar-profile.ts';
import {
  crossbarDrive,
  digitalCorrection,
  inputRange,
  measureColumnRanges,
  needsCalibration,
  outputScale,
  plainColumnRanges,
} from './crossbar-ranges.ts';
import { crossbarWindows } from './crossbar-windows.ts';
import { driftFactors } from './drift-compensation.ts';

export type { CrossbarPopulation, CrossbarWeights } from './crossbar-input.ts';

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

/** Whether a read's variance is summed over cells, one by one: it, or what wires let through of it, differs, and it is not drawn in them. */
function needsVariance({ readNoise, readNoiseForm, device, wires }: ResolvedCrossbar): boolean {
  const ofCells = cellEffects(device).readNoise === 'state' || wires?.model === 'exact';
  return readNoise && readNoiseForm === 'lumped' && ofCells;
}

interface CrossbarTensors {
  readonly target: Tensor;
  readonly curves: Tensor;
  readonly conductance: Tensor;
  /** With wires whose network is solved. */
  readonly effective: Tensor | undefined;
  readonly difference: Tensor;
  readonly variance: Tensor;
  readonly grids: Tensor;
  /** Fixed faults, where there are any. */
  readonly stuck: Tensor;
  readonly converters: Tensor;
  /** Of drift compensation, [chips, columns], where there is one. */
  readonly factors: Tensor;
  /** What is added to every column where inputs are shifted. */
  readonly constants: Tensor;
}

/** A population of programmed arrays on the GPU; made by {@link programCrossbar}, given back by `destroy`. */
export class Crossbar {
  readonly config: ResolvedCrossbar;
  readonly array: CrossbarArray;
  readonly sizes: CrossbarSizes;
  readonly seed: number;
  readonly firstChip: number;
  /** Column converters, one per weight slice; undefined before {@link Crossbar.calibrate} where they are measured. */
  columnGrids: readonly ConverterGrid[] | undefined;
  /** Ranges of those converters (uA). */
  columnRanges: readonly FixedRange[] | undefined;
  /** Range of the inputs; undefined before {@link Crossbar.calibrate} where it is measured. */
  inputRange: FixedRange | undefined;
  /** Number of the next read; every read has its own noise. */
  nextEvent = 0;
  private readonly gpu: Gpu;
  private readonly tensors: CrossbarTensors;
  private readonly columnSums: Float64Array;
  /** Converters that are circuits, as they were drawn; undefined for ideal ones. */
  readonly adcs: CrossbarAdcs | undefined;

  constructor(
    gpu: Gpu,
    config: ResolvedCrossbar,
    array: CrossbarArray,
    seed: number,
    firstChip: number,
    tensors: CrossbarTensors,
    columnSums: Float64Array,
    adcs?: CrossbarAdcs,
  ) {
    this.gpu = gpu;
    this.config = config;
    this.array = array;
    this.sizes = crossbarSizes(array);
    this.seed = seed;
    this.firstChip = firstChip;
    this.tensors = tensors;
    this.columnSums = columnSums;
    this.adcs = adcs;
    if (!needsCalibration(config) || config.dac.range.kind === 'fixed')
      this.setInputRange(inputRange(config, undefined));
    const ranges = plainColumnRanges(config, array);
    if (ranges) this.setColumnRanges(ranges);
  }

  /** Conductances in uS: [chips, cells padded to a multiple of 4], the cells as [slices, sides, rows, physical columns]. */
  get conductance(): Tensor {
    return this.tensors.conductance;
  }

  /** Current (uA) at the columns' sensing ends per volt on a row, laid out as {@link Crossbar.conductance}; undefined without exact wires. */
  get effective(): Tensor | undefined {
    return this.tensors.effective;
  }

  /** What every column gets in digits where inputs are shifted: the shift times the sum of its stored weights; undefined elsewhere. */
  columnConstants(): Float64Array | undefined {
    const shift = this.inputRange && crossbarDrive(this.config, this.inputRange).shift;
    return shift === undefined ? undefined : this.columnSums.map((sum) => shift * sum);
  }

  /** Bytes of GPU memory that the programmed population takes. */
  get memoryBytes(): number {
    return this.owned.reduce((sum, tensor) => sum + paddedBytes(tensor.length), 0);
  }

  /** Fixes ranges that are measured, on `inputs` [n, rows]; ranges stay fixed for every later product. */
  async calibrate(inputs: Tensor | Float32Array): Promise<void> {
    const tensor = inputs instanceof Float32Array ? this.gpu.tensor(inputs, [inputs.length], 'inputs') : inputs;
    try {
      this.inputsOf(tensor);
      const host = inputs instanceof Float32Array ? inputs : await this.readBack(inputs);
      const range = inputRange(this.config, host);
      this.setInputRange(range);
      if (plainColumnRanges(this.config, this.array)) return;
      const drive = crossbarDrive(this.config, range);
      const { gpu, config, array, tensors } = this;
      this.setColumnRanges(await measureColumnRanges(gpu, config, array, tensors.target, drive, tensor));
    } finally {
      if (tensor !== inputs) tensor.destroy();
    }
  }

  /**
   * Records y = x W for inputs [n, rows] and returns y [chips, n, columns], in the unit that `config.output` says; the caller
   * owns it. Input i is read number `firstEvent + i` of its chip. Throws `CROSSBAR_INPUTS` or `CROSSBAR_RANGE`.
   */
  multiply(
    batch: Batch,
    inputs: Tensor,
    options: {
      readonly output?: Tensor;
      readonly firstEvent?: number | undefined;
      /** Is given the currents of every window, before their conversion, as the batch has them at that point. */
      readonly observe?: CurrentObserver;
    } = {},
  ): Tensor {
    const { array, config } = this;
    const count = this.inputsOf(inputs);
    const drive = this.drive();
    const firstEvent = options.firstEvent ?? this.nextEvent;
    this.nextEvent = firstEvent + count;
    const y = options.output ?? this.gpu.empty('f32', [array.chips, count, array.columns], 'crossbar outputs');
    if (count === 0) return y;
    const { difference, variance, grids, converters, conductance, curves, constants, factors } = this.tensors;
    const withSpread = needsVariance(config);
    const perCell = config.readNoise && config.readNoiseForm === 'per-cell';
    const readout = {
      noisy: config.readNoise,
      perCell,
      spreads: withSpread,
      rounding: this.columnGrids![0]!.rounding,
      seed: this.seed,
      firstChip: this.firstChip,
      firstEvent,
      sliceRadix: 2 ** array.sliceBits,
      ...(this.adcs ? { adcs: { ...this.adcs, bits: config.adc.bits } } : {}),
      ...outputScale(config, array, drive),
    };
    const windows = crossbarWindows(array, drive.cycles, count);
    const { chips, inputs: most } = windows[0]!;
    const { tiles, slices, paddedRows, referenceColumns } = this.sizes;
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
        batch.run(planCrossbarMvm(array, drive.cycles, window, withSpread, hasBroadcast(this.gpu)), {
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
        const values = tiles * window.inputs * this.sizes.columnBlocks * 4;
        join(window.chips * slices, values, false, current, converted.current);
        if (withSpread) join(window.chips * slices, values, true, spread, converted.spread);
        if (config.readNoise) join(1, tiles * window.inputs, true, power, converted.power);
      }
      options.observe?.(window, converted);
      const read = planCrossbarRead(array, cycles, window, readout);
      const common = { ...converted, grids, converters };
      if (read.reference) batch.run(read.reference, { ...common, reference });
      batch.run(read.main, { ...common, reference_in: reference, y });
      // Digits are added to what is read, they do not drift.
      if (config.driftCompensation) batch.run(planCrossbarCompensate(array, window), { factors, y });
      if (correction) batch.run(planCrossbarCorrect(array, drive, window, correction), { total, constants, y });
    }
    return y;
  }

  /**
   * What the column converters see: for each weight slice the histogram, extremes, moments and percentiles of the currents (uA) in
   * front of them, and the share that clips, over all chips, cycles, tiles, inputs [n, rows] and physical columns. It is a read
   * with read noise like any other, number `firstEvent` and on, or the next. Of many inputs it takes the first, as many as give at
   * most 2^22 currents, one at least. Throws as {@link Crossbar.multiply}.
   */
  async profile(
    inputs: Tensor | Float32Array,
    options: ProfileOptions & { readonly firstEvent?: number } = {},
  ): Promise<readonly SliceProfile[]> {
    const { gpu, array, config, seed, firstChip } = this;
    const host = inputs instanceof Float32Array ? inputs : await this.readBack(inputs);
    // Noise that is drawn cell by cell is in the currents already.
    const lumped = config.readNoise && config.readNoiseForm === 'lumped';
    const perInput = currentElements(array, config.cycles, array.chips, 1);
    const most = Math.max(1, Math.floor(2 ** 22 / perInput)) * array.rows;
    const used = gpu.tensor(host.subarray(0, most), undefined, 'profiled inputs');
    const batch = gpu.batch('crossbar profile');
    try {
      const { observed, observe } = recordCurrents(batch, lumped ? config.device : undefined, needsVariance(config));
      const firstEvent = options.firstEvent ?? this.nextEvent;
      const y = this.multiply(batch, used, { observe, firstEvent: options.firstEvent });
      await batch.submit();
      y.destroy();
      const draws = { noisy: lumped, seed, firstChip, firstEvent };
      const values = observedValues(array, conversionsOf(inputCycles(config)).cycles, observed(), draws);
      return profileSlices(values, config.adc.bits === 0 ? undefined : this.columnRanges, options);
    } finally {
      batch.discard();
      used.destroy();
    }
  }

  /** Actions of programming this population, over all its chips, with the read-outs of drift compensation. */
  writeCounts(): Counts {
    return setupCounts(this.array, this.config);
  }

  /** Actions of multiplying `inputs` vectors, over all chips. */
  readCounts(inputs: number): Counts {
    return readCounts(this.array, this.config, inputs);
  }

  /** Gives the GPU memory back. */
  destroy(): void {
    for (const tensor of this.owned) tensor.destroy();
  }

  private get owned(): readonly Tensor[] {
    return Object.values(this.tensors).filter((tensor: Tensor | undefined) => tensor !== undefined);
  }

  private drive(): CrossbarDrive {
    if (this.inputRange && this.columnGrids) return crossbarDrive(this.config, this.inputRange);
    throw fail(
      'CROSSBAR_RANGE',
      "a converter's range is to be measured, and no inputs were seen",
      'await calibrate(inputs) first, or give fixed ranges',
    );
  }

  private inputsOf(inputs: Tensor): number {
    const { rows } = this.array;
    if (inputs.type === 'f32' && inputs.length % rows === 0) return inputs.length / rows;
    throw fail(
      'CROSSBAR_INPUTS',
      `the inputs are ${inputs.length} ${inputs.type} values, the array has ${rows} rows`,
      'give f32 inputs [n, rows]',
    );
  }

  private setColumnRanges(ranges: readonly FixedRange[]): void {
    const grids = ranges.map((range) => converterGrid({ ...this.config.adc, range }));
    this.columnRanges = ranges;
    this.columnGrids = grids;
    this.gpu.write(
      this.tensors.grids,
      Float32Array.from(grids.flatMap((g) => [g.offset, g.step, g.codes, 0, g.low, g.high, 0, 0])),
    );
  }

  private setInputRange(range: FixedRange): void {
    this.inputRange = range;
    const constants = this.columnConstants();
    if (constants) this.gpu.write(this.tensors.constants, Float32Array.from(constants));
  }

  private async readBack(tensor: Tensor): Promise<Float32Array> {
    const batch = this.gpu.batch('crossbar inputs');
    const reading = batch.read<Float32Array>(tensor);
    await batch.submit();
    return reading.values();
  }
}
