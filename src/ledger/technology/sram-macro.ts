import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { type Quantity, quantity } from '../quantity.ts';

/** Energy per bit (pJ) of SRAM macros with a 64-bit port at 65 nm, by size in KB. */
const macros: readonly { readonly kb: number; readonly read: number; readonly write: number }[] = [
  { kb: 2, read: 0.13, write: 0.15 },
  { kb: 8, read: 0.25, write: 0.28 },
  { kb: 16, read: 0.39, write: 0.37 },
  { kb: 32, read: 0.55, write: 0.52 },
  { kb: 64, read: 0.91, write: 0.7 },
];

/** What a port of 256 bits saves per bit, from the 16 KB macro that has both. */
const widePort = { read: 0.29 / 0.39, write: 0.34 / 0.37 };

const cacti = source(
  'C',
  'MNSIM 2.0 buffer model @ca39ccb',
  'CACTI-derived, 65 nm, 64-bit port, by size; lower end half the size with a 256-bit port, upper end one macro for all',
);

/**
 * Energy per bit (pJ) of a buffer of `bytes`, part of `totalBytes` in all. Between the table's sizes by a power law, beyond
 * them by that of its last two. Throws `GEOMETRY_VALUE` for a size that is not above 0.
 */
export function macroEnergy(action: 'read' | 'write', bytes: number, totalBytes: number): Quantity {
  const value = energyAt(action, bytes);
  return quantity(value, 'pJ', cacti, {
    low: Math.min(value, energyAt(action, bytes / 2) * widePort[action]),
    high: Math.max(value, energyAt(action, totalBytes)),
  });
}

function energyAt(action: 'read' | 'write', bytes: number): number {
  if (!(bytes > 0 && Number.isFinite(bytes)))
    throw fail('GEOMETRY_VALUE', `an SRAM macro of ${bytes} bytes`, 'give a finite size above 0');
  const kb = bytes / 1024;
  const found = macros.findIndex((macro) => macro.kb >= kb);
  const above = found === -1 ? macros.length - 1 : Math.max(1, found);
  const [small, large] = [macros[above - 1]!, macros[above]!];
  const slope = Math.log(large[action] / small[action]) / Math.log(large.kb / small.kb);
  return small[action] * (kb / small.kb) ** slope;
}
