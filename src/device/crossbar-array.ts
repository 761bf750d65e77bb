import type { CellModel } from './cell.ts';

/** A crossbar as numbers: what is programmed into it, and how rows are cut into tiles. */
export interface CrossbarArray {
  readonly rows: number;
  readonly columns: number;
  readonly chips: number;
  readonly mapping: 'differential' | 'offset';
  /** Bits of an integer weight with its sign; 0 = analog. */
  readonly weightBits: number;
  /** Bits of the weight that one cell holds; ignored for analog weights. */
  readonly sliceBits: number;
  /** Weight that takes the whole conductance range; larger ones are clipped. */
  readonly weightMax: number;
  /** Wordlines per tile; each tile is read out by itself. */
  readonly tileRows: number;
  readonly cell: CellModel;
}

/** Sizes that follow from a {@link CrossbarArray}. */
export interface CrossbarSizes {
  /** Columns of cells per weight: 2 for a differential pair (G+ first), 1 for an offset column. */
  readonly sides: number;
  readonly slices: number;
  /** Columns and, for the offset mapping, the reference column after them. */
  readonly physicalColumns: number;
  /** Groups of 4 physical columns, the last one padded. */
  readonly columnBlocks: number;
  readonly cellsPerChip: number;
  /** Elements from one chip's conductances to the next's: the cells, padded to a multiple of 4. */
  readonly cellStride: number;
  readonly tiles: number;
  /** Groups of 4 rows per tile, the last one padded. */
  readonly tileQuads: number;
  /** Rows with every tile padded to whole groups. */
  readonly paddedRows: number;
}

/** Bits that the slices of one weight cover: the magnitude for a differential pair, the offset code otherwise; 0 for analog weights. */
export function slicedBits(array: Pick<CrossbarArray, 'mapping' | 'weightBits'>): number {
  if (array.weightBits === 0) return 0;
  return array.mapping === 'differential' ? array.weightBits - 1 : array.weightBits;
}

/** Sizes of the array and of its layouts in memory. */
export function crossbarSizes(array: CrossbarArray): CrossbarSizes {
  const sides = array.mapping === 'differential' ? 2 : 1;
  const slices = array.weightBits === 0 ? 1 : Math.ceil(slicedBits(array) / array.sliceBits);
  const physicalColumns = array.columns + (array.mapping === 'offset' ? 1 : 0);
  const cellsPerChip = slices * sides * array.rows * physicalColumns;
  const tiles = Math.ceil(array.rows / array.tileRows);
  const tileQuads = Math.ceil(Math.min(array.tileRows, array.rows) / 4);
  return {
    sides,
    slices,
    physicalColumns,
    columnBlocks: Math.ceil(physicalColumns / 4),
    cellsPerChip,
    cellStride: Math.ceil(cellsPerChip / 4) * 4,
    tiles,
    tileQuads,
    paddedRows: tiles * tileQuads * 4,
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
  if (array.weightBits === 0) return ((array.mapping === 'offset' ? 2 : 1) * array.weightMax) / span;
  return ((array.weightMax / weightCodeMax(array)) * (2 ** array.sliceBits - 1)) / span;
}

/** Words below `low` make a cell stuck low, other words below `high` stuck high. */
export function faultThresholds(rates: { readonly lowRate: number; readonly highRate: number }): {
  readonly low: number;
  readonly high: number;
} {
  const word = (share: number) => Math.min(2 ** 32 - 1, Math.round(share * 2 ** 32));
  return { low: word(rates.lowRate), high: word(rates.lowRate + rates.highRate) };
}
