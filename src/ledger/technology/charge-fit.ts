import { fail } from '../../errors.ts';
import { type Source, source } from '../../source.ts';
import { chargePeaks } from '../published/charge.ts';
import { type Quantity, quantity } from '../quantity.ts';

const capacity = ours('reading of the 16 Kb that the authors name: 64 keys of 64 dimensions and 4 bits');

/** What is counted as an operation; see {@link operationMeaning}. The paper does not say which it means. */
export type OperationDefinition = 'I' | 'II' | 'III';

/** The three readings in words, d being the head's dimension. */
export const operationMeaning: Readonly<Record<OperationDefinition, string>> = Object.freeze({
  I: 'definition I: dense-equivalent, 4 d for every visible pair',
  II: 'definition II: executed, 2 d for every pair in the array and those of the kept pairs outside it',
  III: 'definition III: executed outside the array, for kept pairs only',
});

/** Pairs that an attention scored and kept; `recompute` whether the kept ones were scored again outside the array. */
export interface ScoredWork {
  readonly visiblePairs: number;
  readonly keptPairs: number;
  readonly dim: number;
  readonly recompute: boolean;
}

/** How the published peaks are read. */
export interface ChargeReading {
  readonly definition: OperationDefinition;
  /** Bits of query and key in the array when its peak was taken. */
  readonly queryBits: number;
  readonly keyBits: number;
  /** Time of one pass of the array at those widths (ns). */
  readonly passNs: number;
}

/** Constants that make the peaks come out. */
export interface ChargeFit {
  /** Lines, switch clocks and drivers of one key in one charge-sharing event (pJ), for 64 dimensions at the reference supply. */
  readonly lineEventPj: number;
  /** One 8-bit operation outside the array with all that it needs: SRAM, softmax, control, clock, leakage (pJ). */
  readonly operation8Pj: number;
  /** Its share of the time of the digital core (ns). */
  readonly operation8Ns: number;
  /** The analog core (um2), and what it leaves for lines and drivers of a key beside cells and comparator. */
  readonly coreAreaUm2: number;
  readonly lineAreaUm2: number;
}

/** The chip at the point of its peaks, and the parts whose price is not fitted. */
export const chargeReference = Object.freeze({
  tokens: quantity(64, 'keys', capacity),
  dim: quantity(64, 'dimensions', capacity),
  nibbleBits: quantity(4, 'bits', capacity),
  capacitanceFf: quantity(1, 'fF', ours('unit capacitor in metal, no value of the chip found'), { low: 0.5, high: 2 }),
  supplyV: quantity(1, 'V', ours('nominal 65 nm general-purpose supply'), { low: 0.85, high: 1.2 }),
  chargedShare: quantity(0.25, 'share', ours('chance that both of two random bits are one'), { low: 0, high: 1 }),
  comparatorPj: quantity(0.0417, 'pJ', timely('energy of a charging comparator')),
  comparatorAreaUm2: quantity(40, 'um2', timely('area of a charging comparator')),
  cellAreaUm2: quantity(
    0.855,
    'um2',
    ours('six-transistor cell of 0.57 um2 (Intel, 65 nm) times 9 / 6, the capacitor above it'),
    { low: 0.57, high: 2 },
  ),
  dieMm2: quantity(3.2, 'mm2', authors('2.0 x 1.6 mm2')),
  clockGhz: quantity(1.1, 'GHz', authors('highest operating frequency; of which part of the chip it does not say')),
});

/**
 * Solves for the constants that no publication gives, each from one published peak: lines from 14.8 TOPS/W, digital energy from
 * 1.65 TOPS/W, digital speed from 79.4 GOPS/mm2 on the whole die, core area from 976.6 GOPS/mm2.
 * Throws `CHARGE_FIT` where a reading leaves nothing for the lines or makes the core larger than the die.
 */
export function fitCharge({ definition, queryBits, keyBits, passNs }: ChargeReading): ChargeFit {
  const { tokens, dim, nibbleBits, chargedShare, dieMm2, ...cell } = valuesOf(chargeReference);
  const events = queryBits * keyBits;
  const pairPj = (2 * dim) / chargePeaks.coreTopsPerW;
  const cellsPj = events * dim * chargedShare * cell.capacitanceFf * cell.supplyV ** 2 * 1e-3;
  const lineEventPj = (pairPj - cellsPj - cell.comparatorPj) / events;
  if (!(lineEventPj > 0)) {
    throw fail(
      'CHARGE_FIT',
      `cells and comparator of ${queryBits} by ${keyBits} bits take ${(cellsPj + cell.comparatorPj).toFixed(3)} pJ of the ${pairPj.toFixed(3)} pJ that the peak allows`,
      'read the peak at fewer bits',
    );
  }
  const coreAreaUm2 = ((2 * tokens * dim) / passNs / chargePeaks.coreGopsPerMm2) * 1e6;
  const lineAreaUm2 = coreAreaUm2 / tokens - dim * nibbleBits * cell.cellAreaUm2 - cell.comparatorAreaUm2;
  if (!(coreAreaUm2 < dieMm2 * 1e6 && lineAreaUm2 > 0)) {
    throw fail(
      'CHARGE_FIT',
      `a pass of ${passNs} ns at ${chargePeaks.coreGopsPerMm2} GOPS/mm2 makes a core of ${(coreAreaUm2 / 1e6).toPrecision(3)} mm2, on a die of ${dieMm2} mm2`,
      `use ${lineAreaUm2 > 0 ? 'more' : 'fewer'} cycles per pass`,
    );
  }
  const pair = { visiblePairs: 1, keptPairs: chargePeaks.keptShare, dim, recompute: true };
  const counted = countedOperations(definition, pair);
  const executed = countedOperations('III', pair);
  const pairsPerNs = (chargePeaks.chipGopsPerMm2 * dieMm2) / counted;
  return {
    lineEventPj,
    operation8Pj: (counted / chargePeaks.chipTopsPerW - pairPj) / executed,
    operation8Ns: 1 / (pairsPerNs * executed),
    coreAreaUm2,
    lineAreaUm2,
  };
}

/** Operations that a definition counts in an attention; a multiply-accumulate is two. */
export function countedOperations(definition: OperationDefinition, work: ScoredWork): number {
  const { visiblePairs, keptPairs, dim, recompute } = work;
  const outside = keptPairs * (recompute ? 4 : 2) * dim;
  if (definition === 'I') return 4 * visiblePairs * dim;
  return definition === 'II' ? 2 * visiblePairs * dim + outside : outside;
}

function valuesOf<Name extends string>(constants: Readonly<Record<Name, Quantity>>): Record<Name, number> {
  const pairs = Object.entries<Quantity>(constants).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(pairs) as Record<Name, number>;
}

function ours(where: string): Source {
  return source('D', 'this package', where);
}

function authors(where: string): Source {
  return source('A', "the first author's site, page of the chip", where);
}

function timely(where: string): Source {
  return source('B', 'TIMELY, ISCA 2020 (65 nm)', `${where}, as in accelergy-library-plug-in @ba4e9da`);
}
