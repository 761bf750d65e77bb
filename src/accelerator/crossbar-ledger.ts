import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { conversionsOf } from '../device/input-cycles.ts';
import { longestTile, tileSpan } from '../device/tiling.ts';
import { type Counts, totalOf } from '../ledger/counts.ts';
import { type TechnologyChange, unchanged } from '../ledger/elasticity.ts';
import { type Basis, type Figure, predictedFigure } from '../ledger/figure.ts';
import type { Quantity } from '../ledger/quantity.ts';
import { cellEnduranceWrites, crossbarTechnology } from '../ledger/technology/crossbar.ts';
import { areaByComponent, type EnergyRow, energyByComponent, type Technology } from '../ledger/technology.ts';
import type { ResolvedCrossbar } from './crossbar-config.ts';
import { setupCounts as countSetup, readCounts } from './crossbar-counts.ts';
import { inputCycles } from './crossbar-inputs.ts';
import { readoutsOf } from './drift-compensation.ts';
import type { AcceleratorLedger } from './ledger.ts';

/** What a crossbar costs on one chip: reading `inputs` vectors, and programming it beforehand. */
export interface CrossbarLedger extends AcceleratorLedger {
  readonly setupEnergy: readonly EnergyRow[];
  /** Programming all cells, those of a tile and slice one after the other, and the read-outs of drift compensation (ns). */
  readonly setupNs: number;
  /** Writes of each cell so far, and how many it stands. */
  readonly endurance: { readonly writesPerCell: number; readonly limitWrites: Quantity };
}

/** What a crossbar did. */
export interface CrossbarWork {
  readonly inputs: number;
  /** Mean energy of reading a cell (pJ); a published mean where it is not known. */
  readonly cellReadPj?: number;
  /** Times that all cells were programmed; default 1. */
  readonly programmings?: number;
}

/** Prices a crossbar's work for one chip. Programming is apart from reading, as weights may stay. Throws `COUNTS_VALUE` and what the table throws. */
export function crossbarLedger(
  array: CrossbarArray,
  config: ResolvedCrossbar,
  { inputs, cellReadPj, programmings = 1 }: CrossbarWork,
  change: TechnologyChange = unchanged,
): CrossbarLedger {
  const chip = { ...array, chips: 1 };
  const technology = change(technologyOf(chip, config, cellReadPj));
  const read = readCounts(chip, config, inputs);
  const counts = withSamples(read, config.cycles / conversionsOf(inputCycles(config)).cycles);
  const setupCounts = withSamples(countSetup(chip, config, programmings));
  const energy = energyByComponent(counts, technology);
  const setupEnergy = energyByComponent(setupCounts, technology);
  const area = areaByComponent(technology);
  const latency = latencyOf(chip, config, inputs, technology);
  const { cellsPerChip, slices, tiles, columnTiling } = crossbarSizes(chip);
  const writtenAtOnce = slices * tiles * columnTiling.tiles;
  const writtenNs = (programmings * cellsPerChip * technology.timing['cellWriteNs']!.value) / writtenAtOnce;
  // A read-out takes a read for every wordline, without pipelining.
  const readouts = programmings * readoutsOf(config.driftCompensation) * array.rows;
  const perReadout = latencyOf(chip, { ...config, cycles: 1 }, readouts, technology).sequentialNs;
  const setupNs = writtenNs + perReadout;
  const run = { counts, setupCounts, energy, setupEnergy, setupNs, area, latency, technology };
  return {
    ...run,
    figures: figuresOf(chip, config, inputs, run),
    endurance: { writesPerCell: programmings, limitWrites: cellEnduranceWrites },
  };
}

/** Every converted column is held first, in each of the cycles that a conversion joins. */
function withSamples(counts: Counts, cyclesPerConversion = 1): Counts {
  const sample = cyclesPerConversion * totalOf(counts, 'adc', 'conversion');
  return sample > 0 ? { ...counts, 'sample-hold': { sample } } : counts;
}

