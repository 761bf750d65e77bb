import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { quantity } from '../quantity.ts';
import type { Component, Technology } from '../technology.ts';

/** How many of each part a HARDSEA configuration has. */
export interface HardseaGeometry {
  /** ReRAM arrays and their physical size; a differential pair takes two columns. */
  readonly arrays: number;
  readonly rows: number;
  readonly columns: number;
  /** Columns of the winner-take-all that selects keys. */
  readonly wtaSelectColumns: number;
  readonly sramBits: number;
  readonly macLanes: number;
  readonly softmaxUnits: number;
  readonly dacs: number;
  /** Columns of the winner-take-all that encodes; default one per physical array column. */
  readonly wtaEncodeColumns?: number;
  /** Bits of the centroid-by-centroid tables; default an 8-bit entry per pair of an array's columns. */
  readonly tableBits?: number;
  /** Capacitor and supply of a winner-take-all column that encodes; default 50 fF and 1 V. */
  readonly wtaCapacitanceFf?: number;
  readonly supplyV?: number;
  /** The same of a column that selects; default as those that encode. */
  readonly wtaSelectCapacitanceFf?: number;
  readonly selectSupplyV?: number;
}

/**
 * Cost table of a 65 nm class HARDSEA. The paper's own table is not public: this is a reconstruction from parts published
 * elsewhere, without leakage, routing or control. Throws `GEOMETRY_VALUE` for a size that is negative or not finite.
 */
export function hardseaTechnology(geometry: HardseaGeometry): Technology {
  checkGeometry(geometry);
  const { arrays, rows, columns, supplyV = 1, wtaCapacitanceFf = 50 } = geometry;
  const { wtaEncodeColumns = arrays * columns, tableBits = arrays * columns * columns * 8 } = geometry;
  const { wtaSelectCapacitanceFf = wtaCapacitanceFf, selectSupplyV = supplyV, wtaSelectColumns } = geometry;
  return {
    name: 'hardsea-65nm',
    nodeNm: 65,
    supplyV,
    description: 'HARDSEA rebuilt from parts published elsewhere, 65 nm class; no leakage, routing or control',
    components: {
      dac: dac(geometry.dacs),
      crossbar: crossbar(arrays * rows * columns),
      'wta-encode': wtaColumn('encoding winner-take-all, per column', wtaEncodeColumns, wtaCapacitanceFf, supplyV),
      table: table(tableBits),
      'wta-select': wtaColumn(
        'selecting winner-take-all, per column',
        wtaSelectColumns,
        wtaSelectCapacitanceFf,
        selectSupplyV,
      ),
      sram: sram(geometry.sramBits),
      mac: mac(geometry.macLanes),
      softmax: softmax(geometry.softmaxUnits),
    },
    timing: hardseaTiming,
  };
}

const timely = (where: string) =>
  source('B', 'TIMELY, ISCA 2020 (65 nm)', `${where}, as in accelergy-library-plug-in @ba4e9da`);
const ours = (where: string) => source('D', 'this package', where);
const cacti = source(
  'C',
  'MNSIM 2.0 buffer model @ca39ccb',
  'CACTI-derived, 16 KB, 65 nm, 64-bit port; span 2 KB to 64 KB',
);

/** Times of the same table. */
export const hardseaTiming = Object.freeze({
  /** Settling of an array read. */
  arrayReadNs: quantity(10, 'ns', source('B', 'DNN+NeuroSim V1.4 Param.cpp', 'read pulse of its 65 nm preset'), {
    low: 3.16,
    high: 100,
  }),
  /** Cycle of the digital part. */
  digitalClockNs: quantity(1, 'ns', ours('1 GHz, usual for 65 nm general-purpose logic'), { low: 0.9, high: 5 }),
  /** One table look-up and its addition. */
  lookupNs: quantity(1, 'ns', ours('one digital cycle'), { low: 0.9, high: 5 }),
  /** Programming one cell with write and verify. */
  cellWriteNs: quantity(
    8500,
    'ns',
    source('B', 'Wan et al., Nature 608 (2022)', 'write-verify average of 8.5 us per cell, 130 nm'),
    { low: 40 },
  ),
});

const dac = (instances: number): Component => ({
  label: '8-bit digital-to-time converter, per row',
  instances,
  areaUm2: quantity(240, 'um2', timely('DTC area')),
  actions: {
    drive: {
      energyPj: quantity(0.0375, 'pJ', timely('DTC energy; upper end a 1-bit row driver of ISAAC'), { high: 0.39 }),
    },
  },
});

