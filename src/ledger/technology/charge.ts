import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { type AdcCost, adcCost } from '../adc-model.ts';
import { quantity } from '../quantity.ts';
import type { Component, Technology } from '../technology.ts';
import { type ChargeFit, type ChargeReading, fitCharge, chargeReference as reference } from './charge-fit.ts';

/** How a charge-domain hybrid is built, and how its published peaks are read. */
export interface ChargeGeometry {
  /** Keys that the array holds, and dimensions of a head: a line has a cell for each of them and each bit of a nibble. */
  readonly tokens: number;
  readonly dim: number;
  /** Unit capacitor of a cell and supply of the array. */
  readonly capacitanceFf: number;
  readonly supplyV: number;
  /** One pass of the array: a query against every key in it (ns). */
  readonly passNs: number;
  /** One cycle, in which a key is written (ns). */
  readonly cycleNs: number;
  /** Bits of a converter per key that reads every charge-sharing event; 0 where a comparator decides on one voltage. */
  readonly converterBits: number;
  readonly reading: ChargeReading;
}

/** Names of the figures that constants of this table were fitted to. */
export const chargeFitted = Object.freeze({
  core: 'peak efficiency of the analog core',
  coreArea: 'peak area efficiency of the analog core',
  chip: ['I', 'II', 'III'].map((definition) => `peak efficiency of the chip, definition ${definition}`),
  chipArea: ['I', 'II', 'III'].map((definition) => `peak area efficiency of the chip, definition ${definition}`),
  area: 'area',
});

/**
 * Cost table of the 65 nm charge-domain hybrid. Four of its constants are fitted to the four published peaks, as the paper's
 * parts are not public; see {@link fitCharge}. Throws `GEOMETRY_VALUE` for a size that is negative or not finite, and `CHARGE_FIT`.
 */
export function chargeTechnology(geometry: ChargeGeometry): Technology {
  checkGeometry(geometry);
  const fit = fitCharge(geometry.reading);
  const { tokens, dim, converterBits, supplyV, passNs, cycleNs } = geometry;
  return {
    name: 'charge-65nm',
    nodeNm: 65,
    supplyV,
    description: 'charge-domain hybrid, 65 nm, its unknown parts fitted to the four published peaks',
    components: {
      array: array(tokens * dim * reference.nibbleBits.value, geometry),
      line: line(fit, geometry),
      comparator: comparator(tokens, supplyV),
      converter: converter(converterBits > 0 ? tokens : 0, geometry),
      digital: digital(fit, geometry.reading),
    },
    timing: {
      passNs: quantity(passNs, 'ns', ours('one charge-sharing event a cycle of the 1.1 GHz that the authors name')),
      convertNs: converterCost(geometry)?.timeNs ?? quantity(0, 'ns', noConverter),
      keyWriteNs: quantity(cycleNs, 'ns', ours('one key a cycle')),
      operation8Ns: quantity(
        fit.operation8Ns,
        'ns',
        fitted(`79.4 GOPS/mm2 on ${reference.dieMm2.value} mm2, definition ${geometry.reading.definition}`),
        { fittedTo: chargeFitted.chipArea },
      ),
    },
  };
}

const ours = (where: string) => source('D', 'this package', where);
const fitted = (where: string) =>
  source('D', 'this package, fitted to the abstract of ESSERC 2024 arXiv 2409.04940', where);

const array = (instances: number, { capacitanceFf, supplyV }: ChargeGeometry): Component => ({
  label: 'cell of nine transistors and a capacitor, per bit',
  instances,
  areaUm2: reference.cellAreaUm2,
  actions: {
    product: {
      energyPj: quantity(
        capacitanceFf * supplyV ** 2 * 1e-3,
        'pJ',
        ours(`C Vdd^2 with ${capacitanceFf} fF and ${supplyV} V, for a cell whose bits are both one`),
      ),
    },
    writeBit: {
      energyPj: quantity(
        0.37,
        'pJ',
        source('C', 'MNSIM 2.0 buffer model @ca39ccb', 'CACTI-derived, 16 KB, 65 nm; span 2 KB to 64 KB'),
        { low: 0.15, high: 0.7 },
      ),
    },
  },
});

