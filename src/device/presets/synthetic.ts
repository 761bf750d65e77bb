import { source } from '../../source.ts';
import { polynomial } from '../polynomial.ts';
import { ageAmong, type CellPreset, cell, noAcceptance } from './preset.ts';

/** A cell without error, 0 to 100 uS. */
export const ideal: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('ideal', acceptancePercent);
  ageAmong('ideal', [0], ageS);
  return cell(
    'ideal',
    source('D', 'this package', 'no error by definition; the range only sets the scale'),
    [0, 100],
    polynomial(0),
  );
};

/** A textbook cell: programming error 3 % of the target, on/off ratio 100, 1 to 100 uS. */
export const generic: CellPreset = ({ ageS, acceptancePercent }) => {
  noAcceptance('generic', acceptancePercent);
  ageAmong('generic', [0], ageS);
  const from = source(
    'D',
    'this package',
    '3 % of the target and on/off ratio 100; published sweeps run from 0 to 20 %',
  );
  return cell('generic', from, [1, 100], polynomial(0, 0.03));
};
