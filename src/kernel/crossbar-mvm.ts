import { cellEffects } from '../device/cell-state.ts';
import type { ConverterGrid } from '../device/converter.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { InputCycles } from '../device/input-cycles.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import type { CrossbarAdcs } from './adc-mismatch.ts';

/** How inputs become row voltages. */
export interface CrossbarDrive extends InputCycles {
  /** Input converter; `codes` 0 drives the exact value. */
  readonly grid: ConverterGrid;
  /** Volts per unit of input, where the whole value is driven at once. */
  readonly voltsPerUnit: number;
  /** Whether slices of the magnitude are sent. */
  readonly serial: boolean;
  /** Code that stands for the input 0. */
  readonly zeroCode: number;
  /** What is taken from every input before it is driven, where negative inputs are shifted. */
  readonly shift: number | undefined;
  /** Voltage of a slice's largest digit. */
  readonly readVoltageV: number;
}

/** The part of a population and of a list of inputs that one launch works on. */
export interface CrossbarWindow {
  readonly firstChip: number;
  readonly chips: number;
  readonly firstInput: number;
  readonly inputs: number;
  /** Inputs altogether. */
  readonly allInputs: number;
}

/** How columns are read out. */
export interface CrossbarReadout {
  /** Whether reads are noisy, as the array's cell says. */
  readonly noisy: boolean;
  /** Whether noise comes as `spread` whatever the cell says: wires take from each cell's noise its own share. */
  readonly spreads?: boolean;
  /** Whether that noise is in the column currents already, cell by cell; default false: it is drawn for each conversion. */
  readonly perCell?: boolean;
  readonly rounding: number;
  readonly seed: number;
  /** Index of the population's first chip. */
  readonly firstChip: number;
  /** Number of the first input's read; each read of a chip has its own noise. */
  readonly firstEvent: number;
  /** Output units per uA of the lowest slice and cycle, and what each further slice and cycle counts. */
  readonly unit: number;
  readonly sliceRadix: number;
  readonly cycleRadix: number;
  /** Passes that are subtracted after conversion; the cycles are then those of one and of the other. */
  readonly passes: 1 | 2;
  /** Converters that are circuits; default ideal ones. */
  readonly adcs?: Pick<CrossbarAdcs, 'kind' | 'packed' | 'tileStride'> & { readonly bits: number };
}

/** Plans the drive. Binds `x` [all inputs, rows], `drive` (V) [cycles, inputs, padded rows], `total` (V) and `power` (V^2) [cycles, tiles, inputs]. */
export function planCrossbarDrive(array: CrossbarArray, drive: CrossbarDrive, window: CrossbarWindow): Launch {
  const { tiles, rowTiling, tileQuads, paddedRows } = crossbarSizes(array);
  const lanes = drive.cycles * window.inputs * tiles;
  const [gridX, gridY] = foldGrid(Math.ceil(lanes / 64));
  const sliceMax = 2 ** drive.sliceBits - 1;
  return {
    program: shaders['crossbar-drive'],
    entry: 'main',
    constants: { SERIAL: drive.serial ? 1 : 0, NEGATIVE: drive.passes === 2 ? 1 : drive.shift === undefined ? 0 : 2 },
    params: {
      rows: array.rows,
      inputs: window.inputs,
      first_input: window.firstInput,
      tiles,
      tile_rows: rowTiling.base,
      longer_tiles: rowTiling.longer,
      tile_quads: tileQuads,
      lanes,
      grid_x: gridX,
      volts_per_unit: drive.voltsPerUnit,
      offset: drive.grid.offset,
      step: drive.grid.step,
      codes: drive.grid.codes,
      rounding: drive.grid.rounding,
      zero_code: drive.zeroCode,
      slice_bits: drive.sliceBits,
      slice_max: sliceMax,
      volts_per_digit: drive.readVoltageV / sliceMax,
      shift: drive.shift ?? 0,
      pass_cycles: drive.cycles / drive.passes,
      low: drive.grid.low,
      high: drive.grid.high,
    },
    workgroups: [gridX, gridY, 1],
    elements: {
      x: (window.firstInput + window.inputs) * array.rows,
      drive: drive.cycles * window.inputs * paddedRows,
      total: lanes,
      power: lanes,
    },
  };
}

/** Elements of `current` and of `spread` for a window: [chips, slices, cycles, tiles, inputs, column blocks * 4]. */
export function currentElements(array: CrossbarArray, cycles: number, chips: number, inputs: number): number {
  const { slices, tiles, columnBlocks } = crossbarSizes(array);
  return chips * slices * cycles * tiles * inputs * columnBlocks * 4;
}

/**
 * Plans the column currents. Binds `drive`, `difference`, `current` (uA, as {@link currentElements}) and, with `withSpread`,
 * `variance` (uS^2) and `spread` (V^2 uS^2). `subgroups` shares inputs between lanes; it needs that feature with at least 4 lanes.
 */
