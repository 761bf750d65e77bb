import { resolveCharge } from '../../accelerator/charge-config.ts';
import { chargeLedger } from '../../accelerator/charge-ledger.ts';
import { calibratedFigure, type Figure } from '../../ledger/figure.ts';
import { chargePublished } from '../../ledger/published/charge.ts';
import { chargeFitted } from '../../ledger/technology/charge.ts';
import { type OwnFigure, ownFigures, type ValidationRow, validationRow } from '../../ledger/validation.ts';
import { coreSensitivity, offsetSensitivity } from './charge-sensitivity.ts';

/** The rows of the charge-domain hybrid; `quality` is what runs of our own have measured of pruning by nibbles. */
export function chargeRows(quality: readonly OwnFigure[]): readonly ValidationRow[] {
  const peak = (id: string, claim: string, name: string, figures: readonly string[], reason: string) =>
    validationRow({ id, claim, published: [published(name)], ours: ownFigures(peaks, figures), reason });
  const definitions =
    'under the definition of an operation that the table is fitted under, I, it has to come out; the other two count the same chip differently, as the paper does not say which it means';
  return [
    validationRow({
      id: 'C1',
      claim: 'the analog core reaches 14.8 TOPS/W',
      published: [published('core-efficiency')],
      ours: [...ownFigures(peaks, [chargeFitted.core]), ...coreSensitivity(), ...offsetSensitivity()],
      reason:
        'the price of lines and drivers is set to meet it, as neither capacitor, widths nor supply are public: no prediction of silicon; the others show what it turns to where a choice of ours is another one, and that the offset of comparators decides what is kept and no energy',
    }),
    peak(
      'C2',
      'the analog core reaches 976.6 GOPS/mm2',
      'core-area-efficiency',
      [chargeFitted.coreArea],
      'the area of lines and drivers is set to meet it at 16 cycles a pass, which are ours',
    ),
    peak('C3', 'the chip reaches 1.65 TOPS/W', 'chip-efficiency', chargeFitted.chip, definitions),
    peak('C4', 'the chip reaches 79.4 GOPS/mm2', 'chip-area-efficiency', chargeFitted.chipArea, definitions),
    keptRow(),
    validationRow({
      id: 'C6',
      claim: 'computing kept tokens again prevents a loss of accuracy',
      published: [],
      ours: quality,
      reason:
        'the paper names neither tasks nor a number; ours are the loss of a language model where evaluate has run, and the error of attention outputs on synthetic heads: never above what the lost probability allows',
    }),
  ];
}

/** The peaks do not depend on what a run did, and this one did little. */
function peaks(change?: Parameters<typeof chargeLedger>[3]) {
  const head = { queries: 64, visiblePairs: 4096, keptPairs: 1024, keysWritten: 64, passes: 64 };
  return chargeLedger({ config: resolveCharge(), dim: 64, chips: 1 }, [[head]], 1, change);
}

function keptRow(): ValidationRow {
  const { keepRatio } = resolveCharge();
  const where = 'thresholds are fitted to keep this share unless they are given';
  const figure = calibratedFigure('share of kept tokens', keepRatio!, 'share', {}, peaks().technology, where);
  return validationRow({
    id: 'C5',
    claim: 'about 75 % of the tokens are pruned',
    published: [published('kept-share')],
    ours: [{ figure }],
    reason: 'a mean over tasks that are not named; ours is what thresholds are fitted to, not what they find',
  });
}

function published(name: string): Figure {
  return chargePublished.find((figure) => figure.name === `charge.${name}`)!;
}
