import { fail } from '../../errors.ts';
import { source } from '../../source.ts';
import { type Curve, type CurvePiece, formula } from '../curve.ts';
import { type CellPreset, cell, noAcceptance } from './preset.ts';

/**
 * 40 nm SONOS cells below threshold, up to 16 uS at reads of 0.1 V: errors were measured on currents, which are 100 nA for
 * each uS. Each daily fit up to five days is the whole spread about the drifted mean; between days its coefficients are
 * interpolated, as the source does. Read noise is per read.
 */
export const sonos: CellPreset = ({ ageS = 0, acceptancePercent }) => {
  noAcceptance('sonos', acceptancePercent);
  const days = ageS / 86400;
  if (!(days >= 0 && days <= 5)) {
    throw fail('CELL_AGE', `sonos has no data at ${ageS} s`, 'use an age of 0 to 432000 s, five days');
  }
  const low = Math.min(4, Math.floor(days));
  const between = (one: number, other: number) => one + (other - one) * (days - low);
  const [before, after] = [daily[low]!, daily[low + 1]!];
  const shift = before.shift.map((c, i) => between(c, after.shift[i]!));
  const sigma = saturating(between(before.height, after.height), between(before.scale, after.scale));
  const fresh = cell('sonos', from, [16e-7, 16], sigma, { ageS });
  return {
    ...fresh,
    programming: { ...fresh.programming, at: 'shifted-target' },
    relaxation: { ...fresh.relaxation, meanShiftUs: inCurrents({ polynomial: shift }) },
    readNoise: { ...fresh.readNoise, sigmaUs: saturating(12.58037, 215.36557) },
  };
};

const from = source(
  'B',
  'Agrawal et al., IEDM 2022, 128 thousand cells',
  'fits in CrossSim devices/custom/SONOS.py @0a2eb1e, on/off ratio 1e7 and 16 uS as it suggests; its clip of reads at 0 is 17 sigma away or more, and left out',
);

// The fits take and give nA.
const uSPerNa = 0.01;
const inCurrents = (piece: CurvePiece): Curve => ({ ...formula(uSPerNa, piece), factor: uSPerNa });
const saturating = (height: number, scale: number): Curve => inCurrents({ saturating: [height, scale], low: 0 });

interface DailyFit {
  /** Shift of the mean, lowest power first. */
  readonly shift: readonly number[];
  readonly height: number;
  readonly scale: number;
}

const daily: readonly DailyFit[] = [
  { shift: new Array(11).fill(0), height: 19.88665, scale: 176.3115 },
  {
    shift: [
      1.72684e-1, 5.72552e-2, -6.85715e-4, 3.50271e-6, -9.37682e-9, 1.40575e-11, -1.19803e-14, 5.41293e-18,
      -8.85448e-22, -1.66869e-25, 5.9518e-29,
    ],
    height: 25.59102,
    scale: 186.85544,
  },
  {
    shift: [
      2.50712e-1, 6.62195e-2, -6.83218e-4, 2.99442e-6, -6.78255e-9, 7.70482e-12, -3.04983e-15, -2.15919e-18,
      2.94617e-21, -1.23359e-24, 1.85329e-28,
    ],
    height: 28.72753,
    scale: 193.56834,
  },
  {
    shift: [
      -1.753e-2, 9.76883e-2, -9.63791e-4, 4.55551e-6, -1.22391e-8, 1.93786e-11, -1.85899e-14, 1.07659e-17, -3.58211e-21,
      5.96785e-25, -3.3041e-29,
    ],
    height: 31.04318,
    scale: 198.90332,
  },
  {
    shift: [
      4.03338e-2, 1.03111e-1, -1.0474e-3, 4.83961e-6, -1.28132e-8, 1.99484e-11, -1.85139e-14, 1.00008e-17, -2.84944e-21,
      3.01008e-25, 1.18747e-29,
    ],
    height: 33.76214,
    scale: 204.77023,
  },
  {
    shift: [
      3.19927e-1, 1.06596e-1, -1.04054e-3, 4.5029e-6, -1.10352e-8, 1.56477e-11, -1.27592e-14, 5.45513e-18, -7.26841e-22,
      -2.43893e-25, 7.14608e-29,
    ],
    height: 34.57909,
    scale: 207.34309,
  },
];