export function planCrossbarMvm(
  array: CrossbarArray,
  cycles: number,
  window: CrossbarWindow,
  withSpread: boolean,
  subgroups = false,
): Launch {
  const { slices, tiles, rowTiling, tileQuads, paddedRows, columnBlocks } = crossbarSizes(array);
  const cells = (window.firstChip + window.chips) * slices * paddedRows * columnBlocks * 4;
  const outputs = currentElements(array, cycles, window.chips, window.inputs);
  const [tileInputs, tileBlocks] = subgroups ? [16, 64] : [64, 16];
  return {
    program: subgroups ? shaders['crossbar-mvm-subgroup'] : shaders['crossbar-mvm'],
    entry: withSpread ? 'main_spread' : 'main',
    constants: {},
    params: {
      rows: array.rows,
      inputs: window.inputs,
      first_chip: window.firstChip,
      slices,
      cycles,
      tiles,
      tile_rows: rowTiling.base,
      longer_tiles: rowTiling.longer,
      tile_quads: tileQuads,
      column_blocks: columnBlocks,
    },
    workgroups: [
      Math.ceil(window.inputs / tileInputs),
      Math.ceil(columnBlocks / tileBlocks),
      window.chips * slices * cycles * tiles,
    ],
    elements: {
      drive: cycles * window.inputs * paddedRows,
      difference: cells,
      current: outputs,
      ...(withSpread ? { variance: cells, spread: outputs } : {}),
    },
  };
}

/**
 * Plans the read-out, `cycles` being those that are converted, as the launches to run in order. The first, where there is a reference column, binds `current`, `spread`,
 * `power`, `grids`, `converters` and `reference` [chips, slices, cycles, tiles, column tiles, inputs]; the last binds the same with `reference_in` for
 * `reference`, and `y` [all chips, all inputs, columns].
 */
export function planCrossbarRead(
  array: CrossbarArray,
  cycles: number,
  window: CrossbarWindow,
  readout: CrossbarReadout,
): { readonly reference: Launch | undefined; readonly main: Launch } {
  const { slices, tiles, columnBlocks, sides, columnTiling, referenceColumns } = crossbarSizes(array);
  const kind = readout.spreads ? 'state' : cellEffects(array.cell).readNoise;
  const noise = readout.noisy && !readout.perCell ? kind : 'none';
  const { adcs } = readout;
  const parts = slices * cycles * tiles;
  const hasReference = referenceColumns > 0;
  const currents = currentElements(array, cycles, window.chips, window.inputs);
  const launch = (entry: 'main' | 'main_reference', items: number): Launch => {
    const [gridX, gridY] = foldGrid(Math.ceil(items / 64));
    const references = window.chips * parts * referenceColumns * window.inputs;
    return {
      program: shaders['crossbar-read'],
      entry,
      constants: {
        NOISE: noiseKinds.indexOf(noise),
        REFERENCE: Math.min(2, referenceColumns),
        CIRCUIT: adcs ? circuitKinds.indexOf(adcs.kind) : 0,
      },
      params: {
        columns: array.columns,
        column_blocks: columnBlocks,
        inputs: window.inputs,
        all_inputs: window.allInputs,
        first_input: window.firstInput,
        first_chip: window.firstChip,
        slices,
        cycles,
        pass_cycles: cycles / readout.passes,
        tiles,
        column_tiles: columnTiling.tiles,
        tile_columns: columnTiling.base,
        longer_tiles: columnTiling.longer,
        items,
        grid_x: gridX,
        seed: readout.seed,
        chip_index: readout.firstChip + window.firstChip,
        event: readout.firstEvent + window.firstInput,
        rounding: readout.rounding,
        cell_variance: sides * array.cell.readNoise.absoluteUs ** 2,
        unit: readout.unit,
        slice_radix: readout.sliceRadix,
        cycle_radix: readout.cycleRadix,
        bits: adcs?.bits ?? 0,
        converter_stride: adcs?.tileStride ?? 0,
      },
      workgroups: [gridX, gridY, window.chips],
      elements: {
        current: currents,
        spread: noise === 'state' ? currents : 0,
        power: cycles * tiles * window.inputs,
        grids: slices * 8,
        converters: adcs?.packed.length ?? 0,
        ...(entry === 'main'
          ? {
              reference_in: references,
              y: (window.firstChip + window.chips) * window.allInputs * array.columns,
            }
          : { reference: references }),
      },
    };
  };
  return {
    reference: hasReference ? launch('main_reference', parts * referenceColumns * window.inputs) : undefined,
    main: launch('main', window.inputs * Math.ceil(array.columns / 4)),
  };
}

const noiseKinds = ['none', 'absolute', 'state'] as const;
const circuitKinds = ['ideal', 'ramp', 'sar', 'stages'] as const;
