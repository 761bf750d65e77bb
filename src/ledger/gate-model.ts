import { fail } from '../errors.ts';
import { type Source, source } from '../source.ts';
import { type Quantity, quantity } from './quantity.ts';

/** A logic family by its unit gate, the two-input NAND; the other gates are multiples of it. */
export interface GateLibrary {
  readonly name: string;
  readonly nodeNm: number;
  /** Switched capacitance, area and delay of the unit gate; the delay holds at `delaySupplyV` only. */
  readonly nandFf: Quantity;
  readonly nandAreaUm2: Quantity;
  readonly nandDelayNs: Quantity;
  readonly delaySupplyV: number;
  /** Exclusive-or and flip-flop in unit gates. */
  readonly xorCapacitance: Quantity;
  readonly xorArea: Quantity;
  readonly xorDelay: Quantity;
  readonly flipFlopCapacitance: Quantity;
  readonly flipFlopArea: Quantity;
}

/** A column of a digital macro: `inputs` products a cycle, one input bit each, summed by a tree and accumulated over the bits. */
export interface MacColumn {
  /** Products that the tree adds, a power of two from 2. */
  readonly inputs: number;
  readonly inputBits: number;
  readonly weightBits: number;
}

/** Supply (V) and the share of multiplier and tree nodes that switch in a cycle (1 = all). */
export interface OperatingPoint {
  readonly supplyV: number;
  readonly toggle?: number;
}

/** 28 nm gates as used for digital compute-in-memory macros by ZigZag-IMC. */
export const gates28nm: GateLibrary = Object.freeze({
  name: 'zigzag-imc-28nm',
  nodeNm: 28,
  nandFf: quantity(0.7, 'fF', zigzag('nd2_cap')),
  nandAreaUm2: quantity(0.614, 'um2', zigzag('nd2_area')),
  nandDelayNs: quantity(0.0478, 'ns', zigzag('nd2_dly, at 0.9 V')),
  delaySupplyV: 0.9,
  xorCapacitance: quantity(1.5, 'x', zigzag('xor2_cap')),
  xorArea: quantity(2.4, 'x', zigzag('xor2_area')),
  xorDelay: quantity(1.5, 'x', zigzag('xor2_dly')),
  flipFlopCapacitance: quantity(3, 'x', zigzag('dff_cap')),
  flipFlopArea: quantity(6, 'x', zigzag('dff_area')),
});

/**
 * Energy (fJ) of one multiply-accumulate of `column`, its share of tree and accumulator included.
 * The sum per cycle is V^2 [0.5 c Wb N + 6 c adders + 9 c width]: a resting weight halves the multiplier, an adder is 3 NAND and
 * 2 XOR, an accumulator bit an adder and a flip-flop. Reading the cells is left out, as the weight rests there.
 * `toggle` scales multipliers and tree, not the accumulator. Throws `GATE_VALUE`.
 */
export function macEnergyFj(column: MacColumn, point: OperatingPoint, gates = gates28nm): number {
  check(column, point);
  const { inputs, inputBits, weightBits } = column;
  const { supplyV, toggle = 1 } = point;
  const unit = gates.nandFf.value;
  const adder = 3 + 2 * gates.xorCapacitance.value;
  const switched = 0.5 * weightBits * inputs + adder * treeAdders(column);
  const accumulator = (adder + gates.flipFlopCapacitance.value) * accumulatorWidth(column);
  return (inputBits * supplyV ** 2 * unit * (toggle * switched + accumulator)) / inputs;
}

/** Area (um2) of the multipliers, tree and accumulator of `column`; the cells that hold the weights are not in it. Throws `GATE_VALUE`. */
export function columnAreaUm2(column: MacColumn, gates = gates28nm): number {
  check(column);
  const adder = 3 + 2 * gates.xorArea.value;
  const multipliers = column.weightBits * column.inputs;
  const accumulator = (adder + gates.flipFlopArea.value) * accumulatorWidth(column);
  return gates.nandAreaUm2.value * (multipliers + adder * treeAdders(column) + accumulator);
}

/**
 * Longest paths (ns) of `column` at the supply of its library: from the product through the ripple-carry tree, and through the
 * accumulator. A clock has to leave time for their sum, or for the longer one where a register parts them. Throws `GATE_VALUE`.
 */
export function columnDelayNs(
  column: MacColumn,
  gates = gates28nm,
): { readonly tree: number; readonly accumulator: number } {
  check(column);
  const nand = gates.nandDelayNs.value;
  const xor = nand * gates.xorDelay.value;
  const carry = 2 * nand;
  const enter = xor + carry;
  const levels = Math.log2(column.inputs);
  const treeWidth = column.weightBits + levels;
  return {
    tree: nand + (levels - 1) * 2 * xor + enter + (treeWidth - 2) * carry,
    accumulator: column.inputBits > 1 ? enter + column.inputBits * carry : 0,
  };
}

/** One-bit adders in a ripple-carry tree over all inputs. */
function treeAdders({ inputs, weightBits }: MacColumn): number {
  return inputs * (weightBits + 1) - (weightBits + Math.log2(inputs) + 1);
}

/** Bits of the accumulator; a one-bit input needs none. */
function accumulatorWidth({ inputs, inputBits, weightBits }: MacColumn): number {
  return inputBits > 1 ? inputBits + weightBits + Math.log2(inputs) : 0;
}

function zigzag(where: string): Source {
  return source('B', 'ZigZag-IMC (KU Leuven) @df34a6f, 28 nm digital macro model', where);
}

function check({ inputs, inputBits, weightBits }: MacColumn, { supplyV, toggle = 1 }: OperatingPoint = { supplyV: 1 }) {
  if (!(Number.isInteger(Math.log2(inputs)) && inputs >= 2)) {
    throw fail('GATE_VALUE', `an adder tree has ${inputs} inputs`, 'give a power of two from 2');
  }
  for (const [name, bits] of Object.entries({ inputBits, weightBits })) {
    if (!(Number.isInteger(bits) && bits >= 1))
      throw fail('GATE_VALUE', `${name} is ${bits}`, 'give a whole number from 1');
  }
  if (!(supplyV > 0 && Number.isFinite(supplyV)))
    throw fail('GATE_VALUE', `the supply is ${supplyV} V`, 'give volts above 0');
  if (!(toggle >= 0 && toggle <= 1)) throw fail('GATE_VALUE', `toggle is ${toggle}`, 'give a share from 0 to 1');
}
