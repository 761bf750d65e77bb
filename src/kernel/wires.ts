import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { Ladder } from '../device/ladder.ts';
import { longestTile } from '../device/tiling.ts';
import { columnLadder, rowLadder, type WiresModel } from '../device/wires.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import type { ShaderModule } from '../gpu/program.ts';
import { shaders } from '../shader/embedded.ts';
import type { SweepWeights } from './wires-sweeps.ts';

/** A population whose arrays, one per chip, weight slice, side of a pair and tile, have wires. */
export interface WiredPopulation {
  readonly array: CrossbarArray;
  readonly wires: WiresModel;
}

/** The arrays and the right-hand sides ("drives": unit voltages on one excited line each) that one launch works on. */
export interface WiresWindow {
  readonly firstArray: number;
  readonly arrays: number;
  /** A multiple of 16, as `drives` is, or the last ones. */
  readonly firstDrive: number;
  readonly drives: number;
}

/** Excited lines carry the unit voltages: rows, or columns where there are fewer of those (the matrix is the same either way). */
export type WireLines = 'excited' | 'collecting';

/** Sizes that follow from a population. */
export interface WiresSizes {
  /** Arrays with wires of their own. */
  readonly arrays: number;
  /** Rows and columns, with a reference column, of the largest array. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Packed cells from a row to the next; odd, lest a column crowd a few sets of a cache. */
  readonly pitch: number;
  readonly excitedRows: boolean;
  readonly drives: number;
}

/** Counts arrays, cells and right-hand sides. */
export function wiresSizes({ array }: Pick<WiredPopulation, 'array'>): WiresSizes {
  const { sides, slices, tiles, rowTiling, columnTiling, referenceColumns } = crossbarSizes(array);
  const tileRows = longestTile(rowTiling);
  const tileColumns = longestTile(columnTiling) + (referenceColumns > 0 ? 1 : 0);
  return {
    arrays: array.chips * slices * sides * tiles * columnTiling.tiles,
    tileRows,
    tileColumns,
    pitch: tileColumns + (tileColumns % 2 === 0 ? 1 : 0),
    excitedRows: tileRows <= tileColumns,
    drives: Math.min(tileRows, tileColumns),
  };
}

/** Floats of a window's wires, [arrays, tile rows, pitch, 4]. */
export function wireElements(population: WiredPopulation, window: Pick<WiresWindow, 'arrays'>): number {
  const { tileRows, pitch } = wiresSizes(population);
  return window.arrays * tileRows * pitch * 4;
}

/** Floats of each of a window's voltage planes, [arrays, bundles of 16 drives, tile rows, pitch, 16]. */
export function planeElements(population: WiredPopulation, window: Pick<WiresWindow, 'arrays' | 'drives'>): number {
  const { tileRows, pitch } = wiresSizes(population);
  return window.arrays * Math.ceil(window.drives / 16) * tileRows * pitch * 16;
}

/** The ladder of those lines, near end first. */
export function ladderOf(population: WiredPopulation, lines: WireLines): Ladder & { readonly reversed: boolean } {
  const ofRows = (lines === 'excited') === wiresSizes(population).excitedRows;
  return ofRows ? rowLadder(population.wires) : columnLadder(population.wires);
}

/** Plans the elimination of those lines. Binds `conductance` (uS) [chips, cell stride] and `wire` as {@link wireElements}. */
export function planWiresFactor(population: WiredPopulation, window: WiresWindow, lines: WireLines): Launch {
  const { array } = population;
  return launch(population, window, lines, shaders['wires-factor'], 'main', {
    conductance: array.chips * crossbarSizes(array).cellStride,
    wire: wireElements(population, window),
  });
}

/**
 * Plans half a sweep. Excited lines bind their `wire`, `rise` and `drop` as {@link planeElements}; collecting ones theirs, `drop`
 * (used up), the latest `rise`, and as `rise_out` the one before it, which the next one replaces.
 */
export function planWiresSweep(
  population: WiredPopulation,
  window: WiresWindow,
  lines: WireLines,
  weights: SweepWeights = { gamma: 1, omega: 1 },
): Launch {
  const plane = planeElements(population, window);
  const elements = {
    wire: wireElements(population, window),
    rise: plane,
    drop: plane,
    ...(lines === 'collecting' ? { rise_out: plane } : {}),
  };
  return launch(population, window, lines, shaders['wires-sweep'], `main_${lines}`, elements, weights);
}

/**
 * Plans the end: binds `wire` of the collecting lines, `rise`, `drop` (used up), `effective` (uS) and `gain` laid out as conductances, and `residual` (u32, zeros before) [all arrays, drives, 2]: bits of the largest change that one more sweep would
 * make to a column's current, and of the largest current, in uS.
 */
export function planWiresEffective(population: WiredPopulation, window: WiresWindow): Launch {
  const { array } = population;
  const plane = planeElements(population, window);
  const { arrays, drives } = wiresSizes(population);
  const all = array.chips * crossbarSizes(array).cellStride;
  return launch(population, window, 'collecting', shaders['wires-effective'], 'main', {
    wire: wireElements(population, window),
    rise: plane,
    drop: plane,
    effective: all,
    gain: all,
    residual: arrays * drives * 2,
  });
}

function launch(
  population: WiredPopulation,
  window: WiresWindow,
  lines: WireLines,
  program: ShaderModule,
  entry: string,
  elements: Readonly<Record<string, number>>,
  { gamma, omega }: SweepWeights = { gamma: 1, omega: 1 },
): Launch {
  const { array } = population;
  const { sides, slices, rowTiling, columnTiling, referenceColumns, physicalColumns, cellStride } =
    crossbarSizes(array);
  const { tileRows, tileColumns, pitch, excitedRows, drives } = wiresSizes(population);
  const { nearOhm, segmentOhm, farOhm, reversed } = ladderOf(population, lines);
  const lineRows = (lines === 'excited') === excitedRows;
  const count = lineRows ? tileRows : tileColumns;
  const bundles = Math.ceil(window.drives / 16);
  const lanes = window.arrays * count * (program === shaders['wires-factor'] ? 1 : bundles * 4);
  const [gridX, gridY] = foldGrid(Math.ceil(lanes / 64));
  return {
    program,
    entry,
    constants: {},
    params: {
      rows: array.rows,
      tiles: rowTiling.tiles,
      tile_base: rowTiling.base,
      tile_longer: rowTiling.longer,
      columns: array.columns,
      column_tiles: columnTiling.tiles,
      column_base: columnTiling.base,
      column_longer: columnTiling.longer,
      references: referenceColumns > 0 ? 1 : 0,
      physical_columns: physicalColumns,
      planes: slices * sides,
      cell_stride: cellStride,
      first_array: window.firstArray,
      tile_rows: tileRows,
      pitch,
      excited_rows: excitedRows ? 1 : 0,
      drives,
      first_drive: window.firstDrive,
      bundles,
      line_rows: lineRows ? 1 : 0,
      lines: count,
      reversed: reversed ? 1 : 0,
      near: nearOhm * 1e-6,
      segment: segmentOhm * 1e-6,
      far: farOhm === 0 ? grounded : 1e6 / farOhm,
      gamma,
      omega,
      lanes,
      grid_x: gridX,
    },
    workgroups: [gridX, gridY, 1],
    elements,
  };
}

// Stands for a terminal without any resistance, in uS: with the smallest segment, 1e-9 ohm, it still hides all else, and with the
// largest its products stay within f32.
const grounded = 1e30;
