import type { CellModel } from './cell.ts';
import { targetLevelUs } from './cell-state.ts';
import { longestTile, type TileSplit, type Tiling, tiling } from './tiling.ts';

/** A crossbar as numbers: what is programmed into it, and how rows are cut into tiles. */
export interface CrossbarArray {
  readonly rows: number;
  readonly columns: number;
  readonly chips: number;
  readonly mapping: 'differential' | 'offset';
  /** Which cells of a differential pair a weight moves: one up from the lowest conductance (default), or both about mid-range. */
  readonly pair?: 'one-sided' | 'two-sided';
  /** How the offset mapping's zero is taken away: by a column that holds weights of 0 (default), or digitally. */
  readonly offsetSubtraction?: 'unit-column' | 'digital';
  /** What is cut into slices: the magnitude, each slice with the weight's sign, or the offset code (default for the offset mapping). */
  readonly weightSlices?: 'balanced' | 'offset';
  /** Bits of an integer weight with its sign; 0 = analog. */
  readonly weightBits: number;
  /** Bits of the weight that one cell holds; ignored for analog weights. */
  readonly sliceBits: number;
  /** Weight that takes the whole conductance range; larger ones are clipped. */
  readonly weightMax: number;
  /** Most wordlines per tile; each tile is read out by itself. */
  readonly tileRows: number;
  /** Most columns of weights per tile, each tile with wordline drivers, converters and a reference column of its own; default all. */
  readonly tileColumns?: number;
  /** Default `full`. */
  readonly tileSplit?: TileSplit;
  readonly cell: CellModel;
}

/** Sizes that follow from a {@link CrossbarArray}. */
export interface CrossbarSizes {
  /** Columns of cells per weight: 2 for a differential pair (G+ first), 1 for an offset column. */
  readonly sides: number;
  readonly slices: number;
  /** Reference columns: one per tile of columns where the offset is a column's, else none. */
  readonly referenceColumns: number;
  /** Columns and, after them, the reference columns. */
  readonly physicalColumns: number;
  /** Groups of 4 physical columns, the last one padded. */
  readonly columnBlocks: number;
  readonly cellsPerChip: number;
  /** Elements from one chip's conductances to the next's: the cells, padded to a multiple of 4. */
  readonly cellStride: number;
  /** Tiles along the rows. */
  readonly tiles: number;
  readonly rowTiling: Tiling;
  readonly columnTiling: Tiling;
  /** Groups of 4 rows per tile, the last one padded. */
  readonly tileQuads: number;
  /** Rows with every tile padded to whole groups. */
  readonly paddedRows: number;
}

type Coding = Pick<CrossbarArray, 'mapping' | 'weightBits' | 'weightSlices' | 'pair'>;

/** Whether slices are cut from the offset code, which is 0 or more, instead of from the magnitude. */
export function holdsOffsetCode({ mapping, weightBits, weightSlices = 'offset' }: Omit<Coding, 'pair'>): boolean {
  return mapping === 'offset' && weightBits > 0 && weightSlices === 'offset';
}

/** Whether the weight 0 sits in the middle of a cell's range. */
export function isAboutMidRange(array: Coding): boolean {
  return array.mapping === 'differential' ? array.pair === 'two-sided' : !holdsOffsetCode(array);
}

/** Bits that the slices of one weight cover: those of the offset code or of the magnitude; 0 for analog weights. */
export function slicedBits(array: Omit<Coding, 'pair'>): number {
  if (array.weightBits === 0) return 0;
  return holdsOffsetCode(array) ? array.weightBits : array.weightBits - 1;
}

/** Sizes of the array and of its layouts in memory. */
export function crossbarSizes(array: CrossbarArray): CrossbarSizes {
  const sides = array.mapping === 'differential' ? 2 : 1;
  const slices = array.weightBits === 0 ? 1 : Math.ceil(slicedBits(array) / array.sliceBits);
  const rowTiling = tiling(array.rows, array.tileRows, array.tileSplit);
  const columnTiling = tiling(array.columns, array.tileColumns ?? array.columns, array.tileSplit);
  const hasColumn = array.mapping === 'offset' && array.offsetSubtraction !== 'digital';
  const referenceColumns = hasColumn ? columnTiling.tiles : 0;
  const physicalColumns = array.columns + referenceColumns;
  const cellsPerChip = slices * sides * array.rows * physicalColumns;
  const tileQuads = Math.ceil(longestTile(rowTiling) / 4);
  return {
    sides,
    slices,
    referenceColumns,
    physicalColumns,
    columnBlocks: Math.ceil(physicalColumns / 4),
    cellsPerChip,
    cellStride: Math.ceil(cellsPerChip / 4) * 4,
    tiles: rowTiling.tiles,
    rowTiling,
    columnTiling,
    tileQuads,
    paddedRows: rowTiling.tiles * tileQuads * 4,
  };
}

/** Largest integer weight, 2^(weightBits - 1) - 1; 0 for analog weights. */
export function weightCodeMax(array: Pick<CrossbarArray, 'weightBits'>): number {
  return array.weightBits === 0 ? 0 : 2 ** (array.weightBits - 1) - 1;
}

/**
 * Weight units per uS of G+ - G- (or of G - Gref) in the lowest slice; slice s counts 2^(s * sliceBits) times as much.
 */
export function weightPerUs(array: CrossbarArray): number {
  const span = array.cell.conductanceMaxUs - array.cell.conductanceMinUs;
  // A column of its own moves by half of the range either way, a pair by the whole.
  const reach = array.mapping === 'offset' && isAboutMidRange(array) ? span / 2 : span;
  if (array.weightBits === 0) return array.weightMax / reach;
  return ((array.weightMax / weightCodeMax(array)) * (2 ** array.sliceBits - 1)) / reach;
}

/** Conductance (uS) that the weight 0 of the offset mapping is meant to have, in each slice. */
export function offsetConductancesUs(array: CrossbarArray): readonly number[] {
  const { conductanceMinUs: min, conductanceMaxUs: max } = array.cell;
  const digitMax = 2 ** array.sliceBits - 1;
  const digit = (slice: number) => ((weightCodeMax(array) + 1) >>> (slice * array.sliceBits)) & digitMax;
  return Array.from({ length: crossbarSizes(array).slices }, (_, slice) => {
    const share = isAboutMidRange(array) ? 0.5 : digit(slice) / digitMax;
    return targetLevelUs(array.cell, min + (max - min) * share);
  });
}

/** Words below `low` make a cell stuck low, other words below `high` stuck high. */
export function faultThresholds(rates: { readonly lowRate: number; readonly highRate: number }): {
  readonly low: number;
  readonly high: number;
} {
  const word = (share: number) => Math.min(2 ** 32 - 1, Math.round(share * 2 ** 32));
  return { low: word(rates.lowRate), high: word(rates.lowRate + rates.highRate) };
}
