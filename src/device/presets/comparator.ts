import { source } from '../../source.ts';
import type { ComparatorModel } from '../comparator.ts';

const ideal = source('D', 'this package', 'no error by definition');
const offset = source(
  'D',
  'this package',
  'no public value for a comparator per key column; half a unit of the estimate, that is of one step of a 4-bit by 4-bit product, assumed',
);
const none = source('D', 'this package', 'nothing is published about it; left out');

/** Every named comparator. */
export const comparatorPresets: Readonly<Record<string, ComparatorModel>> = {
  ideal: {
    name: 'ideal',
    offsetSigmaLsb: 0,
    noiseSigmaLsb: 0,
    calibrationStepLsb: 0,
    sources: { offsetSigmaLsb: ideal, noiseSigmaLsb: ideal, calibrationStepLsb: ideal },
  },
  'sprint-assumed': {
    name: 'sprint-assumed',
    offsetSigmaLsb: 0.5,
    noiseSigmaLsb: 0,
    calibrationStepLsb: 0,
    sources: { offsetSigmaLsb: offset, noiseSigmaLsb: none, calibrationStepLsb: none },
  },
};
