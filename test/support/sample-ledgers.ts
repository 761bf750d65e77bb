import { spanActivity } from '../../src/accelerator/butterfly-activity.ts';
import { type ButterflyConfig, resolveButterfly } from '../../src/accelerator/butterfly-config.ts';
import { butterflyLedger } from '../../src/accelerator/butterfly-ledger.ts';
import { type ChargeConfig, resolveCharge } from '../../src/accelerator/charge-config.ts';
import { chargeLedger } from '../../src/accelerator/charge-ledger.ts';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { crossbarLedger } from '../../src/accelerator/crossbar-ledger.ts';
import { type HardseaConfig, resolveHardsea } from '../../src/accelerator/hardsea-config.ts';
import { hardseaLedger } from '../../src/accelerator/hardsea-ledger.ts';
import { resolveSprint, type SprintConfig } from '../../src/accelerator/sprint-config.ts';
import { sprintLedger } from '../../src/accelerator/sprint-ledger.ts';
import { type TechnologyChange, unchanged } from '../../src/ledger/elasticity.ts';

/** A ledger of a small made-up run, as a function of a changed cost table. */
type Sample<Config> = (
  config?: Config,
) => (change?: TechnologyChange) => ReturnType<typeof hardseaLedger> & { readonly figures: readonly object[] };

/** Small runs of all machines and of a crossbar, priced. */
export const sampleLedgers = {
  hardsea: ((changes: HardseaConfig = {}) => {
    const config = resolveHardsea(changes);
    const { subspaces, centroids } = config;
    const none = new Float32Array(0);
    const machine = {
      config,
      chips: 1,
      codebooks: {
        ...{ layers: 1, heads: 1, dim: 16, subspaces, centroids },
        ...{ values: none, inputRange: none, similarityRange: none, relevanceRange: none },
      },
      arrays: { weights: none, rows: 3, columns: subspaces * centroids, biasRows: 1, ranges: none },
    };
    const head = {
      ...{ queries: 10, keptPairs: 60, visiblePairs: 100, tokensEncoded: 20, encodeNs: 80, encodeCharges: 500 },
      ...{ selectNs: 70, selectCharges: 90, selectColumns: 100, bankCycles: 900 },
    };
    return (change = unchanged) => hardseaLedger(machine, [[head]], 1, 10, change);
  }) satisfies Sample<HardseaConfig>,

  sprint: ((changes: SprintConfig = {}) => {
    const head = {
      ...{ queries: 9, keys: 11, keptPairs: 40, visiblePairs: 80, comparedPairs: 99, fetched: 25 },
      ...{ computeCycles: 45, fetchCycles: 32, rowCycles: 72, baselineQueries: 12, baselineKeys: 14 },
      ...{ baselinePairs: 168, baselineFetched: 100, baselineComputeCycles: 170, baselineFetchCycles: 60 },
      baselineRowCycles: 180,
    };
    const subject = { config: resolveSprint(changes), heads: 1, dim: 64, chips: 1 };
    return (change = unchanged) => sprintLedger(subject, [[head]], 1, 14, change);
  }) satisfies Sample<SprintConfig>,

  charge: ((changes: ChargeConfig = {}) => {
    const head = { queries: 128, visiblePairs: 8256, keptPairs: 2064, keysWritten: 128, passes: 192 };
    const subject = { config: resolveCharge(changes), dim: 64, chips: 1 };
    return (change = unchanged) => chargeLedger(subject, [[head]], 1, change);
  }) satisfies Sample<ChargeConfig>,

  butterfly: ((changes: ButterflyConfig = {}) => {
    const head = spanActivity({ queries: 256, keys: 256, span: 32, causal: true, tileQueries: 64 });
    const linear = { rows: 256, inputs: 256, outputs: 768, keptWeights: 49152, rounds: 384, projects: true };
    const config = resolveButterfly({ spans: 32, ...changes });
    const subject = { config, dim: 64, chips: 1, windows: 1, longestKeys: 256, causal: true };
    return (change = unchanged) => butterflyLedger(subject, [[head]], [linear], change);
  }) satisfies Sample<ButterflyConfig>,

  crossbar: ((changes: CrossbarConfig = { adc: { bits: 8 } }) => {
    const config = resolveCrossbar(changes);
    const array = {
      ...{ rows: 256, columns: 64, chips: 1, mapping: config.mapping, weightBits: config.weightBits },
      ...{ sliceBits: config.bitsPerSlice, weightMax: 1, cell: config.device },
      tileRows: config.adc.bits === 0 ? 256 : config.tileRows,
    };
    return (change = unchanged) => crossbarLedger(array, config, { inputs: 10 }, change);
  }) satisfies Sample<CrossbarConfig>,
};