function technologyOf(array: CrossbarArray, config: ResolvedCrossbar, cellReadPj: number | undefined): Technology {
  const { slices, tiles, physicalColumns, cellsPerChip, rowTiling, columnTiling } = crossbarSizes(array);
  const { dac, adc, cost } = config;
  const converters = bitlines(array).reduce((sum, lines) => sum + Math.ceil(lines / cost.columnsPerAdc), 0);
  return crossbarTechnology({
    ...cost,
    rows: array.rows * columnTiling.tiles,
    cells: cellsPerChip,
    convertedColumns: slices * tiles * physicalColumns,
    converters: tiles * converters,
    lineCells: longestTile(rowTiling),
    adcBits: adc.bits,
    dacBits: dac.mode === 'bit-serial' ? dac.sliceBits : dac.bits,
    cellBits: config.bitsPerSlice,
    readNs: config.integrationNs,
    ...(cellReadPj === undefined ? {} : { cellReadPj }),
  });
}

/** Columns that are converted in one row of tiles, tile by tile: slices and the reference column count, converters are not shared between tiles. */
function bitlines(array: CrossbarArray): readonly number[] {
  const { slices, columnTiling, referenceColumns } = crossbarSizes(array);
  return Array.from({ length: columnTiling.tiles }, (_, tile) => {
    const { from, to } = tileSpan(columnTiling, tile);
    return slices * (to - from + (referenceColumns > 0 ? 1 : 0));
  });
}

function latencyOf(
  array: CrossbarArray,
  config: ResolvedCrossbar,
  inputs: number,
  { timing }: Technology,
): AcceleratorLedger['latency'] {
  const { cost, adc } = config;
  const turns = adc.bits === 0 ? 0 : Math.min(cost.columnsPerAdc, Math.max(...bitlines(array)));
  const reads = inputs * config.cycles;
  const conversions = inputs * conversionsOf(inputCycles(config)).cycles * turns;
  const stages = [
    { stage: 'read', timeNs: reads * timing['readNs']!.value },
    { stage: 'convert', timeNs: conversions * timing['convertNs']!.value },
    { stage: 'add', timeNs: conversions * timing['addNs']!.value },
  ];
  return {
    stages,
    sequentialNs: stages.reduce((sum, { timeNs }) => sum + timeNs, 0),
    // Held samples are converted while the next cycle is read.
    overlappedNs: Math.max(...stages.map(({ timeNs }) => timeNs)),
  };
}

type Run = Pick<CrossbarLedger, 'energy' | 'setupEnergy' | 'setupNs' | 'area' | 'latency' | 'technology'>;

function figuresOf(array: CrossbarArray, config: ResolvedCrossbar, inputs: number, run: Run): readonly Figure[] {
  const { technology, latency } = run;
  const bits = config.weightBits > 0 && config.weightBits === config.dac.bits ? { bits: config.weightBits } : {};
  const model = config.adc.bits === 0 ? 'analog read-out' : `converters by the model ${config.cost.adcModel}`;
  const basis: Basis = { ...bits, scope: 'array', supplyV: technology.supplyV };
  const figure = (name: string, value: number, unit: string, note: string, operations?: 'executed') =>
    predictedFigure(name, value, unit, { ...basis, ...(operations ? { operations } : {}), note }, technology);
  const total = (rows: readonly EnergyRow[]) => rows.reduce((sum, row) => sum + row.energyPj, 0);
  const energyPj = total(run.energy);
  const operations = 2 * array.rows * array.columns * inputs;
  const programming = [
    figure(
      'programming energy',
      total(run.setupEnergy),
      'pJ',
      'all cells of a chip, and the read-outs of drift compensation',
    ),
    figure(
      'programming time',
      run.setupNs,
      'ns',
      'the cells of a tile and slice one after the other, and the read-outs of drift compensation',
    ),
    figure(
      'area',
      run.area.reduce((sum, row) => sum + row.areaUm2, 0) / 1e6,
      'mm2',
      `${model}; no buffers, routing or control`,
    ),
  ];
  if (inputs === 0) return programming;
  return [
    figure('energy per input', energyPj / inputs, 'pJ', `${model}; programming not included`),
    figure('latency per input, stages in turn', latency.sequentialNs / inputs, 'ns', model),
    figure('latency per input, stages overlapped', latency.overlappedNs / inputs, 'ns', model),
    figure('efficiency', operations / energyPj, 'TOPS/W', `two operations a weight and input; ${model}`, 'executed'),
    figure('throughput', operations / latency.overlappedNs / 1000, 'TOPS', `stages overlapped; ${model}`, 'executed'),
    ...programming,
  ];
}
