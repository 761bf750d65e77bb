import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounts, type Counts, scaleCounts, totalOf } from '../../src/ledger/counts.ts';

const name = fc.constantFrom('dac', 'mac', 'constructor', 'sram');
const counts = fc.dictionary(name, fc.dictionary(name, fc.nat(1_000_000)));

describe('counts', () => {
  it('add up, in any order', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const sum = addCounts(a, b);
        expect(totalOf(sum)).toBe(totalOf(a) + totalOf(b));
        for (const part of ['dac', 'constructor']) {
          for (const action of ['mac', 'constructor']) {
            expect(totalOf(sum, part, action)).toBe(totalOf(a, part, action) + totalOf(b, part, action));
          }
        }
        expect(addCounts(b, a)).toEqual(sum);
      }),
    );
  });

  it('scale like repeated addition, and leave their argument alone', () => {
    const run: Counts = { dac: { drive: 3 }, 'wta-encode': { charge: 0.25 } };
    expect(scaleCounts(run, 3)).toEqual(addCounts(run, run, run));
    expect(run.dac!.drive).toBe(3);
    expect(() => Object.assign(scaleCounts(run, 3).dac!, { drive: 1 })).toThrow(TypeError);
  });

  it('total by component and action', () => {
    const run: Counts = { sram: { readBit: 5, writeBit: 2 }, mac: { mac8: 7 } };
    expect([totalOf(run), totalOf(run, 'sram'), totalOf(run, 'sram', 'readBit'), totalOf(run, 'adc')]).toEqual([
      14, 7, 5, 0,
    ]);
    expect(addCounts()).toEqual({});
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '3' as unknown as number])('reject %s', (bad) => {
    const rejected = expect.objectContaining({ code: 'COUNTS_VALUE', what: expect.stringContaining('mac.mac8') });
    expect(() => addCounts({ mac: { mac8: bad } })).toThrow(rejected);
    expect(() => totalOf({ mac: { mac8: bad } })).toThrow(rejected);
    expect(() => scaleCounts({ mac: { mac8: bad } }, 1)).toThrow(rejected);
    expect(() => scaleCounts({ mac: { mac8: 1 } }, bad)).toThrow(expect.objectContaining({ code: 'COUNTS_VALUE' }));
  });

  it('reject a sum that overflows', () => {
    const huge: Counts = { mac: { mac8: Number.MAX_VALUE } };
    expect(() => addCounts(huge, huge)).toThrow(expect.objectContaining({ code: 'COUNTS_VALUE' }));
  });
});
