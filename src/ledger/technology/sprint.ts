import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { quantity } from '../quantity.ts';
import type { Component, Technology } from '../technology.ts';
import { macroEnergy } from './sram-macro.ts';

/** How many of each part a SPRINT configuration has. */
export interface SprintGeometry {
  /** On-chip buffer for keys and values, all CORELETs together, and how many share it. */
  readonly bufferBytes: number;
  readonly corelets: number;
  /** Cells of the transposable arrays, which hold the upper bits of keys and compute with them. */
  readonly arrayCells: number;
  /** Cells of the plain memory: queries, values and the lower bits of keys. */
  readonly memoryCells: number;
  /** Row drivers and column comparators of the arrays. */
  readonly dacs: number;
  readonly comparators: number;
  /** Column converters, which only a machine without recomputation needs. */
  readonly converters: number;
  /** Bits that wait in memory as the query at hand. */
  readonly queryBits: number;
  readonly macLanes: number;
  readonly softmaxUnits: number;
}

/**
 * Cost table of SPRINT at 65 nm and 1 GHz. Energies of memory and arrays come from a digest of the paper, the rest from parts
 * published elsewhere; no leakage, routing or control. Throws `GEOMETRY_VALUE` for a size that is negative or not finite.
 */
export function sprintTechnology(geometry: SprintGeometry): Technology {
  checkGeometry(geometry);
  return {
    name: 'sprint-65nm',
    nodeNm: 65,
    supplyV: 1,
    description:
      "SPRINT rebuilt from a digest's energies and parts published elsewhere; no leakage, routing or control",
    components: {
      memory: memory(geometry.memoryCells),
      crossbar: crossbar(geometry.arrayCells),
      dac: dac(geometry.dacs),
      comparator: comparator(geometry.comparators),
      converter: converter(geometry.converters),
      'query-buffer': queryBuffer(geometry.queryBits),
      'pruning-vector': pruningVector(),
      sram: sram(geometry.bufferBytes, geometry.corelets),
      mac: mac(geometry.macLanes),
      softmax: softmax(geometry.softmaxUnits),
    },
    timing: sprintTiming,
  };
}

const digest = (where: string) => source('B', 'SPRINT, MICRO 2022, by way of a digest', where);
const timely = (where: string) =>
  source('B', 'TIMELY, ISCA 2020 (65 nm)', `${where}, as in accelergy-library-plug-in @ba4e9da`);
const ours = (where: string) => source('D', 'this package', where);

/** Times of the same table. */
export const sprintTiming = Object.freeze({
  clockNs: quantity(1, 'ns', digest('1 GHz target clock')),
  /** A query against all keys of the arrays, with its pruning vector. */
  thresholdNs: quantity(8, 'ns', digest('fewer than 8 cycles from query to pruning vector, taken as 8'), { low: 1 }),
  /** Time that a memory bank is busy with one key and its value. */
  bankReadNs: quantity(8, 'ns', ours('as long as an array takes for a query; upper end an array read of ISAAC'), {
    low: 1,
    high: 100,
  }),
});

const cellArea = quantity(0.2028, 'um2', source('C', 'DNN+NeuroSim V1.4 Param.cpp', '1T1R, 4F x 12F at F = 65 nm'));

const memory = (instances: number): Component => ({
  label: 'ReRAM main memory, per cell of four bits',
  instances,
  areaUm2: cellArea,
  actions: {
    readBit: { energyPj: quantity(3.1, 'pJ', digest('read energy per bit')) },
    writeBit: { energyPj: quantity(24.4, 'pJ', digest('write energy per bit')) },
  },
});

const crossbar = (instances: number): Component => ({
  label: 'transposable ReRAM array, per cell',
  instances,
  areaUm2: cellArea,
  actions: {
    mac4: {
      energyPj: quantity(
        0.1,
        'pJ',
        digest(
          'in-memory energy per multiply-accumulate, read as a 4-bit by 4-bit product with its share of row drivers and comparator; lower end the cells alone, 4 x 2 of ISAAC',
        ),
        { low: 0.0146 },
      ),
    },
  },
});

const dac = (instances: number): Component => ({
  label: 'row driver of an array',
  instances,
  areaUm2: quantity(240, 'um2', timely('8-bit digital-to-time converter')),
  actions: {
    drive: {
      energyPj: quantity(0, 'pJ', ours('inside the energy of mac4; upper end a row driver of ISAAC on top'), {
        high: 0.39,
      }),
    },
  },
});

