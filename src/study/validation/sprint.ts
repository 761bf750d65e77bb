import type { SprintConfig } from '../../accelerator/sprint-config.ts';
import type { SprintLedger } from '../../accelerator/sprint-ledger.ts';
import type { TechnologyChange } from '../../ledger/elasticity.ts';
import { calibratedFigure, type Figure, measuredFigure, predictedFigure } from '../../ledger/figure.ts';
import { sprintPublished } from '../../ledger/published/sprint.ts';
import { type OwnFigure, ownFigures, type ValidationRow, validationRow } from '../../ledger/validation.ts';
import { comparatorAgainstConverter } from './converters.ts';
import { defaultRun, type SyntheticRun, syntheticDim, syntheticSprint } from './synthetic-sprint.ts';

/** The rows of SPRINT; `quality` is what runs of our own have measured of pruning by nibbles. */
export function sprintRows(quality: readonly OwnFigure[]): readonly ValidationRow[] {
  const [small, ...larger] = speedUpRows();
  return [
    small!,
    energyRow(),
    ...larger,
    accuracyRow(quality),
    fetchRow(),
    ...comparatorRows(),
    dataMovementRow(),
    movementReductionRow(),
  ];
}

const speedUp = 'speed-up over the unpruned machine';
const energyReduction = 'energy reduction over the unpruned machine';
const conditions = '384 tokens, 46 % of the pairs padding, 75 % pruned, 2.1 % new keys a query';
const open =
  'the pruning rate is of a later chip of the same group and the padding of one data set, as the models, lengths and rates behind the published mean are not public';

function speedUpRows(): ValidationRow[] {
  const at = (run: Partial<SyntheticRun>) =>
    numberOf(syntheticSprint({}, { ...defaultRun, ...run })(), speedUp).toFixed(1);
  const spread = `pruning 70 or 80 % gives ${at({ keepShare: 0.3 })} or ${at({ keepShare: 0.2 })}, no padding ${at({ paddedPairs: 0 })}`;
  const waiting = (size: 'M' | 'L') => [
    labelled(syntheticSprint({ size }), speedUp, 'CORELETs wait at every query'),
    labelled(syntheticSprint({ size, barrier: 'head' }), speedUp, 'CORELETs wait at the end of a head'),
  ];
  const uneven = 'masks without structure load CORELETs less evenly than the published loss from S allows';
  return [
    validationRow({
      id: 'S1',
      claim: 'SPRINT S is 7.5 times as fast as the same machine without pruning',
      published: [published('speedup-s')],
      ours: [labelled(syntheticSprint(), speedUp, '16 KB')],
      reason: `${conditions}: ${open}; two conditions were free and one figure to meet: ${spread}`,
    }),
    validationRow({
      id: 'S3-M',
      claim: 'SPRINT M is 7.4 times as fast',
      published: [published('speedup-m')],
      ours: waiting('M'),
      reason: `as S1, 32 KB and 2 CORELETs; where they wait is not public; ${uneven}`,
    }),
    validationRow({
      id: 'S3-L',
      claim: 'SPRINT L is 7.1 times as fast',
      published: [published('speedup-l')],
      ours: waiting('L'),
      reason: `as S1, 64 KB and 4 CORELETs; where they wait is not public; ${uneven}`,
    }),
  ];
}

function energyRow(): ValidationRow {
  const ledgers: Record<string, SprintConfig> = {
    'the first vectors stay': { eviction: 'resident' },
    'the least recently used go': { eviction: 'lru' },
  };
  const unwritten = Object.values(ledgers).map((config) =>
    numberOf(syntheticSprint({ ...config, countWrites: false })(), energyReduction).toFixed(0),
  );
  return validationRow({
    id: 'S2',
    claim: 'SPRINT S takes 19.6 times less energy than the same machine without pruning',
    published: [published('energy-reduction-s')],
    ours: Object.entries(ledgers).map(([label, config]) => labelled(syntheticSprint(config), energyReduction, label)),
    reason: `${conditions}: ${open}; what a full buffer gives up is not public either, and whether storing q, k and v counts: without it ${unwritten.join(' and ')}`,
  });
}

function accuracyRow(quality: readonly OwnFigure[]): ValidationRow {
  return validationRow({
    id: 'S4',
    claim: 'SPRINT loses 0.36 % of accuracy on average',
    published: [published('accuracy-loss'), published('accuracy-loss-elsewhere')],
    ours: quality,
    comparable: false,
    reason:
      'tasks and models are not public, and the authors give two numbers; ours are the loss of a language model where evaluate has run, and the error of attention outputs on synthetic heads: computing kept scores again is what keeps it small',
  });
}