const crossbar = (instances: number): Component => ({
  label: '1T1R ReRAM cell',
  instances,
  areaUm2: quantity(0.2028, 'um2', source('C', 'DNN+NeuroSim V1.4 Param.cpp', 'cell of 4F x 12F at F = 65 nm')),
  actions: {
    cellRead: {
      energyPj: quantity(
        0.00183,
        'pJ',
        source(
          'C',
          'ISAAC, ISCA 2016, Table I',
          'array energy per 1-bit input and 2-bit cell, 32 nm; upper end: a 4-bit product of SPRINT, 65 nm',
        ),
        {
          high: 0.1,
        },
      ),
    },
    cellWrite: {
      energyPj: quantity(
        97.6,
        'pJ',
        source(
          'C',
          'SPRINT, MICRO 2022, by way of a digest',
          '24.4 pJ per bit times 4 bits per cell; lower end: one bit',
        ),
        {
          low: 24.4,
        },
      ),
    },
  },
});

const wtaColumn = (label: string, instances: number, capacitanceFf: number, supplyV: number): Component => ({
  label,
  instances,
  areaUm2: quantity(40, 'um2', timely('charging unit and comparator area')),
  actions: {
    column: {
      energyPj: quantity(
        0.04,
        'pJ',
        ours('StrongARM comparator decision; span from a 28 nm sense amplifier to TIMELY, 65 nm'),
        {
          low: 0.0016,
          high: 0.0417,
        },
      ),
    },
    charge: {
      energyPj: quantity(
        capacitanceFf * supplyV ** 2 * 1e-3,
        'pJ',
        ours(`C Vdd^2 with ${capacitanceFf} fF and ${supplyV} V`),
      ),
    },
  },
});

const table = (instances: number): Component => ({
  label: 'centroid table, per bit',
  instances,
  areaUm2: sramCellArea,
  actions: {
    lookup: {
      energyPj: quantity(
        1.09,
        'pJ',
        source(
          'C',
          'MNSIM 2.0 buffer model; Horowitz, ISSCC 2014',
          '8 bits from 2 KB at 0.13 pJ/bit, likely above a smaller table, and an 8-bit addition of 0.03 pJ at 45 nm times 1.31 to 2.07',
        ),
        { low: 1.08, high: 1.1 },
      ),
    },
  },
});

const sram = (instances: number): Component => ({
  label: 'SRAM for queries, keys, values and results, per bit',
  instances,
  areaUm2: sramCellArea,
  actions: {
    readBit: { energyPj: quantity(0.39, 'pJ', cacti, { low: 0.13, high: 0.91 }) },
    writeBit: { energyPj: quantity(0.37, 'pJ', cacti, { low: 0.15, high: 0.7 }) },
    // Counted for traffic; the macro's energy per multiply-accumulate has it. The upper end prices it as a plain read.
    boundaryBit: {
      energyPj: quantity(0, 'pJ', ours('read at the bank edge, inside the energy of mac8'), { high: 0.39 }),
    },
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
  {
    high: 1.2,
  },
);

const mac = (instances: number): Component => ({
  label: '8-bit multiply-accumulate lane at the edge of an SRAM bank, reading its stored operand included',
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
        0.077,
        'pJ',
        source(
          'C',
          'CIMple, arXiv 2604.15944; QK macro, arXiv 2511.12152',
          '2 operations / 26.1 TOPS/W of a 28 nm digital SRAM-CIM, whole macro; lower end a 65 nm macro of 34.1 TOPS/W, upper end separate logic at 65 nm',
        ),
        {
          low: 0.059,
          high: 0.48,
        },
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
    source(
      'C',
      'TEA-S softmax unit, 90 nm',
      '3052 um2 times (65/90)^2; upper end a 28 nm base-2 design of 5676 um2 / 0.253',
    ),
    { high: 22400 },
  ),
  actions: {
    exp: {
      energyPj: quantity(1, 'pJ', ours('2^x by table: two 8-bit products, one look-up, one 32-bit addition'), {
        low: 0.3,
        high: 5,
      }),
    },
    divide: {
      energyPj: quantity(1, 'pJ', ours('one product by a reciprocal that the row shares, like an exponential'), {
        low: 0.3,
        high: 5,
      }),
    },
  },
});

function checkGeometry(geometry: HardseaGeometry): void {
  for (const [key, value] of Object.entries(geometry)) {
    if (value === undefined || (typeof value === 'number' && value >= 0 && Number.isFinite(value))) continue;
    throw fail('GEOMETRY_VALUE', `hardsea geometry ${key} is ${value}`, 'give a finite number of 0 or more');
  }
}
