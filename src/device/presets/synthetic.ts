import { source } from '../../source.ts';
import { polynomial } from '../curve.ts';
import { type CellPreset, cell, noAcceptance } from './preset.ts';

/** A cell without error, 0 to 100 uS, the same at every age. */
export const ideal: CellPreset = ({ ageS = 0, acceptancePercent }) => {
  noAcceptance('ideal', acceptancePercent);
  return cell(
    'ideal',
    source('D', 'this package', 'no error by definition; the range only sets the scale'),
    [0, 100],
    polynomial(0),
    { ageS },
  );
};

/** A textbook cell: programming error 3 % of the target, on/off ratio 100, 1 to 100 uS, the same at every age. */
export const generic: CellPreset = ({ ageS = 0, acceptancePercent }) => {
  noAcceptance('generic', acceptancePercent);
  const from = source(
    'D',
    'this package',
    '3 % of the target and on/off ratio 100; published sweeps run from 0 to 20 %',
  );
  return cell('generic', from, [1, 100], polynomial(0, 0.03), { ageS });
};
