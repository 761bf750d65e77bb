import { fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';

/** Names of the circuits that {@link adcCircuit} knows. */
export const adcCircuitKinds = Object.freeze(['ramp', 'sar', 'pipeline', 'cyclic'] as const);

/** A converter's circuit. */
export type AdcCircuitKind = (typeof adcCircuitKinds)[number];

/**
 * The errors of a converter as a circuit; without any, each is an ideal converter of the grid `mid-rise`. All that is random is
 * drawn once per converter, normal, and stays with the chip. Voltages are in units of the reference: half of the range.
 * The circuits are those of Spear et al., IEEE JxCDC 2023, as CrossSim has them, except where a field says more.
 */
export interface AdcCircuit {
  /**
   * `ramp`: a capacitive DAC counts up, one for all columns of a tile, and a comparator per column stops the count at the first
   * step that its voltage does not pass. `sar`: a capacitive DAC and a comparator search bit by bit. `pipeline`: a stage per bit
   * doubles what is left; `cyclic`: one stage does it for every bit.
   */
  readonly kind: AdcCircuitKind;
  /** Standard deviation of a comparator's offset. */
  readonly comparatorSigma: number;
  /** Relative standard deviation of a unit capacitor; one of n units has that times sqrt(n). A stage's two capacitors are units. */
  readonly capacitorSigma: number;
  /** Open-loop gain of the amplifier, in dB; 0 = without limit. */
  readonly gainDb: number;
  /** `sar`: whether the capacitors are split in two halves of binary weights with a bridge between. */
  readonly split: boolean;
  /** `pipeline`, `cyclic`: 1.5 has two comparators at a quarter of the reference and forgives their offsets; 1 has one at 0. */
  readonly stageBits: 1 | 1.5;
  /** `pipeline`, `cyclic`: standard deviation of the parasitic at the amplifier's input, in capacitors of the stage. */
  readonly parasiticSigma: number;
  /** `ramp`: relative standard deviation of the ramp's slope (not in CrossSim). */
  readonly slopeSigma: number;
  /** `ramp`: standard deviation of the ramp's bow, a parabola that is 0 at both ends of the range (not in CrossSim). */
  readonly bowSigma: number;
}

/** A circuit's name, or its name with errors; what is left out is ideal, and stages have 1.5 bits. */
export type AdcCircuitChoice = AdcCircuitKind | ({ readonly kind: AdcCircuitKind } & Partial<Omit<AdcCircuit, 'kind'>>);

/** Least and most bits of a circuit. */
export const circuitBits = Object.freeze({ least: 2, most: 14 });

/** Fills in defaults. Throws `CIRCUIT_VALUE` that names the field; a field that the circuit does not have must not be given. */
export function adcCircuit(choice: AdcCircuitChoice): AdcCircuit {
  const given = typeof choice === 'string' ? { kind: choice } : choice;
  const kinds: readonly string[] = adcCircuitKinds;
  if (!kinds.includes(given.kind)) throw reject(`kind is "${given.kind}"`, `use one of ${kinds.join(', ')}`);
  const fields = ['kind', 'comparatorSigma', 'capacitorSigma', 'gainDb', ...own[given.kind]];
  for (const [key, value] of Object.entries(given)) {
    if (!fields.includes(key)) {
      const [near] = nearNames(key, fields, 1);
      const fix = near === undefined ? `it has ${fields.slice(1).join(', ')}` : `did you mean ${near}?`;
      throw reject(`a ${given.kind} converter has no "${key}"`, fix);
    }
    if (value === undefined || key === 'kind') continue;
    if (key === 'split') {
      if (typeof value !== 'boolean') throw reject(`split is ${value}`, 'use true or false');
    } else if (key === 'stageBits') {
      if (value !== 1 && value !== 1.5) throw reject(`stageBits is ${value}`, 'use 1 or 1.5');
    } else if (!(typeof value === 'number' && value >= 0 && value <= limits[key]!)) {
      throw reject(`${key} is ${value}`, `give a number from 0 to ${limits[key]}`);
    }
  }
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return Object.freeze({ ...ideal, ...known, kind: given.kind });
}

const ideal: Omit<AdcCircuit, 'kind'> = {
  comparatorSigma: 0,
  capacitorSigma: 0,
  gainDb: 0,
  split: false,
  stageBits: 1.5,
  parasiticSigma: 0,
  slopeSigma: 0,
  bowSigma: 0,
};

const own: Readonly<Record<AdcCircuitKind, readonly (keyof AdcCircuit)[]>> = {
  ramp: ['slopeSigma', 'bowSigma'],
  sar: ['split'],
  pipeline: ['stageBits', 'parasiticSigma'],
  cyclic: ['stageBits', 'parasiticSigma'],
};

// Beyond these a capacitor or a slope of 5 sigma would have lost its sign.
const limits: Readonly<Record<string, number>> = {
  comparatorSigma: 1,
  capacitorSigma: 0.2,
  gainDb: 400,
  parasiticSigma: 0.2,
  slopeSigma: 0.2,
  bowSigma: 0.2,
};

const reject = (what: string, fix: string) => fail('CIRCUIT_VALUE', `converter circuit: ${what}`, fix);
