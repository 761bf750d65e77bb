import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { columnAreaUm2, gates28nm, type MacColumn, macEnergyFj } from '../gate-model.ts';
import { type Quantity, quantity } from '../quantity.ts';
import type { Component, Technology } from '../technology.ts';
import { scaleConstant } from '../technology-scaling.ts';

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

/** Clock that brings assumed macros near the published throughput; any other is the user's own. */
export const fittedClockMhz = 400;

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
        clockMhz === fittedClockMhz ? { fittedTo: [butterflyFitted.throughput] } : {},
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
  actions: { writeBit: { energyPj: access('write', supplyV) } },
});

const metadata = ({ supplyV }: ButterflyGeometry): Component => ({
  label: 'settings of the butterflies; their bits lie in the cells beside the weights',
  instances: 0,
  areaUm2: quantity(0, 'um2', ours('inside the cells')),
  actions: { readBit: { energyPj: access('read', supplyV) } },
});

const buffer = ({ bufferKb, supplyV }: ButterflyGeometry): Component => ({
  label: 'SRAM for inputs, scores and results, per bit',
  instances: bufferKb * 1024 * 8,
  areaUm2: cellArea,
  actions: {
    readBit: { energyPj: access('read', supplyV) },
    writeBit: { energyPj: access('write', supplyV) },
  },
});

const softmax = ({ softmaxUnits, supplyV }: ButterflyGeometry): Component => {
  const energy = (what: string) => at28(quantity(1, 'pJ', ours(`${what}, at 65 nm`), { low: 0.3, high: 5 }), supplyV);
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

/** A cell of a 65 nm SRAM at 28 nm. */
const cellArea = scaleConstant(
  quantity(
    0.57,
    'um2',
    source('A', 'Intel, 65 nm 70 Mb SRAM, 2004', 'six-transistor cell; upper end ours, for decoders'),
    {
      high: 1.2,
    },
  ),
  'area',
  { nodeNm: 65, supplyV: 1 },
  { nodeNm: 28, supplyV: 1 },
);

/** An access of a 65 nm SRAM (pJ per bit) at 28 nm and `supplyV`. */
function access(action: 'read' | 'write', supplyV: number): Quantity {
  const at65 = {
    read: quantity(0.39, 'pJ', cacti, { low: 0.13, high: 0.91 }),
    write: quantity(0.37, 'pJ', cacti, { low: 0.15, high: 0.7 }),
  };
  return at28(at65[action], supplyV);
}

const cacti = source('C', 'MNSIM 2.0 buffer model @ca39ccb', 'CACTI-derived, 16 KB, 65 nm; span 2 KB to 64 KB');

/** An energy at 65 nm and 1 V, the nominal supply there, at 28 nm and `supplyV`. */
function at28(energy: Quantity, supplyV: number): Quantity {
  return scaleConstant(energy, 'energy', { nodeNm: 65, supplyV: 1 }, { nodeNm: 28, supplyV });
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
