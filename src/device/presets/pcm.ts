import { source } from '../../source.ts';
import { polynomial } from '../polynomial.ts';
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

/** The same devices as fitted in AIHWKit, in shares of 25 uS there and in uS here. Drift is not part of it. */
export const pcmAihwkit: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('pcm-aihwkit', acceptancePercent);
  ageAmong('pcm-aihwkit', [0], ageS);
  const from = source(
    'B',
    'Nandakumar et al., ICECS 2019',
    'fit in AIHWKit inference/noise/pcm.py @4545f11; drift left out',
  );
  return cell('pcm-aihwkit', from, [0, 25], polynomial(0.26348, 1.965 / 25, -1.1731 / 625));
};
