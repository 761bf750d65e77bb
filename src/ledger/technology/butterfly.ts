import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { columnAreaUm2, gates28nm, type MacColumn, macEnergyFj } from '../gate-model.ts';
import { type Quantity, quantity } from '../quantity.ts';
import type { Component, Technology } from '../technology.ts';

/** How a sparse Transformer chip of digital macros is built. */
export interface ButterflyGeometry {
  readonly macros: number;
  /** Columns of a macro, and products that the tree of a column adds. */
  readonly macroColumns: number;
  readonly treeInputs: number;
  /** Inputs of a butterfly and operands that leave it; `skipper` whether there are any butterflies. */
  readonly block: number;
  readonly lanes: number;
  readonly skipper: boolean;
  readonly capacityKb: number;
  readonly bufferKb: number;
  readonly softmaxUnits: number;
  readonly supplyV: number;
  /** Share of the nodes of multipliers, trees and butterflies that switch in a cycle. */
  readonly toggle: number;
  readonly clockMhz: number;
}

/** Names of the figures that constants of this table were fitted to. */
export const butterflyFitted = Object.freeze({ throughput: 'peak throughput, dense' });

/** Operands and weights of the chip, in bits. */
export const operandBits = 8;

/**
 * Cost table of the 28 nm chip: macros and butterflies from gates up, memories from published ones of other chips. What the
 * chip leaks is not known and not counted. Throws `GEOMETRY_VALUE` for a size that is negative or not finite, and `GATE_VALUE`.
 */
export function butterflyTechnology(geometry: ButterflyGeometry): Technology {
  checkGeometry(geometry);
  const { supplyV, clockMhz } = geometry;
  return {
    name: 'butterfly-28nm',
    nodeNm: 28,
    supplyV,
    description:
      'sparse Transformer chip of digital macros rebuilt from gates, 28 nm; no leakage, clock tree or control',
    components: {
      mac: mac(geometry),
      skipper: skipper(geometry),
      cells: cells(geometry),
      metadata: metadata(geometry),
      buffer: buffer(geometry),
      softmax: softmax(geometry),
      leakage: leakage,
    },
    timing: {
      cycleNs: quantity(
        1000 / clockMhz,
        'ns',
        ours('clock of the chip is not public; 400 MHz bring assumed macros to 3.3 TOPS'),
        {
          fittedTo: [butterflyFitted.throughput],
        },
      ),
    },
  };
}

/** A column of a macro, one bit of 8-bit operands a cycle. */
export function columnOf({ treeInputs }: Pick<ButterflyGeometry, 'treeInputs'>): MacColumn {
  return { inputs: treeInputs, inputBits: operandBits, weightBits: operandBits };
}

/** Two-by-two switches of a butterfly of `block` inputs, one bit wide: log2 M stages of M / 2. */
export function switchesOf(block: number): number {
  return (block / 2) * Math.log2(block);
}

/** What 65 nm energies and areas are multiplied by at 28 nm, and the supply that the energies then hold at. */
export const nodeScale = Object.freeze({
  energy: quantity(0.414, 'x', source('B', 'hwcomponents @e67d7f1', 'Stillmaker-Baas tables, 65 nm to 28 nm')),
  area: quantity(0.253, 'x', source('B', 'hwcomponents @e67d7f1', 'Stillmaker-Baas tables, 65 nm to 28 nm')),
  supplyV: quantity(0.8, 'V', source('B', 'hwcomponents @e67d7f1', 'supply that the energy factor is given for')),
});

/** Capacitance of a switch for a bit that passes: four transmission gates, of which one conducts. */
export const hopFf: Quantity = quantity(0.7, 'fF', ours('one unit gate of the 28 nm library for a bit and stage'), {
  low: 0.35,
  high: 2.1,
});

const mac = (geometry: ButterflyGeometry): Component => ({
  label: 'column of a digital macro: multipliers, adder tree and accumulator',
  instances: geometry.macros * geometry.macroColumns,
  areaUm2: quantity(columnAreaUm2(columnOf(geometry)), 'um2', gates('area of a column')),
  actions: {
    mac8: {
      energyPj: quantity(
        macEnergyFj(columnOf(geometry), geometry) * 1e-3,
        'pJ',
        gates(`8 x 8 bits, ${geometry.treeInputs} products a tree, ${geometry.supplyV} V, toggle ${geometry.toggle}`),
      ),
    },
  },
});

