import type { Counts } from '../ledger/counts.ts';
import { type TechnologyChange, unchanged } from '../ledger/elasticity.ts';
import { predictedFigure } from '../ledger/figure.ts';
import { hardseaTechnology } from '../ledger/technology/hardsea.ts';
import { areaByComponent, energyByComponent, type Technology } from '../ledger/technology.ts';
import type { Hardsea } from './hardsea.ts';
import type { HardseaActivity } from './hardsea-trace.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity } from './machine.ts';

/** What the ledger needs to know of a machine: how it is built, and over how many chips the activity was added up. */
export type LedgerSubject = Pick<Hardsea, 'config' | 'codebooks' | 'arrays' | 'chips'>;

/**
 * Prices what the heads did. `activity` is the sum over the chips of a population and `windows` the sequences of one chip;
 * the ledger is for one chip (the mean), all its windows. Heads of a layer work side by side, layers one after another.
 */
export function hardseaLedger(
  machine: LedgerSubject,
  activity: Activity<HardseaActivity>,
  windows: number,
  longestKeys: number,
  change: TechnologyChange = unchanged,
): AcceleratorLedger {
  const { config, chips, codebooks } = machine;
  const technology = change(technologyOf(machine, longestKeys));
  const counts = countActions(machine, activity);
  const energy = energyByComponent(counts, technology);
  const area = areaByComponent(technology);
  const latency = latencyOf(machine, activity, technology);
  const { arrays, rows, columns } = cellsOf(machine);
  const setupCounts = { crossbar: { cellWrite: arrays * rows * columns } };
  const totalPj = energy.reduce((sum, row) => sum + row.energyPj, 0);
  const flat = activity.flat();
  const sum = (pick: (head: HardseaActivity) => number) => flat.reduce((total, head) => total + pick(head), 0) / chips;
  const kept = sum((head) => head.keptPairs);
  const visible = sum((head) => head.visiblePairs);
  const denseOperations = 4 * visible * codebooks.dim;
  const basis = {
    bits: config.operandBits,
    scope: 'core' as const,
    supplyV: technology.supplyV,
    sparsity: 1 - kept / visible,
  };
  const figure = (
    name: string,
    value: number,
    unit: string,
    note?: string,
    operations?: 'dense-equivalent' | 'executed',
  ) =>
    predictedFigure(
      name,
      value,
      unit,
      { ...basis, ...(operations ? { operations } : {}), ...(note ? { note } : {}) },
      technology,
    );
  const figures = [
    figure(
      'energy per window',
      totalPj / windows,
      'pJ',
      'attention of one window, all layers; codebooks already programmed',
    ),
    figure('latency per window, stages in turn', latency.sequentialNs / windows, 'ns'),
    figure(
      'latency per window, stages overlapped',
      latency.overlappedNs / windows,
      'ns',
      'the slowest of encoding, selection and exact attention in each layer; filling the pipeline left out',
    ),
    figure('area', area.reduce((total, row) => total + row.areaUm2, 0) / 1e6, 'mm2', 'without routing and control'),
    figure(
      'efficiency',
      denseOperations / totalPj,
      'TOPS/W',
      'scores and output of all visible pairs',
      'dense-equivalent',
    ),
    figure(
      'efficiency, executed',
      (4 * kept * codebooks.dim) / totalPj,
      'TOPS/W',
      'scores and output of kept pairs',
      'executed',
    ),
    figure(
      'throughput',
      denseOperations / latency.overlappedNs / 1000,
      'TOPS',
      'stages overlapped',
      'dense-equivalent',
    ),
  ];
  return { counts, setupCounts, energy, latency, area, figures, technology };
}

