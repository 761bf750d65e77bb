import { describe, expect, it } from 'vitest';
import { quantity } from '../../src/ledger/quantity.ts';
import { areaByComponent, constantsOf, energyByComponent, type Technology } from '../../src/ledger/technology.ts';
import { source } from '../../src/source.ts';

const from = source('D', 'a test', 'here');
const toy: Technology = {
  name: 'toy',
  nodeNm: 65,
  supplyV: 1,
  description: 'two parts',
  components: {
    sram: {
      label: 'bits',
      instances: 10,
      areaUm2: quantity(0.5, 'um2', from),
      actions: { readBit: { energyPj: quantity(0.25, 'pJ', from) }, writeBit: { energyPj: quantity(0.5, 'pJ', from) } },
    },
    mac: {
      label: 'lanes',
      instances: 2,
      areaUm2: quantity(100, 'um2', from),
      actions: { mac8: { energyPj: quantity(0.3, 'pJ', from) } },
    },
  },
  timing: { digitalClockNs: quantity(1, 'ns', from) },
};

describe('energyByComponent', () => {
  it('prices what was counted, and lists the rest at 0', () => {
    expect(energyByComponent({ sram: { readBit: 8 }, mac: { mac8: 10 } }, toy)).toEqual([
      { component: 'sram', action: 'readBit', count: 8, energyPj: 2 },
      { component: 'sram', action: 'writeBit', count: 0, energyPj: 0 },
      { component: 'mac', action: 'mac8', count: 10, energyPj: 3 },
    ]);
  });

  it.each([
    ['adc.convert', { adc: { convert: 1 } }],
    ['sram.erase', { sram: { erase: 0 } }],
    ['constructor.name', { constructor: { name: 1 } }],
    ['sram.toString', { sram: { toString: 1 } }],
  ])('names the unpriced action %s', (path, counts) => {
    const unpriced = expect.objectContaining({ code: 'LEDGER_UNPRICED', what: expect.stringContaining(path) });
    expect(() => energyByComponent(counts as never, toy)).toThrow(unpriced);
  });

  it('rejects a negative count', () => {
    expect(() => energyByComponent({ mac: { mac8: -1 } }, toy)).toThrow(
      expect.objectContaining({ code: 'COUNTS_VALUE' }),
    );
  });
});

it('areaByComponent multiplies by the instances', () => {
  expect(areaByComponent(toy).map((row) => row.areaUm2)).toEqual([5, 200]);
});

it('constantsOf walks areas, energies and times', () => {
  expect([...constantsOf(toy)].map(([path]) => path)).toEqual([
    'sram.areaUm2',
    'sram.readBit.energyPj',
    'sram.writeBit.energyPj',
    'mac.areaUm2',
    'mac.mac8.energyPj',
    'timing.digitalClockNs',
  ]);
});

describe('quantity', () => {
  it.each([
    [Number.NaN, {}],
    [-1, {}],
    [1, { low: 2 }],
    [1, { high: 0.5 }],
    [1, { low: Number.NaN }],
  ])('rejects %s with %j', (value, span) => {
    expect(() => quantity(value, 'pJ', from, span)).toThrow(expect.objectContaining({ code: 'QUANTITY_VALUE' }));
  });
});
