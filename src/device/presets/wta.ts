import { source } from '../../source.ts';
import type { WtaModel } from '../time-domain.ts';

const ours = source(
  'D',
  'this package',
  'no public value for a winner-take-all at crossbar currents; chosen for a 65 nm column',
);
const ideal = source('D', 'this package', 'no error by definition');
const physics = source('A', 'SI', 'kT/C noise of a capacitor');
const mapped = source(
  'C',
  'Abrahamsen et al., ISCAS 2004, by way of a 45 nm hand design',
  'its law T = C Vth / I carried to crossbar currents of 1 to 10 uA',
);
const strongArm = source(
  'D',
  'this package',
  'StrongARM offset of 2 to 5 mV assumed, middle taken; no measured 65 nm value found',
);
const mismatch = source(
  'D',
  'this package',
  'unit-capacitor mismatch of 1 % assumed in charge-domain studies of the same class',
);
const ramp = source(
  'D',
  'this package',
  'as long as integration spreads currents of 1 to 10 uA: C Vth (1 / Imin - 1 / Imax)',
);
const nominal = source('D', 'this package', 'nominal 65 nm general-purpose supply');

/** Every named winner-take-all column. */
export const wtaPresets: Readonly<Record<string, WtaModel>> = {
  ideal: {
    name: 'ideal',
    form: 'integrate',
    rampNs: 22.5,
    capacitanceFf: 50,
    thresholdV: 0.5,
    offsetSigmaMv: 0,
    capacitorMismatch: 0,
    jitter: 'none',
    referenceSigmaPs: 0,
    resolutionPs: 0,
    delayPs: 0,
    timeoutNs: 0,
    supplyV: 1,
    currentMinUa: 1,
    currentMaxUa: 10,
    temperatureK: 300,
    sources: {
      form: ours,
      rampNs: ramp,
      capacitanceFf: ours,
      thresholdV: ours,
      offsetSigmaMv: ideal,
      capacitorMismatch: ideal,
      jitter: ideal,
      referenceSigmaPs: ideal,
      resolutionPs: ideal,
      delayPs: ideal,
      timeoutNs: ideal,
      supplyV: nominal,
      currentMinUa: mapped,
      currentMaxUa: mapped,
      temperatureK: ours,
    },
  },
  'td-65nm': {
    name: 'td-65nm',
    form: 'integrate',
    rampNs: 22.5,
    capacitanceFf: 50,
    thresholdV: 0.5,
    offsetSigmaMv: 3.5,
    capacitorMismatch: 0.01,
    jitter: 'thermal',
    referenceSigmaPs: 0,
    resolutionPs: 50,
    delayPs: 100,
    timeoutNs: 0,
    supplyV: 1,
    currentMinUa: 1,
    currentMaxUa: 10,
    temperatureK: 300,
    sources: {
      form: ours,
      rampNs: ramp,
      capacitanceFf: ours,
      thresholdV: ours,
      offsetSigmaMv: strongArm,
      capacitorMismatch: mismatch,
      jitter: physics,
      referenceSigmaPs: ours,
      resolutionPs: ours,
      delayPs: ours,
      timeoutNs: ours,
      supplyV: nominal,
      currentMinUa: mapped,
      currentMaxUa: mapped,
      temperatureK: ours,
    },
  },
};