function countActions(machine: LedgerSubject, activity: Activity<HardseaActivity>): Counts {
  const { config, codebooks, chips, arrays } = machine;
  const { dim, subspaces, centroids } = codebooks;
  const flat = activity.flat();
  const sum = (pick: (head: HardseaActivity) => number) => flat.reduce((total, head) => total + pick(head), 0) / chips;
  const encoded = sum((head) => head.tokensEncoded) * subspaces;
  const visible = sum((head) => head.visiblePairs);
  const kept = sum((head) => head.keptPairs);
  const queries = sum((head) => head.queries);
  const keys = sum((head) => head.tokensEncoded) - queries;
  const bits = config.operandBits;
  const codeBits = subspaces * Math.ceil(Math.log2(centroids));
  return {
    dac: { drive: encoded * arrays.rows },
    crossbar: { cellRead: encoded * arrays.rows * centroids * 2 },
    'wta-encode': { column: encoded * centroids, charge: sum((head) => head.encodeCharges) },
    table: { lookup: visible * subspaces },
    'wta-select': { column: sum((head) => head.selectColumns), charge: sum((head) => head.selectCharges) },
    sram: {
      // K, V and the key's code are written once; a query is read once, a kept key as a row of K and a row of V.
      writeBit: keys * (2 * dim * bits + codeBits),
      readBit: queries * dim * bits,
      boundaryBit: kept * 2 * dim * bits,
    },
    // A product of wider operands counts as the 8-bit products that it is made of.
    mac: { mac8: kept * 2 * dim * (bits / 8) ** 2 },
    // One product by the row's reciprocal for every dimension of the output.
    softmax: { exp: kept, divide: queries * dim },
  };
}

function latencyOf(
  machine: LedgerSubject,
  activity: Activity<HardseaActivity>,
  technology: Technology,
): AcceleratorLedger['latency'] {
  const { config, chips } = machine;
  const ns = (name: string) => technology.timing[name]!.value;
  const stages = { encode: 0, select: 0, score: 0, output: 0 };
  let overlappedNs = 0;
  for (const heads of activity) {
    const slowest = (time: (head: HardseaActivity) => number) => Math.max(...heads.map(time)) / chips;
    const layer = {
      // Every array of a token works at once; a token ends with its latest winner.
      encode: slowest((head) => (head.tokensEncoded * ns('arrayReadNs') + head.encodeNs) / config.encoders),
      // One column per key: their look-ups run side by side, sub-space after sub-space; then the columns race.
      select: slowest((head) => head.queries * config.subspaces * ns('lookupNs') + head.selectNs),
      score: slowest((head) => head.bankCycles * ns('digitalClockNs')),
      output: slowest((head) => head.bankCycles * ns('digitalClockNs')),
    };
    for (const stage of Object.keys(stages) as (keyof typeof stages)[]) stages[stage] += layer[stage];
    // Scores and outputs take turns at the same banks and multipliers: they overlap with other stages only.
    overlappedNs += Math.max(layer.encode, layer.select, layer.score + layer.output);
  }
  const rows = Object.entries(stages).map(([stage, timeNs]) => ({ stage, timeNs }));
  return { stages: rows, sequentialNs: rows.reduce((sum, row) => sum + row.timeNs, 0), overlappedNs };
}

/** Arrays of all encoders, and the physical size of one: a differential pair per weight. */
function cellsOf({ config, codebooks, arrays }: LedgerSubject) {
  const { layers, heads, subspaces, centroids } = codebooks;
  return { arrays: layers * heads * subspaces * config.encoders, rows: arrays.rows, columns: 2 * centroids };
}

function technologyOf(machine: LedgerSubject, longestKeys: number): Technology {
  const { config, codebooks, arrays } = machine;
  const { layers, heads, dim, subspaces, centroids } = codebooks;
  return hardseaTechnology({
    ...cellsOf(machine),
    wtaEncodeColumns: heads * subspaces * config.encoders * centroids,
    wtaSelectColumns: heads * longestKeys,
    tableBits: layers * heads * subspaces * centroids ** 2 * (config.tableBits || 32),
    sramBits: heads * longestKeys * dim * config.operandBits * 2,
    macLanes: heads * config.banks * dim,
    // One per bank: exponentials then keep pace with the scores, of which every bank brings one a cycle.
    softmaxUnits: heads * config.banks,
    dacs: heads * subspaces * config.encoders * arrays.rows,
    wtaCapacitanceFf: config.encoder.wta.capacitanceFf,
    supplyV: config.encoder.wta.supplyV,
    wtaSelectCapacitanceFf: config.selector.wta.capacitanceFf,
    selectSupplyV: config.selector.wta.supplyV,
  });
}
