import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { Counts } from '../ledger/counts.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';

/** Cells written when a population is programmed, reference columns included. */
export function writeCounts(array: CrossbarArray): Counts {
  return { crossbar: { cellWrite: array.chips * crossbarSizes(array).cellsPerChip } };
}

/**
 * Actions of `inputs` products on every chip of a population: one DAC drive per wordline and cycle (slices and both sides
 * share wordlines), one read per cell and cycle, one conversion per physical column, slice, cycle and tile, and the digital
 * additions that join them (tiles, shifted slices and cycles, reference columns).
 */
export function readCounts(array: CrossbarArray, config: ResolvedCrossbar, inputs: number): Counts {
  const { slices, tiles, cellsPerChip, physicalColumns } = crossbarSizes(array);
  const reads = array.chips * inputs * config.cycles;
  const conversions = config.adc.bits === 0 ? 0 : reads * slices * tiles * physicalColumns;
  const outputs = array.chips * inputs * array.columns;
  const subtractions = physicalColumns - array.columns;
  const joined = outputs * slices * config.cycles * tiles;
  return {
    dac: { drive: reads * array.rows },
    crossbar: { cellRead: reads * cellsPerChip },
    ...(conversions > 0 ? { adc: { conversion: conversions } } : {}),
    ...(conversions > 0 ? { adder: { add: joined - outputs + subtractions * joined } } : {}),
  };
}
