import type { AdcCircuit } from '../device/adc-circuit.ts';
import { type DrawnAdc, drawAdc, drawnCode, rampOffset } from '../device/adc-transfer.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { tileSpan } from '../device/tiling.ts';
import { philoxWords, streams, toNormals } from '../reference/rng.ts';

/** Which converters a population has, and whose draws they are. */
export interface AdcPopulation {
  readonly circuit: AdcCircuit;
  readonly bits: number;
  /**
   * Neighbouring physical columns that take turns at a converter, counted within a tile and slice, a tile's reference column after
   * its others. A ramp's comparators are not shared, they belong to a column; its ramp serves all columns of a slice and row of
   * tiles.
   */
  readonly columnsPerAdc: number;
  readonly seed: number;
  readonly firstChip: number;
}

/** Every converter of a population of crossbars. */
export interface CrossbarAdcs {
  readonly kind: DrawnAdc['kind'];
  /** Code of an input in units of the reference. */
  readonly code: (chip: number, slice: number, tile: number, column: number, input: number) => number;
  /** What a shader searches with: [chips, slices, tiles, entries, columns], padded to whole blocks; a ramp's table after its columns. */
  readonly packed: Float32Array<ArrayBuffer>;
  /** Groups of 4 numbers from one tile's converters to the next's. */
  readonly tileStride: number;
}

/** Draws each converter once for the life of its chip: converter g of a tile and slice is the same in any population. */
export function drawCrossbarAdcs(array: CrossbarArray, population: AdcPopulation): CrossbarAdcs {
  const { circuit, bits, columnsPerAdc, seed, firstChip } = population;
  const { slices, tiles, physicalColumns, columnBlocks } = crossbarSizes(array);
  const banks = array.chips * slices * tiles;
  const { groupOf, groups: perBank } = columnGroups(array, columnsPerAdc);
  const draws = (bank: number, stream: number, index: number, most: number) => {
    const chip = firstChip + Math.floor(bank / (slices * tiles));
    return normalsOf(seed, chip, stream, (bank % (slices * tiles)) * most + index);
  };
  const width = columnBlocks * 4;
  const isRamp = circuit.kind === 'ramp';
  const adcs: DrawnAdc[] = [];
  const offsets = new Float64Array(isRamp ? banks * physicalColumns : 0);
  for (let bank = 0; bank < banks; bank++) {
    if (isRamp) {
      adcs.push(drawAdc(circuit, bits, draws(bank, streams.adcMismatch, 0, 1)));
      for (let column = 0; column < physicalColumns; column++) {
        const normal = draws(bank, streams.adcComparator, column, physicalColumns);
        offsets[bank * physicalColumns + column] = rampOffset(circuit, normal);
      }
    } else {
      for (let adc = 0; adc < perBank; adc++)
        adcs.push(drawAdc(circuit, bits, draws(bank, streams.adcMismatch, adc, perBank)));
    }
  }
  const adcOf = (bank: number, column: number) => (isRamp ? bank : bank * perBank + groupOf[column]!);
  const entries = adcs.map(entriesOf);
  const tileStride = isRamp ? columnBlocks + 2 ** bits / 4 : entries[0]!.length * columnBlocks;
  const packed = new Float32Array(banks * tileStride * 4);
  for (let bank = 0; bank < banks; bank++) {
    const to = bank * tileStride * 4;
    if (isRamp) {
      packed.set(offsets.subarray(bank * physicalColumns, (bank + 1) * physicalColumns), to);
      packed.set(entries[bank]!, to + width);
      continue;
    }
    for (let column = 0; column < physicalColumns; column++) {
      const own = entries[adcOf(bank, column)]!;
      for (let entry = 0; entry < own.length; entry++) packed[to + entry * width + column] = own[entry]!;
    }
  }
  return {
    kind: adcs[0]!.kind,
    code: (chip, slice, tile, column, input) => {
      const bank = (chip * slices + slice) * tiles + tile;
      return drawnCode(adcs[adcOf(bank, column)]!, input, offsets[bank * physicalColumns + column] ?? 0);
    },
    packed,
    tileStride,
  };
}

/** The converter of each physical column, counted over the tiles of columns. */
function columnGroups(
  array: CrossbarArray,
  columnsPerAdc: number,
): { readonly groupOf: Uint32Array; readonly groups: number } {
  const { columnTiling, referenceColumns, physicalColumns } = crossbarSizes(array);
  const groupOf = new Uint32Array(physicalColumns);
  let groups = 0;
  for (let tile = 0; tile < columnTiling.tiles; tile++) {
    const { from, to } = tileSpan(columnTiling, tile);
    for (let column = from; column < to; column++)
      groupOf[column] = groups + Math.floor((column - from) / columnsPerAdc);
    if (referenceColumns > 0) groupOf[array.columns + tile] = groups + Math.floor((to - from) / columnsPerAdc);
    groups += Math.ceil((to - from + (referenceColumns > 0 ? 1 : 0)) / columnsPerAdc);
  }
  return { groupOf, groups };
}

/** The numbers of one converter in the order in which a shader reads them. */
function entriesOf(adc: DrawnAdc): ArrayLike<number> {
  if (adc.kind === 'sar') return [adc.offset, adc.loss, adc.lossPerWeight, ...adc.weights];
  if (adc.kind === 'ramp') return adc.thresholds;
  const { high, low, gain, step, last } = adc;
  return [...Array.from(high, (value, at) => [value, low[at]!, gain[at]!, step[at]!]).flat(), last];
}

/** Standard normals of one converter, one after the other. */
function normalsOf(seed: number, chip: number, stream: number, element: number): () => number {
  let at = 0;
  let four: readonly number[] = [];
  return () => {
    if (at % 4 === 0) four = toNormals(philoxWords(seed, chip, stream, element, at / 4));
    return four[at++ % 4]!;
  };
}