const skipper = ({
  macros,
  macroColumns,
  treeInputs,
  block,
  lanes,
  skipper: built,
  ...point
}: ButterflyGeometry): Component => ({
  label: 'butterfly of transmission-gate switches, per switch',
  instances: built ? macros * macroColumns * (treeInputs / lanes) * switchesOf(block) : 0,
  areaUm2: quantity(
    2 * gates28nm.nandAreaUm2.value,
    'um2',
    ours('four transmission gates of two transistors, as large as two NAND'),
  ),
  actions: {
    hop: {
      energyPj: quantity(
        operandBits * hopFf.value * point.supplyV ** 2 * point.toggle * 1e-3,
        'pJ',
        ours(`8 bits through a stage at ${hopFf.value} fF a bit, ${point.supplyV} V, toggle ${point.toggle}`),
      ),
    },
  },
});

const cells = ({ capacityKb, supplyV }: ButterflyGeometry): Component => ({
  label: 'cell of the macros for weights, keys and values, per bit',
  instances: capacityKb * 1024 * 8,
  areaUm2: cellArea,
  actions: { writeBit: { energyPj: scaled(0.37, 0.15, 0.7, supplyV, 'write') } },
});

const metadata = ({ supplyV }: ButterflyGeometry): Component => ({
  label: 'settings of the butterflies; their bits lie in the cells beside the weights',
  instances: 0,
  areaUm2: quantity(0, 'um2', ours('inside the cells')),
  actions: { readBit: { energyPj: scaled(0.39, 0.13, 0.91, supplyV, 'read') } },
});

const buffer = ({ bufferKb, supplyV }: ButterflyGeometry): Component => ({
  label: 'SRAM for inputs, scores and results, per bit',
  instances: bufferKb * 1024 * 8,
  areaUm2: cellArea,
  actions: {
    readBit: { energyPj: scaled(0.39, 0.13, 0.91, supplyV, 'read') },
    writeBit: { energyPj: scaled(0.37, 0.15, 0.7, supplyV, 'write') },
  },
});

const softmax = ({ softmaxUnits, supplyV }: ButterflyGeometry): Component => {
  const energy = (what: string) =>
    quantity(supplyScale(supplyV), 'pJ', ours(`${what}; 1 pJ assumed at 65 nm, carried to 28 nm and this supply`));
  return {
    label: 'exponential and division unit',
    instances: softmaxUnits,
    areaUm2: quantity(5676, 'um2', source('B', 'base-2 softmax unit, 28 nm', 'area as listed beside TEA-S')),
    actions: {
      exp: { energyPj: energy('two 8-bit products, one look-up, one addition') },
      divide: { energyPj: energy('one product by a reciprocal that the row shares') },
    },
  };
};

// Counted, so that its absence shows: no leakage power of the chip is public, and the gate model has none.
const leakage: Component = {
  label: 'leakage of the chip, not known and not counted',
  instances: 1,
  areaUm2: quantity(0, 'um2', ours('no part of its own')),
  actions: { cycle: { energyPj: quantity(0, 'pJ', ours('unknown; left out, not 0 in silicon')) } },
};

const cellArea = quantity(
  0.57 * nodeScale.area.value,
  'um2',
  source(
    'C',
    'Intel, 65 nm 70 Mb SRAM, 2004; hwcomponents @e67d7f1',
    'six-transistor cell of 0.57 um2 times 0.253; upper end ours',
  ),
  { high: 0.57 },
);

/** An access of a 65 nm SRAM (pJ per bit) at 28 nm and `supplyV`. */
function scaled(at65: number, low: number, high: number, supplyV: number, what: string): Quantity {
  const factor = supplyScale(supplyV);
  const from = source(
    'C',
    'MNSIM 2.0 buffer model @ca39ccb; hwcomponents @e67d7f1',
    `${what} of CACTI, 16 KB, 65 nm, ${at65} pJ/bit, times 0.414, times the square of the supply over 0.8 V; span 2 KB to 64 KB`,
  );
  return quantity(at65 * factor, 'pJ', from, { low: low * factor, high: high * factor });
}

function supplyScale(supplyV: number): number {
  return nodeScale.energy.value * (supplyV / nodeScale.supplyV.value) ** 2;
}

function gates(where: string) {
  return source('C', gates28nm.nandFf.source.ref, where);
}

function ours(where: string) {
  return source('D', 'this package', where);
}

function checkGeometry(geometry: ButterflyGeometry): void {
  for (const [key, value] of Object.entries(geometry)) {
    if (typeof value === 'boolean' || (value >= 0 && Number.isFinite(value))) continue;
    throw fail('GEOMETRY_VALUE', `butterfly geometry ${key} is ${value}`, 'give a finite number of 0 or more');
  }
  if (geometry.clockMhz === 0) throw fail('GEOMETRY_VALUE', 'butterfly geometry clockMhz is 0', 'give MHz above 0');
}
