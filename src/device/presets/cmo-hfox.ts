import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { polynomial } from '../polynomial.ts';
import { type CellPreset, cell } from './preset.ts';

/**
 * Conductive-metal-oxide / HfOx cells, 9 to 88.2 uS. Programming spread for a verify window of 0.2 % (default) or 2 %;
 * from an age of 1 s on, mean shift and spread grow with the logarithm of time and the range itself is the clamp.
 */
export const cmoHfox: CellPreset = ({ ageS = 0, acceptancePercent = 0.2 }) => {
  const sigma = programmingSigma[acceptancePercent];
  if (sigma === undefined) {
    throw fail('CELL_VALUE', `cmo-hfox has no data for an acceptance of ${acceptancePercent} %`, 'use 0.2 or 2');
  }
  if (ageS !== 0 && !(ageS >= 1)) {
    throw fail('CELL_AGE', `cmo-hfox has no data at ${ageS} s`, 'use 0 (just programmed) or an age from 1 s');
  }
  const fresh = cell('cmo-hfox', from, [9, 88.2], sigma, { readNoise: { absoluteUs: readSigmaUs(ageS), relative: 0 } });
  if (ageS === 0) return fresh;
  return {
    ...fresh,
    ageS,
    relaxation: {
      meanShiftUs: -0.08900206 * Math.log(ageS),
      sigmaUs: polynomial(0.04201137 * Math.log(ageS) + 0.41183342),
    },
    clampUs: [9, 88.2],
  };
};

const from = source(
  'B',
  'Falcone et al., analog CMO/HfOx ReRAM (IBM Zurich)',
  'fits in AIHWKit inference/noise/reram.py @4545f11; read noise, there a function of conductance, taken at mid-range',
);

const programmingSigma: Readonly<Record<number, ReturnType<typeof polynomial>>> = {
  0.2: polynomial(0.00081107, 0.00106879),
  2: polynomial(0.0112185391, 0.01129027418),
};

// K log10(g) sqrt(ln((t + tr) / 2tr)), tr = 1 us: from 0.57 to 1.15 of the mid-range value over the range.
function readSigmaUs(ageS: number): number {
  const readS = 1e-6;
  const midUs = (9 + 88.2) / 2;
  return 0.0277316483 * Math.log10(midUs) * Math.sqrt(Math.log((Math.max(1, ageS) + readS) / (2 * readS)));
}
