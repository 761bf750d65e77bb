import { resolveHardsea } from '../../accelerator/hardsea-config.ts';
import { hardseaLedger, type LedgerSubject } from '../../accelerator/hardsea-ledger.ts';
import type { HardseaActivity } from '../../accelerator/hardsea-trace.ts';
import type { TechnologyChange } from '../../ledger/elasticity.ts';
import { type Figure, predictedFigure } from '../../ledger/figure.ts';
import { hardseaPublished } from '../../ledger/published.ts';
import { type OwnFigure, ownFigures, type ValidationRow, validationRow } from '../../ledger/validation.ts';
import { winnerAgainstConverter } from './converters.ts';

/** The rows of HARDSEA; `evaluated` are losses that runs of our own have measured, if there are any. */
export function hardseaRows(evaluated: readonly OwnFigure[]): readonly ValidationRow[] {
  const unknownGpu =
    'the GPU, its batch, lengths and data sets, and how its power was taken are not public: no figure of ours may stand beside this band';
  return [
    validationRow({
      id: 'H1',
      claim: 'HARDSEA keeps 12 to 33 % of the entries without loss of accuracy',
      published: [published('kept-share')],
      ours: evaluated,
      comparable: false,
      reason:
        evaluated.length > 0
          ? 'losses of a language model at the kept shares that are named; models, data sets and lengths of the paper are not public'
          : 'takes a model: run evaluate with --json, and validate with --evaluated; models, data sets and lengths of the paper are not public',
    }),
    validationRow({
      id: 'H2',
      claim: 'HARDSEA is 13.5 to 28.5 times as fast as a GPU',
      published: [published('speedup-over-gpu')],
      reason: unknownGpu,
    }),
    validationRow({
      id: 'H3',
      claim: 'HARDSEA takes 291.6 to 1894.3 times less energy than a GPU',
      published: [published('energy-efficiency-over-gpu')],
      reason: unknownGpu,
    }),
    validationRow({
      id: 'H4',
      claim: 'HARDSEA takes 1.2 to 14.9 times less energy than other accelerators at equal throughput',
      published: [published('energy-efficiency-over-accelerators')],
      ours: againstPeers(),
      comparable: false,
      reason:
        'which accelerators, and how they were normalised, is not public; ours divides the reconstruction, without leakage, routing and control, by what others print of themselves, at other nodes and with other operations counted: such ratios carry a factor of 5 to 9 of definition alone',
    }),
    validationRow({
      id: 'H5',
      claim: 'a winner-take-all takes the place of the converters',
      published: [],
      ours: winnerAgainstConverter(),
      reason:
        'the paper gives no number: a converter of 8 bits over a charging unit with comparator, by each model and for the converter of ISAAC; how much depends on the model first of all',
    }),
  ];
}

/** Published efficiencies (TOPS/W) of attention on ReRAM; what they count as operations differs. */
const peers = [
  { name: 'X-Former, 32 nm', topsPerW: 6.72 },
  { name: 'CPSAA, 32 nm', topsPerW: 0.476 },
  { name: 'ReTransformer', topsPerW: 0.468 },
] as const;

function againstPeers(): readonly OwnFigure[] {
  return peers.flatMap(({ name, topsPerW }) => {
    const figure = `efficiency over ${name}`;
    const note = `${tokens} tokens, a quarter kept, every column charged in full; over ${topsPerW} TOPS/W as published`;
    return ownFigures(
      (change) => {
        const { figures, technology } = reconstruction(change);
        const own = figures.find((one) => one.name === 'efficiency')!;
        const basis = { ...own.basis, note };
        return {
          technology,
          figures: [predictedFigure(figure, (own.value as number) / topsPerW, 'x', basis, technology)],
        };
      },
      [figure],
    );
  });
}

const [heads, tokens, dim] = [12, 1024, 64];

/** The ledger of a layer in which no winner stops a column early, so that energies are upper ends. Times are not used. */
function reconstruction(change: TechnologyChange) {
  const config = resolveHardsea();
  const { subspaces, centroids } = config;
  const head: HardseaActivity = {
    queries: tokens,
    keptPairs: tokens * tokens * 0.25,
    visiblePairs: tokens * tokens,
    tokensEncoded: 2 * tokens,
    encodeNs: 0,
    encodeCharges: 2 * tokens * subspaces * centroids,
    selectNs: 0,
    selectCharges: tokens * tokens,
    selectColumns: tokens * tokens,
    bankCycles: (tokens * tokens * 0.25) / config.banks,
  };
  const none = new Float32Array(0);
  const machine: LedgerSubject = {
    config,
    chips: 1,
    codebooks: {
      ...{ layers: 1, heads, dim, subspaces, centroids },
      ...{ values: none, inputRange: none, similarityRange: none, relevanceRange: none },
    },
    // A sub-space's rows and one for the squares of the centroids.
    arrays: {
      weights: none,
      rows: dim / subspaces + 1,
      columns: heads * subspaces * centroids,
      biasRows: 1,
      ranges: none,
    },
  };
  return hardseaLedger(machine, [Array.from({ length: heads }, () => head)], 1, tokens, change);
}

function published(name: string): Figure {
  return hardseaPublished.find((figure) => figure.name === `hardsea.${name}`)!;
}