const line = (fit: ChargeFit, geometry: ChargeGeometry): Component => {
  const length = geometry.dim / reference.dim.value;
  const scale = length * (geometry.supplyV / reference.supplyV.value) ** 2;
  const { queryBits, keyBits } = geometry.reading;
  return {
    label: 'word and bit lines, switch clocks and drivers, per key',
    instances: geometry.tokens,
    areaUm2: quantity(
      fit.lineAreaUm2 * length,
      'um2',
      fitted(`rest of the core at 976.6 GOPS/mm2 and ${geometry.reading.passNs.toFixed(2)} ns per pass`),
      { fittedTo: [chargeFitted.coreArea, chargeFitted.area] },
    ),
    actions: {
      event: {
        energyPj: quantity(
          fit.lineEventPj * scale,
          'pJ',
          fitted(`14.8 TOPS/W at ${queryBits} by ${keyBits} bits, 64 dimensions and 1 V; scaled by dimensions and V^2`),
          { fittedTo: [chargeFitted.core] },
        ),
      },
    },
  };
};

const comparator = (instances: number, supplyV: number): Component => ({
  label: 'comparator, per key',
  instances,
  areaUm2: reference.comparatorAreaUm2,
  actions: {
    decide: {
      energyPj: quantity(
        reference.comparatorPj.value * (supplyV / reference.supplyV.value) ** 2,
        'pJ',
        source('C', reference.comparatorPj.source.ref, 'energy of a charging comparator, scaled by V^2'),
      ),
    },
  },
});

const converter = (instances: number, geometry: ChargeGeometry): Component => {
  const cost = converterCost(geometry);
  return {
    label: 'converter of every charge-sharing event, per key',
    instances,
    areaUm2: cost?.areaUm2 ?? quantity(0, 'um2', noConverter),
    actions: { convert: { energyPj: cost?.energyPj ?? quantity(0, 'pJ', noConverter) } },
  };
};

const noConverter = ours('a comparator decides on one voltage: there is no converter');

/** A converter of the bits of `geometry` on a line of its cells; surveys of 65 nm converters are several times above it. */
const converterCost = ({ converterBits: bits, supplyV, dim }: ChargeGeometry): AdcCost | undefined =>
  bits === 0 ? undefined : adcCost('embedded', { bits, supplyV, lineCells: dim, nodeNm: 65, samplesPerSecond: 1e8 });

const digital = (fit: ChargeFit, { definition }: ChargeReading): Component => {
  const inside = quantity(0, 'pJ', ours('inside the fitted energy of operation8'));
  return {
    label: 'digital core with SRAM, softmax and everything else on the die',
    instances: 1,
    areaUm2: quantity(
      reference.dieMm2.value * 1e6 - fit.coreAreaUm2,
      'um2',
      fitted("the authors' die of 2.0 x 1.6 mm2 less the core of 64 keys"),
      { fittedTo: [chargeFitted.area, ...chargeFitted.chipArea] },
    ),
    actions: {
      operation8: {
        energyPj: quantity(fit.operation8Pj, 'pJ', fitted(`1.65 TOPS/W at 25 % kept, definition ${definition}`), {
          fittedTo: chargeFitted.chip,
        }),
      },
      operandBit: { energyPj: inside },
      exp: { energyPj: inside },
      divide: { energyPj: inside },
    },
  };
};

function checkGeometry(geometry: ChargeGeometry): void {
  for (const [key, value] of Object.entries(geometry)) {
    if (typeof value !== 'number' || (value >= 0 && Number.isFinite(value))) continue;
    throw fail('GEOMETRY_VALUE', `charge geometry ${key} is ${value}`, 'give a finite number of 0 or more');
  }
}
