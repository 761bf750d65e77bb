import { source } from '../../source.ts';
import { type Quantity, quantity } from '../quantity.ts';

/** The macro at one supply: what it does with one-bit operands, and what one use of a column's converter costs. */
export interface JiaPoint {
  readonly supplyV: number;
  readonly throughputTops: Quantity;
  readonly topsPerW: Quantity;
  readonly topsPerMm2: Quantity;
  /** Per conversion (pJ): the converter, the cells of its column, and the data path behind it. */
  readonly converterPj: Quantity;
  readonly arrayPj: Quantity;
  readonly dataPathPj: Quantity;
}

/**
 * Silicon to hold 65 nm charge-domain models against: Jia et al., JSSC 2020, one bit by one bit. Measured and simulated values
 * are mixed in these references, and the tool that lists them fits its own parts to them.
 */
export const jiaAnchor = Object.freeze({
  nodeNm: 65,
  /** Cells of a column, all of which take part in one conversion. */
  columnCells: quantity(2304, 'cells', listed('cells per use of a converter')),
  areaMm2: Object.freeze({
    array: quantity(2.91, 'mm2', listed('array')),
    converter: quantity(0.497, 'mm2', listed('converters')),
    dataPath: quantity(0.497, 'mm2', listed('near-memory data path')),
    sparsityControl: quantity(0.392, 'mm2', listed('sparsity control')),
  }),
  low: point(0.85, [0.874, 400, 0.24], [1.79, 9.7, 8.3]),
  high: point(1.2, [2.185, 192, 0.6], [3.56, 20.4, 14.7]),
});

function point(
  supplyV: number,
  [tops, topsPerW, topsPerMm2]: readonly [number, number, number],
  [converterPj, arrayPj, dataPathPj]: readonly [number, number, number],
): JiaPoint {
  const from = listed(`at ${supplyV} V`);
  return Object.freeze({
    supplyV,
    throughputTops: quantity(tops, 'TOPS', from),
    topsPerW: quantity(topsPerW, 'TOPS/W', from),
    topsPerMm2: quantity(topsPerMm2, 'TOPS/mm2', from),
    converterPj: quantity(converterPj, 'pJ', from),
    arrayPj: quantity(arrayPj, 'pJ', from),
    dataPathPj: quantity(dataPathPj, 'pJ', from),
  });
}

function listed(where: string) {
  return source('B', 'Jia et al., JSSC 2020, as listed in CiMLoop @d6e1390', where);
}
