import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { conversionsOf } from '../device/input-cycles.ts';
import { addCounts, type Counts, scaleCounts } from '../ledger/counts.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import { inputCycles, shiftsInputs } from './crossbar-inputs.ts';
import { readoutCounts, readoutsOf } from './drift-compensation.ts';

/** Cells written when a population is programmed, reference columns included. */
export function writeCounts(array: CrossbarArray): Counts {
  return { crossbar: { cellWrite: array.chips * crossbarSizes(array).cellsPerChip } };
}

/** Cells written by `programmings` of a population, and the read-outs of drift compensation that each of them takes. */
export function setupCounts(array: CrossbarArray, config: ResolvedCrossbar, programmings = 1): Counts {
  const readouts = programmings * readoutsOf(config.driftCompensation);
  const writes = scaleCounts(writeCounts(array), programmings);
  return readouts === 0 ? writes : addCounts(writes, readoutCounts(array, config.adc.bits, readouts));
}

/**
 * Actions of `inputs` products on every chip of a population: one DAC drive per wordline, tile of columns and cycle (slices
 * and both sides share wordlines), one read per cell and cycle, one conversion per physical column, slice, tile and cycle that is
 * not joined with others before it, and the digital additions that join conversions (tiles, slices, cycles, passes, offsets).
 */
export function readCounts(array: CrossbarArray, config: ResolvedCrossbar, inputs: number): Counts {
  const { slices, tiles, cellsPerChip, physicalColumns, columnTiling } = crossbarSizes(array);
  const reads = array.chips * inputs * config.cycles;
  const { cycles } = conversionsOf(inputCycles(config));
  const conversions = config.adc.bits === 0 ? 0 : array.chips * inputs * cycles * slices * tiles * physicalColumns;
  const outputs = array.chips * inputs * array.columns;
  const joined = outputs * slices * cycles * tiles;
  const shifts = shiftsInputs(config) ? outputs : 0;
  return {
    dac: { drive: reads * array.rows * columnTiling.tiles },
    crossbar: { cellRead: reads * cellsPerChip },
    ...(conversions > 0 ? { adc: { conversion: conversions } } : {}),
    ...(conversions > 0 ? { adder: { add: joined - outputs + offsetAdditions(array, inputs, joined) + shifts } } : {}),
  };
}

// A reference column is subtracted from every conversion; the sum of an input is made once, and is subtracted from whole products.
function offsetAdditions(array: CrossbarArray, inputs: number, joined: number): number {
  if (array.mapping !== 'offset') return 0;
  if (array.offsetSubtraction !== 'digital') return joined;
  return array.chips * inputs * (array.rows - 1 + array.columns);
}