const comparator = (instances: number): Component => ({
  label: 'one-bit comparator of a key',
  instances,
  areaUm2: quantity(40, 'um2', timely('charging unit and comparator')),
  actions: {
    decide: {
      energyPj: quantity(0, 'pJ', ours('inside the energy of mac4; upper end a comparator of TIMELY on top'), {
        high: 0.0417,
      }),
    },
  },
});

const converter = (instances: number): Component => ({
  label: '5-bit converter in place of a comparator',
  instances,
  areaUm2: quantity(
    800,
    'um2',
    source('C', 'SPRINT, MICRO 2022, by way of a digest; TIMELY', '20 comparators of 40 um2'),
  ),
  actions: {
    convert: {
      energyPj: quantity(
        1.25,
        'pJ',
        source(
          'C',
          'SPRINT, MICRO 2022, by way of a digest; TIMELY',
          '30 comparators of 0.0417 pJ; span from 4 bits of FORMS to the median of 4.5 to 5.5 bits in the Murmann survey',
        ),
        { low: 0.226, high: 8.8 },
      ),
    },
  },
});

const queryBuffer = (instances: number): Component => ({
  label: 'buffer of the query in the arrays, per bit',
  instances,
  areaUm2: sramCellArea,
  actions: {
    writeBit: {
      energyPj: quantity(0.15, 'pJ', ours('as a 2 KB SRAM; upper end as a bit read from the memory'), { high: 3.1 }),
    },
  },
});

const pruningVector = (): Component => ({
  label: 'transfer of pruning vectors to the chip',
  instances: 0,
  areaUm2: quantity(0, 'um2', ours('shares the memory bus')),
  actions: {
    readBit: {
      energyPj: quantity(3.1, 'pJ', ours('as a bit read from the memory, since it is timed like one'), { low: 0.15 }),
    },
  },
});

const sram = (bytes: number, corelets: number): Component => ({
  label: 'SRAM for keys and values, per bit',
  instances: bytes * 8,
  areaUm2: sramCellArea,
  actions: {
    readBit: { energyPj: macroEnergy('read', bytes / corelets, bytes) },
    writeBit: { energyPj: macroEnergy('write', bytes / corelets, bytes) },
  },
});

const sramCellArea = quantity(
  0.57,
  'um2',
  source(
    'A',
    'Intel, 65 nm 70 Mb SRAM, 2004',
    'six-transistor cell; upper end ours, for decoders and sense amplifiers',
  ),
  { high: 1.2 },
);

const mac = (instances: number): Component => ({
  label: '8-bit multiply-accumulate lane',
  instances,
  areaUm2: quantity(
    1780,
    'um2',
    source(
      'D',
      'this package, from Aladdin 40 nm tables',
      'area of a 32-bit multiplier / 16 plus a 32-bit adder, times (65/40)^2; span ours',
    ),
    { low: 600, high: 3000 },
  ),
  actions: {
    mac8: {
      energyPj: quantity(
        0.3,
        'pJ',
        source(
          'C',
          'Horowitz, ISSCC 2014 (45 nm)',
          '8-bit product and addition, 0.23 pJ, times 1.31 for 65 nm at equal supply; upper end times 2.07 at 1.2 V, lower end not scaled',
        ),
        { low: 0.23, high: 0.48 },
      ),
    },
  },
});

const softmax = (instances: number): Component => ({
  label: 'exponential and division unit',
  instances,
  areaUm2: quantity(
    1592,
    'um2',
    source('C', 'TEA-S softmax unit, 90 nm', '3052 um2 times (65/90)^2; upper end a 28 nm base-2 design'),
    { high: 22400 },
  ),
  actions: {
    exp: { energyPj: quantity(1, 'pJ', ours('2^x by table: two products, a look-up, an addition'), unitSpan) },
    divide: {
      energyPj: quantity(1, 'pJ', ours('a product by the reciprocal of the row, like an exponential'), unitSpan),
    },
  },
});

const unitSpan = { low: 0.3, high: 5 };

function checkGeometry(geometry: SprintGeometry): void {
  for (const [key, value] of Object.entries(geometry)) {
    if (value >= 0 && Number.isFinite(value)) continue;
    throw fail('GEOMETRY_VALUE', `sprint geometry ${key} is ${value}`, 'give a finite number of 0 or more');
  }
}
