import { describe, expect, it } from 'vitest';
import { columnAreaUm2, columnDelayNs, gates28nm, type MacColumn, macEnergyFj } from '../../src/ledger/gate-model.ts';
import type { Quantity } from '../../src/ledger/quantity.ts';

const column = (inputs: number): MacColumn => ({ inputs, inputBits: 8, weightBits: 8 });

describe('macEnergyFj', () => {
  it.each([
    [32, 0.9, 278],
    [32, 0.7, 168],
    [32, 0.6, 124],
    [64, 0.9, 271],
    [64, 0.7, 164],
    [64, 0.6, 120],
    [128, 0.9, 267],
    [128, 0.7, 162],
    [128, 0.6, 119],
  ])('has %i inputs at %d V cost %i fJ per multiply-accumulate, everything switching', (inputs, supplyV, expected) => {
    expect(Math.round(macEnergyFj(column(inputs), { supplyV }))).toBe(expected);
  });

  it('falls with the toggle rate, but for the accumulator', () => {
    const at = (toggle: number) => macEnergyFj(column(64), { supplyV: 0.9, toggle });
    // 22 bits of an adder and a flip-flop, 9 unit gates each, in each of 8 cycles, shared by 64 products.
    expect(at(0)).toBeCloseTo((8 * 0.81 * 9 * 0.7 * 22) / 64, 9);
    expect(at(0.5)).toBeCloseTo((at(0) + at(1)) / 2, 9);
  });

  it('has no accumulator to feed when the input has one bit', () => {
    const energy = macEnergyFj({ inputs: 2, inputBits: 1, weightBits: 1 }, { supplyV: 1 });
    // Two half-switching multipliers and one adder of 6 unit gates.
    expect(energy).toBeCloseTo((0.7 * (0.5 * 2 + 6 * 1)) / 2, 12);
  });
});

describe('columnAreaUm2 and columnDelayNs', () => {
  it('add up what a small column is built from', () => {
    const small: MacColumn = { inputs: 2, inputBits: 2, weightBits: 1 };
    const [nand, adder, flipFlop] = [0.614, 0.614 * (3 + 4.8), 0.614 * 6];
    expect(columnAreaUm2(small)).toBeCloseTo(2 * nand + adder + 4 * (adder + flipFlop), 9);
    const [unit, xor] = [0.0478, 0.0717];
    expect(columnDelayNs(small).tree).toBeCloseTo(unit + (xor + 2 * unit), 12);
    expect(columnDelayNs(small).accumulator).toBeCloseTo(xor + 2 * unit + 2 * 2 * unit, 12);
    expect(columnDelayNs({ ...small, inputBits: 1 }).accumulator).toBe(0);
  });

  it('take 3 ns for 64 products of 8 bits when nothing parts tree and accumulator', () => {
    const { tree, accumulator } = columnDelayNs(column(64));
    expect(tree).toBeCloseTo(2.0793, 9);
    expect(accumulator).toBeCloseTo(0.9321, 9);
  });
});

describe('the 28 nm gates', () => {
  it('have a source on every constant', () => {
    const constants = Object.values(gates28nm).filter((value): value is Quantity => typeof value === 'object');
    expect(constants).toHaveLength(8);
    for (const { source } of constants)
      expect(source).toMatchObject({ grade: 'B', where: expect.stringMatching(/\w/) });
  });

  it.each<[string, MacColumn, number, number]>([
    ['48 inputs', column(48), 0.9, 1],
    ['1 input', column(1), 0.9, 1],
    ['no weight bit', { ...column(64), weightBits: 0 }, 0.9, 1],
    ['half an input bit', { ...column(64), inputBits: 0.5 }, 0.9, 1],
    ['no supply', column(64), 0, 1],
    ['a toggle rate in percent', column(64), 0.9, 50],
  ])('reject %s', (_, bad, supplyV, toggle) => {
    expect(() => macEnergyFj(bad, { supplyV, toggle })).toThrow(expect.objectContaining({ code: 'GATE_VALUE' }));
  });
});
