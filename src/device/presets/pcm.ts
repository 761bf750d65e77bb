import { source } from '../../source.ts';
import { formula, polynomial } from '../curve.ts';
import { drifting } from './pcm-drift.ts';
import { ageAmong, type CellPreset, cell, noAcceptance } from './preset.ts';

/** Phase-change cells up to 25 uS, as fitted in CrossSim. Drift is not part of it. */
export const pcmJoshi: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('pcm-joshi', acceptancePercent);
  ageAmong('pcm-joshi', [0], ageS);
  const from = source(
    'B',
    'Joshi et al., Nat. Commun. 11 (2020), Fig. 3b',
    'fit in CrossSim devices/custom/PCM_Joshi.py @0a2eb1e',
  );
  return cell('pcm-joshi', from, [0, 25], polynomial(0.28638599, 0.07585724, -0.00178767));
};

/** IBM's million-device array up to 25 uS, with drift from 20 s and slow noise read in 250 ns, as fitted in AIHWKit. */
export const pcmAihwkit: CellPreset = ({ ageS = 0, acceptancePercent }) => {
  noAcceptance('pcm-aihwkit', acceptancePercent);
  const from = source(
    'B',
    'Nandakumar et al., ICECS 2019',
    'fit in AIHWKit inference/noise/pcm.py @4545f11, which draws the slow noise once with the age',
  );
  const fresh = cell('pcm-aihwkit', from, [0, 25], formula(25, { polynomial: [0.26348, 1.965, -1.1731] }));
  return drifting(fresh, ageS, {
    referenceS: 20,
    readS: 250e-9,
    exponentMean: [{ polynomial: [0.0244], log: -0.0155, low: 0.049, high: 0.1 }],
    exponentSigma: [{ polynomial: [-0.0059], log: -0.0125, low: 0.008, high: 0.045 }],
    // The source holds the denominator x^0.65 at 1e-3 and more, far below where 0.2 already ends the rise.
    slowShare: [{ power: [0.0088, -0.65], high: 0.2 }],
  });
};
