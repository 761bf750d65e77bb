import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { formula, polynomial, scaleCurve } from '../curve.ts';
import { type CellPreset, cell } from './preset.ts';

/**
 * Conductive-metal-oxide / HfOx cells, 9 to 88.2 uS. Programming spread for a verify window of 0.2 % (default) or 2 %; from an
 * age of 1 s on, mean shift and spread grow with the logarithm of time, slow noise piles up, and the range is the clamp.
 */
export const cmoHfox: CellPreset = ({ ageS = 0, acceptancePercent = 0.2 }) => {
  const sigma = programmingSigma[acceptancePercent];
  if (sigma === undefined) {
    throw fail('CELL_VALUE', `cmo-hfox has no data for an acceptance of ${acceptancePercent} %`, 'use 0.2 or 2');
  }
  if (ageS !== 0 && !(ageS >= 1)) {
    throw fail('CELL_AGE', `cmo-hfox has no data at ${ageS} s`, 'use 0 (just programmed) or an age from 1 s');
  }
  const fresh = cell('cmo-hfox', from, [9, 88.2], polynomial(...sigma));
  if (ageS === 0) return fresh;
  const accumulated = Math.sqrt(Math.log((ageS + readS) / (2 * readS)));
  return {
    ...fresh,
    ageS,
    relaxation: {
      meanShiftUs: polynomial(-0.08900206 * Math.log(ageS)),
      sigmaUs: polynomial(0.04201137 * Math.log(ageS) + 0.41183342),
    },
    slowNoise: { ...fresh.slowNoise, sigma: scaleCurve(slowSigma, 0.0277316483 * accumulated) },
    clampUs: [9, 88.2],
  };
};

const from = source(
  'B',
  'Falcone et al., analog CMO/HfOx ReRAM (IBM Zurich)',
  'fits in AIHWKit inference/noise/reram.py @4545f11, which draws the slow noise once with the age',
);

const programmingSigma: Readonly<Record<number, readonly number[]>> = {
  0.2: [0.00081107, 0.00106879],
  2: [0.0112185391, 0.01129027418],
};

// log10(g / 1 uS), which is 0 at 1 uS: no cell of the range comes near it.
const readS = 1e-6;
const slowSigma = formula(1, { log: 1 / Math.LN10, low: 0 });