function fetchRow(): ValidationRow {
  const tokens = 512;
  const run: SyntheticRun = { ...defaultRun, paddedPairs: 0, heads: 1 };
  const share = (length: number, bufferKb: number) =>
    numberOf(syntheticSprint({ bufferKb }, { ...run, tokens: length })(), 'vectors fetched per query') / length;
  const plenty = share(tokens, 2 ** 20);
  const growth = (4 * share(2 * tokens, 2 ** 20)) / plenty;
  const { technology } = syntheticSprint({}, { ...run, tokens: 64 })();
  const where = 'the masks are drawn with this share of new keys, and the buffer has to bring it out again';
  const note = `${tokens} tokens, 75 % pruned, a buffer without limit`;
  return validationRow({
    id: 'S5',
    claim: 'of each query 2.1 % of the sequence has to be fetched, which makes quadratic traffic linear',
    published: [published('new-vectors-per-query')],
    ours: [
      {
        figure: calibratedFigure('vectors fetched per query, unlimited', plenty, 'share', { note }, technology, where),
      },
      {
        figure: measuredFigure(
          'vectors fetched per query, 16 KB',
          share(tokens, 16),
          'share',
          { note: `${tokens} tokens, of which 128 fit` },
          'traffic counters on the CPU',
        ),
      },
    ],
    reason: `the share is put in, a query's own position comes on top, and a share of the length per query stays quadratic: twice the tokens fetch ${growth.toFixed(1)} times as many vectors, ${(1 / plenty).toFixed(0)} times fewer than all; where a query keeps more than fits, more is fetched`,
  });
}

function comparatorRows(): ValidationRow[] {
  const figures = comparatorAgainstConverter(5);
  const row = (id: string, claim: string, name: string, part: 'energy' | 'area') =>
    validationRow({
      id,
      claim,
      published: [published(name)],
      ours: figures.filter(({ figure }) => figure.name.startsWith(part)),
      reason:
        'the circuits of the paper are not public: a charging comparator of TIMELY against a 5-bit converter by each of the two models, at equal rate',
    });
  return [
    row(
      'S6-area',
      'a comparator takes 20 times less area than a 5-bit converter',
      'converter-over-comparator-area',
      'area',
    ),
    row('S6-power', 'and 30 times less power', 'converter-over-comparator-power', 'energy'),
  ];
}

/** The baseline's share of energy in moving data, where the buffer holds a share of all keys and values. */
function movementAt(capacity: number, withBuffer: boolean): OwnFigure {
  const run: SyntheticRun = { ...defaultRun, paddedPairs: 0, heads: 1 };
  const bufferKb = (capacity * 2 * run.tokens * syntheticDim) / 1024;
  const ledger = syntheticSprint({ bufferKb }, run);
  const moving = withBuffer ? ['memory', 'sram'] : ['memory'];
  const name = `data movement, ${withBuffer ? 'memory and buffer' : 'memory alone'}`;
  const note = `${run.tokens} tokens without pruning, the chip holds ${100 * capacity} % of keys and values`;
  const [own] = ownFigures(
    (change: TechnologyChange) => {
      const { baseline, technology } = ledger(change);
      const sum = (rows: SprintLedger['energy']) => rows.reduce((total, row) => total + row.energyPj, 0);
      const share = sum(baseline.energy.filter((row) => moving.includes(row.component))) / sum(baseline.energy);
      return { technology, figures: [predictedFigure(name, share, 'share', { scope: 'system', note }, technology)] };
    },
    [name],
  );
  return own!;
}

function dataMovementRow(): ValidationRow {
  const alone = [1, 0.5, 0.1].map((capacity) => (movementAt(capacity, false).figure.value as number).toFixed(2));
  return validationRow({
    id: 'S7',
    claim: 'more than 60 % of the energy goes into moving data where the chip holds 20 % of what it needs',
    published: [published('data-movement-share')],
    ours: [movementAt(0.2, false), movementAt(0.2, true)],
    reason: `what the figure counts as movement, and for which models, is not public; with all, half and a tenth of keys and values on chip the memory alone takes ${alone.join(', ')}`,
  });
}

function movementReductionRow(): ValidationRow {
  const reduction = (label: string, config: SprintConfig): OwnFigure => {
    const { counts, baseline } = syntheticSprint(config)();
    const read = (of: SprintLedger['counts']) => of['memory']!['readBit']!;
    const value = 1 - read(counts) / read(baseline.counts);
    const note = `bits of q, k and v read from memory, ${label}; ${conditions}`;
    const name = `reduction of data movement, ${label}`;
    return { figure: measuredFigure(name, value, 'share', { note }, 'traffic counters on the CPU') };
  };
  return validationRow({
    id: 'S8',
    claim: 'SPRINT moves 94 % less data',
    published: [published('data-movement-reduction')],
    ours: [reduction('resident', { eviction: 'resident' }), reduction('lru', { eviction: 'lru' })],
    reason: `which data and which buffer is not public; ${open}`,
  });
}

/** One figure of a ledger, its name followed by what tells it from others of that name. */
function labelled(ledger: (change?: TechnologyChange) => SprintLedger, name: string, label: string): OwnFigure {
  const [own] = ownFigures(ledger, [name]);
  return { ...own!, figure: { ...own!.figure, name: `${name}, ${label}` } };
}

function numberOf({ figures }: SprintLedger, name: string): number {
  return figures.find((figure) => figure.name === name)!.value as number;
}

function published(name: string): Figure {
  return sprintPublished.find((figure) => figure.name === `sprint.${name}`)!;
}
