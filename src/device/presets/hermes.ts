import { source } from '../../source.ts';
import { type CurvePiece, formula } from '../curve.ts';
import { drifting } from './pcm-drift.ts';
import { type CellPreset, cell, noAcceptance } from './preset.ts';

/** Phase-change cells of the HERMES chip, one device for each conductance, up to 10.35 uS, drift from 200 s. */
export const pcmHermes1: CellPreset = ({ ageS = 0, acceptancePercent }) => {
  noAcceptance('pcm-hermes-1', acceptancePercent);
  const sigma = formula(10.35, { polynomial: [0.15781817, 2.32443916, -2.16310839, 0.68841818] });
  return drifting(cell('pcm-hermes-1', from('one device'), [0, 10.35], sigma), ageS, {
    referenceS: 200,
    readS: 512e-9,
    exponentMean,
    exponentSigma: [
      { below: 0.3039, polynomial: [-0.0023], log: -0.012, low: 0.0124, high: 0.04 },
      { polynomial: [0.0104, 0.0116, -0.0165] },
    ],
    slowShare: [
      { below: 0.1591, polynomial: [0.0038], log: -0.0078, low: 0.0179, high: 0.04 },
      { polynomial: [0.0088, 0.0768, -0.1352, 0.0664] },
    ],
  });
};

/** The same chip with two devices side by side for each conductance, up to 20.7 uS, drift from 300 s. */
export const pcmHermes2: CellPreset = ({ ageS = 0, acceptancePercent }) => {
  noAcceptance('pcm-hermes-2', acceptancePercent);
  const sigma = formula(20.7, { polynomial: [0.16603222, 4.71806468, -8.48101252, 4.68961419] });
  return drifting(cell('pcm-hermes-2', from('two devices'), [0, 20.7], sigma), ageS, {
    referenceS: 300,
    readS: 512e-9,
    exponentMean,
    exponentSigma: [
      { below: 0.3055, polynomial: [-0.0057], log: -0.0117, low: 0.0091, high: 0.04 },
      { polynomial: [0.0073, 0.0093, -0.0118] },
    ],
    slowShare: [
      { below: 0.16, polynomial: [-0.0069], log: -0.0117, low: 0.015, high: 0.04 },
      { polynomial: [0.0123, 0.0211, -0.028, 0.0069] },
    ],
  });
};

const from = (devices: string) =>
  source(
    'B',
    'Le Gallo et al., Nat. Electron. 6 (2023)',
    `fits for ${devices} in AIHWKit inference/noise/hermes.py @4545f11, which draws the slow noise once with the age`,
  );

const exponentMean: readonly CurvePiece[] = [
  { below: 0.0945, polynomial: [-0.0182], log: -0.0387, low: 0.072, high: 0.13 },
  { polynomial: [0.0736, -0.0126, -0.0436] },
];
