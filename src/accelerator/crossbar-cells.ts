import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';

/** A block of physical columns that goes by one name in files: `pos` and `neg`, or `` and `reference`. */
export interface NamedColumns {
  /** What stands after `conductance` or `faults` in a tensor's name. */
  readonly suffix: '_pos' | '_neg' | '' | '_reference';
  readonly side: number;
  readonly firstColumn: number;
  readonly columns: number;
}

/** The named blocks of an array's physical columns. */
export function namedColumns(array: CrossbarArray): readonly NamedColumns[] {
  const { mapping, columns } = array;
  if (mapping === 'differential') {
    return (['_pos', '_neg'] as const).map((suffix, side) => ({ suffix, side, firstColumn: 0, columns }));
  }
  const { referenceColumns } = crossbarSizes(array);
  const own: NamedColumns = { suffix: '', side: 0, firstColumn: 0, columns };
  if (referenceColumns === 0) return [own];
  return [own, { suffix: '_reference', side: 0, firstColumn: columns, columns: referenceColumns }];
}

/** Shape of a block without the chip axis: [(slices,) rows, columns]. */
export function namedShape(array: CrossbarArray, { columns }: NamedColumns): readonly number[] {
  const { slices } = crossbarSizes(array);
  return [...(slices > 1 ? [slices] : []), array.rows, columns];
}

/** Calls `visit` for every row of a block: where it begins in the block's own values, and among the cells of all chips. */
export function visitRows(
  array: CrossbarArray,
  block: NamedColumns,
  chips: number,
  visit: (own: number, cell: number) => void,
): void {
  const { slices, sides, physicalColumns, cellStride } = crossbarSizes(array);
  let own = 0;
  for (let chip = 0; chip < chips; chip++) {
    for (let slice = 0; slice < slices; slice++) {
      for (let row = 0; row < array.rows; row++) {
        const line = (slice * sides + block.side) * array.rows + row;
        visit(own, chip * cellStride + line * physicalColumns + block.firstColumn);
        own += block.columns;
      }
    }
  }
}
