import { chargeTechnology } from '../ledger/technology/charge.ts';
import { chargeReference } from '../ledger/technology/charge-fit.ts';
import type { Technology } from '../ledger/technology.ts';
import type { ChargeActivity } from './charge-activity.ts';
import type { ResolvedCharge } from './charge-config.ts';

/** What the ledger needs to know of a machine, and over how many chips the activity was added up. */
export interface ChargeSubject {
  readonly config: ResolvedCharge;
  /** Dimensions of a head. */
  readonly dim: number;
  readonly chips: number;
}

/** Charge-sharing events that score a pair: one for every bit of the query's nibble and bit of the key's. */
export const eventsPerPair = chargeReference.nibbleBits.value ** 2;

/** Share of a key's cells that an event charges. */
export const chargedShare = chargeReference.chargedShare.value;

/** Cells of a head that charged: as counted, or as random bits would have it. */
export function chargedCellsOf({ chargedCells, visiblePairs }: ChargeActivity, dim: number): number {
  return chargedCells ?? visiblePairs * eventsPerPair * dim * chargedShare;
}

/** 8-bit operations outside the array for a kept pair: the score, unless the array's is taken, and the output. */
export function operationsPerKept({ config, dim }: Pick<ChargeSubject, 'config' | 'dim'>): number {
  return (config.recompute ? 4 : 2) * dim * (config.operandBits / 8) ** 2;
}

/** Time of a pass of the array (ns): as configured, or as long as its conversions where there are converters and those are slower. */
export function passTimeNs({ timing }: Technology): number {
  return Math.max(timing['passNs']!.value, eventsPerPair * timing['convertNs']!.value);
}

/** The cost table of a chip whose heads have `dim` dimensions. */
export function technologyOf({ config, dim }: Pick<ChargeSubject, 'config' | 'dim'>): Technology {
  const { array, passCycles, clockGhz, definition, peakBits } = config;
  const [queryBits, keyBits] = peakBits;
  const passNs = passCycles / clockGhz;
  return chargeTechnology({
    tokens: array.columns,
    dim,
    capacitanceFf: array.unitCapacitanceFf,
    supplyV: array.supplyV,
    passNs,
    cycleNs: 1 / clockGhz,
    converterBits: array.combine === 'bitplane' ? array.conversionBits : 0,
    reading: { definition, queryBits, keyBits, passNs: peakPassNs(config) },
  });
}

/** Time of a pass at the operand widths of the published peak (ns): wider operands have more events, of the same time each. */
export function peakPassNs({ passCycles, clockGhz, peakBits }: ResolvedCharge): number {
  return ((passCycles / clockGhz) * peakBits[0] * peakBits[1]) / eventsPerPair;
}
