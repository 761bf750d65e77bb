import { describe, expect, it } from 'vitest';
import { packRows } from '../../src/accelerator/row-packing.ts';

describe('packRows', () => {
  it.each<[string, number[], number, number, number]>([
    ['nothing', [], 10, 0, 0],
    ['windows of no rows', [0, 0], 10, 0, 0],
    ['windows that just fit', [10, 10], 10, 2, 1],
    ['short windows together, longest first', [3, 7, 4, 6], 10, 2, 1],
    ['a long window in whole macros, its rest beside another', [25, 5], 10, 3, 1],
    ['what fits nowhere alone', [6, 6], 10, 2, 0.6],
  ])('packs %s', (_, windows, macroRows, macros, usedShare) => {
    expect(packRows(windows, macroRows)).toEqual({ macros, usedShare });
  });

  it('leaves the windows as they were given', () => {
    const windows = [1, 3, 2];
    packRows(windows, 4);
    expect(windows).toEqual([1, 3, 2]);
  });

  it.each<[number[], number]>([
    [[1], 0],
    [[1], 1.5],
    [[-1], 4],
    [[0.5], 4],
  ])('rejects windows %j in macros of %d rows', (windows, macroRows) => {
    expect(() => packRows(windows, macroRows)).toThrow(expect.objectContaining({ code: 'PACKING_VALUE' }));
  });
});
