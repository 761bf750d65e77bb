import { type ConverterGrid, converterGrid } from '../device/converter.ts';
import { type CrossbarArray, type CrossbarSizes, crossbarSizes } from '../device/crossbar-array.ts';
import { conversionsOf } from '../device/input-cycles.ts';
import type { FixedRange } from '../device/range.ts';
import type { ProfileOptions } from '../device/value-profile.ts';
import { fail } from '../errors.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { paddedBytes, type Tensor } from '../gpu/tensor.ts';
import type { CrossbarAdcs } from '../kernel/adc-mismatch.ts';
import { type CrossbarDrive, currentElements } from '../kernel/crossbar-mvm.ts';
import { hasBroadcast } from '../kernel/shared-lanes.ts';
import type { Counts } from '../ledger/counts.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import { readCounts, setupCounts } from './crossbar-counts.ts';
import { inputCycles } from './crossbar-inputs.ts';
import { recordProduct } from './crossbar-product.ts';
import {
  type CurrentObserver,
  observedValues,
  profileSlices,
  recordCurrents,
  type SliceProfile,
} from './crossbar-profile.ts';
import {
  crossbarDrive,
  inputRange,
  measureColumnRanges,
  needsCalibration,
  plainColumnRanges,
} from './crossbar-ranges.ts';
import { type CrossbarTensors, needsVariance } from './crossbar-tensors.ts';

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
    const { gpu, adcs, seed, firstChip, tensors } = this;
    const rounding = this.columnGrids![0]!.rounding;
    const programmed = { array, config, tensors, adcs, seed, firstChip, rounding };
    const broadcast = hasBroadcast(gpu);
    recordProduct(batch, programmed, { inputs, count, drive, firstEvent, y, broadcast, observe: options.observe });
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
      const draws = { noisy: lumped, seed, firstChip, firstEvent, generator: gpu.generator };
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
