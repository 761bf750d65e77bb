import { fail } from '../errors.ts';

/** How many macros hold some windows of rows, and which share of their rows is used. */
export interface RowPacking {
  readonly macros: number;
  readonly usedShare: number;
}

/**
 * Packs windows of rows into macros of `macroRows` rows by first fit, longest first. A window longer than a macro fills whole
 * ones, and its rest is packed like the others. Throws `PACKING_VALUE` for sizes that are no whole numbers, or macros without rows.
 */
export function packRows(windows: readonly number[], macroRows: number): RowPacking {
  if (!(Number.isInteger(macroRows) && macroRows >= 1)) {
    throw fail('PACKING_VALUE', `a macro has ${macroRows} rows`, 'give a whole number from 1');
  }
  let macros = 0;
  const rests: number[] = [];
  for (const rows of windows) {
    if (!(Number.isInteger(rows) && rows >= 0)) {
      throw fail('PACKING_VALUE', `a window has ${rows} rows`, 'give a whole number from 0');
    }
    macros += Math.floor(rows / macroRows);
    if (rows % macroRows > 0) rests.push(rows % macroRows);
  }
  const free: number[] = [];
  for (const rest of rests.sort((a, b) => b - a)) {
    const found = free.findIndex((rows) => rows >= rest);
    if (found === -1) free.push(macroRows - rest);
    else free[found]! -= rest;
  }
  macros += free.length;
  const used = windows.reduce((sum, rows) => sum + rows, 0);
  return { macros, usedShare: macros === 0 ? 0 : used / (macros * macroRows) };
}
