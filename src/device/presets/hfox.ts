import { source } from '../../source.ts';
import { formula, polynomial } from '../curve.ts';
import { ageAmong, type CellPreset, cell, noAcceptance } from './preset.ts';

/** HfO2 cells programmed by incremental gate and verify (IGVVA-100), 50 to 225 uS; valid at reads of up to 0.5 V. */
export const hfoxMilo: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('hfox-milo', acceptancePercent);
  ageAmong('hfox-milo', [0], ageS);
  const from = source(
    'B',
    'Milo et al., IRPS 2021',
    'fit in CrossSim devices/custom/RRAM_Milo.py @0a2eb1e; no read noise given',
  );
  return cell('hfox-milo', from, [50, 225], polynomial(4.782321, -0.009107));
};

/**
 * NeuRRAM's HfOx cells, 0 to 40 uS, at 1 s, 1 day or 2 days: each fit is the whole spread about the target at that age. The
 * 1 % of read noise is per read, as an additive constant.
 */
export const hfoxNeurram: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('hfox-neurram', acceptancePercent);
  const age = ageAmong('hfox-neurram', Object.keys(neurramSigma).map(Number), ageS);
  const from = source(
    'B',
    'Wan et al., Nature 608 (2022)',
    'quartic fits in AIHWKit inference/noise/reram.py @4545f11; read noise 1 % of the range is its note, not its data',
  );
  const aged = cell('hfox-neurram', from, [0, 40], formula(40, { polynomial: neurramSigma[age]! }), { ageS: age });
  return { ...aged, readNoise: { ...aged.readNoise, absoluteUs: 0.4 } };
};

/** A second, independent fit of NeuRRAM's spread at 1 s, up to 39.26 uS. CrossSim leaves it unclamped; here it stops at 0. */
export const hfoxNeurramCrosssim: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('hfox-neurram-crosssim', acceptancePercent);
  const age = ageAmong('hfox-neurram-crosssim', [1], ageS);
  const from = source(
    'B',
    'Wan et al., Nature 608 (2022)',
    'cubic fit in CrossSim devices/custom/RRAM_Wan.py @0a2eb1e, t = 1 s',
  );
  return cell('hfox-neurram-crosssim', from, [0, 39.26], polynomial(1.053, 0.2374, -1.167e-2, 1.536e-4), { ageS: age });
};

const neurramSigma: Readonly<Record<number, readonly number[]>> = {
  1: [0.348, 16.03, -43.853, 45.393, -16.815],
  86400: [0.701, 22.086, -50.773, 47.095, -16.458],
  172800: [0.782, 20.274, -43.507, 37.062, -11.934],
};
