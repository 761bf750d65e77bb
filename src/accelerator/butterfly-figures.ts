import type { TechnologyChange } from '../ledger/elasticity.ts';
import { type Basis, calculatedFigure, calibratedFigure, type Figure, predictedFigure } from '../ledger/figure.ts';
import { butterflyPublished } from '../ledger/published/butterfly.ts';
import { butterflyFitted, operandBits } from '../ledger/technology/butterfly.ts';
import { energyByComponent, type Technology } from '../ledger/technology.ts';
import { spanCounts } from '../reference/span-counts.ts';
import type { ButterflyActivity } from './butterfly-activity.ts';
import { type ButterflySubject, butterflyTechnologyOf } from './butterfly-chip.ts';
import { defaultHeadline, type HeadlinePoint, type ResolvedButterfly, spanOf } from './butterfly-config.ts';
import { type ButterflyEngines, type ButterflyRun, butterflyCounts, butterflyWork } from './butterfly-counts.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity } from './machine.ts';
import { packHeads } from './pack-heads.ts';

type Priced = Omit<AcceleratorLedger, 'figures'>;

/** The figures of a run, what each engine saves in it, how full the macros are, and the chip's headlines beside the published ones. */
export function butterflyFigures(
  subject: ButterflySubject,
  run: ButterflyRun,
  activity: Activity<ButterflyActivity>,
  priced: Priced,
  change: TechnologyChange,
): readonly Figure[] {
  const { technology } = priced;
  return [
    ...runFigures(subject, run, priced),
    ...engineFigures(run, technology),
    ...memoryFigures(subject, activity, technology),
    ...headlineFigures(subject.config, technology, change),
  ];
}

function runFigures({ config, windows, dim }: ButterflySubject, run: ButterflyRun, priced: Priced): Figure[] {
  const { energy, area, latency, technology } = priced;
  const { linearMacs, scoreMacs, outputMacs } = butterflyWork(run, config);
  const executed = 2 * (linearMacs + scoreMacs + outputMacs);
  const sum = <Item>(items: readonly Item[], pick: (item: Item) => number) =>
    items.reduce((total, item) => total + pick(item), 0) / run.chips;
  const linearSlots = sum(run.linears, ({ rows, inputs, outputs }) => rows * inputs * outputs);
  const dense = 2 * linearSlots + 4 * dim * sum(run.heads, (head) => head.visiblePairs);
  const totalPj = totalOf(energy);
  const basis: Basis = {
    bits: operandBits,
    scope: 'core',
    supplyV: config.supplyV,
    sparsity: 1 - executed / dense,
  };
  const predicted = (name: string, value: number, unit: string, more: Basis = {}) =>
    predictedFigure(name, value, unit, { ...basis, ...more }, technology);
  const timed = (name: string, value: number, unit: string, more: Basis) =>
    calculatedFigure(name, value, unit, { ...basis, ...more }, technology, ['time']);
  const toggle = `toggle ${config.toggle}`;
  return [
    predicted('energy per window', totalPj / windows, 'pJ', {
      note: `${run.linears.length > 0 ? 'linear layers and attention' : 'attention, no linear layers,'} of one window, ${toggle}; weights already in the macros, no leakage`,
    }),
    timed('latency per window, stages in turn', latency.sequentialNs / windows, 'ns', { note: clockNote(config) }),
    timed('latency per window, stages overlapped', latency.overlappedNs / windows, 'ns', {
      note: `writing keys and values beside computing; ${clockNote(config)}`,
    }),
    predicted('area', area.reduce((total, row) => total + row.areaUm2, 0) / 1e6, 'mm2', {
      note: 'without clock tree, control and input registers',
    }),
    predicted('efficiency', dense / totalPj, 'TOPS/W', {
      operations: 'dense-equivalent',
      note: `every weight and all visible pairs; ${toggle}`,
    }),
    predicted('efficiency, executed', executed / totalPj, 'TOPS/W', {
      operations: 'executed',
      note: `multiply-accumulates that were done; ${toggle}`,
    }),
    timed('throughput', dense / latency.overlappedNs / 1000, 'TOPS', {
      operations: 'dense-equivalent',
      note: `stages overlapped; ${clockNote(config)}`,
    }),
    ...(run.linears.length > 0 && config.skipper
      ? [
          predicted(
            'use of the lanes',
            sum(run.linears, ({ rows, keptWeights }) => rows * keptWeights) /
              sum(run.linears, ({ rows, rounds }) => rows * rounds * config.lanes * config.macroColumns),
            'share',
            { note: `kept weights over lanes of all rounds, ${config.macroColumns} columns in lockstep` },
          ),
        ]
      : []),
  ];
}

/** What the engines save: the energy of this run without any of them over its energy with one, or with all. */
function engineFigures(run: ButterflyRun, technology: Technology): Figure[] {
  const none: ButterflyEngines = { skipper: false, spanReuse: false, qkSharing: false };
  const all: ButterflyEngines = { skipper: true, spanReuse: true, qkSharing: true };
  const energyPj = (engines: ButterflyEngines) => totalOf(energyByComponent(butterflyCounts(run, engines), technology));
  const gain = (name: string, on: ButterflyEngines, off: ButterflyEngines, note: string) =>
    predictedFigure(
      `energy gain, ${name}`,
      energyPj(off) / energyPj(on),
      'x',
      { scope: 'core', supplyV: technology.supplyV, note: `${note}; toggle ${run.config.toggle}` },
      technology,
    );
  const alone = 'this run with no engine over the same with this one, spans as they are';
  return [
    gain('zero skipper', { ...none, skipper: true }, none, alone),
    gain('span reuse', { ...none, spanReuse: true }, none, alone),
    gain('QK sharing', { ...none, qkSharing: true }, none, alone),
    gain('all three', all, none, 'this run with no engine over the same with all, spans as they are'),
    gain(
      'all three and the spans',
      all,
      { ...none, fullAttention: true },
      'full attention with every weight, keys loaded for every tile of queries, over spans with all three engines',
    ),
    published('energy-gain-of-both-engines'),
  ];
}

/** How many rows of keys the spans spare, and how well the windows of a layer's heads fill macros. */
function memoryFigures(
  { config, dim, longestKeys: keys, causal }: ButterflySubject,
  activity: Activity<ButterflyActivity>,
  technology: Technology,
): Figure[] {
  const layers = activity.map((heads, layer) =>
    heads.map((_, head) => {
      const span = spanOf(config.spans, layer, head, keys);
      return spanCounts({ queries: keys, keys, span, causal, tileQueries: config.tileQueries }).residentRows;
    }),
  );
  const flat = layers.flat();
  if (flat.length === 0) return [];
  const macroRows = Math.floor((config.capacityKb * 1024) / config.macros / dim);
  // Keys and values of all heads of a layer lie in the macros at a time.
  const packed = macroRows > 0 ? layers.map((rows) => packHeads(rows, { macroRows, tokens: keys })) : [];
  const [fullest] = [...packed].sort((a, b) => b.macros.length - a.macros.length);
  const predicted = (name: string, value: number, unit: string, note: string) =>
    predictedFigure(name, value, unit, { scope: 'core', note }, technology);
  return [
    predicted(
      'rows of keys spared by the spans',
      1 - flat.reduce((sum, rows) => sum + rows, 0) / (flat.length * keys),
      'share',
      `of ${keys} keys in each of ${flat.length} heads; no such figure of the paper is public`,
    ),
    ...(fullest
      ? [
          predicted(
            'macros that hold keys and values of a layer',
            fullest.macros.length,
            'macros',
            `the layer that needs most, of ${config.macros} with ${macroRows} rows each, the weights not counted`,
          ),
          predicted(
            'use of their rows',
            fullest.utilisation,
            'share',
            'the same layer, first fit, longest window first',
          ),
        ]
      : []),
  ];
}

/** The chip at the point where its headline is computed, and at its densest, beside the published figures. */
function headlineFigures(config: ResolvedButterfly, technology: Technology, change: TechnologyChange): Figure[] {
  const { sparsity, supplyV, toggle } = config.headline;
  const at = change(butterflyTechnologyOf(config, config.headline));
  const macPj = at.components['mac']!.actions['mac8']!.energyPj.value;
  const hopPj = at.components['skipper']!.actions['hop']!.energyPj.value;
  const executedPj = macPj + (config.skipper ? Math.log2(config.block) * hopPj : 0);
  const triple = `${Number((100 * sparsity).toPrecision(4))} % of the weights zero, ${supplyV} V, toggle ${toggle}`;
  const basis: Basis = {
    operations: 'dense-equivalent',
    bits: operandBits,
    scope: 'array',
    supplyV,
    sparsity,
    note: `${triple}; multiply-accumulates and butterflies of full trees, nothing else`,
  };
  const perCycle = (config.macros * config.macroColumns * config.treeInputs) / operandBits;
  const executedShare = config.skipper ? 1 - sparsity : 1;
  return [
    headline(`efficiency at ${triple}`, 2 / (executedPj * executedShare), basis, config.headline, at),
    published('efficiency'),
    published('efficiency-in-a-survey'),
    calibratedFigure(
      butterflyFitted.throughput,
      (2 * perCycle) / technology.timing['cycleNs']!.value / 1000,
      'TOPS',
      { operations: 'executed', bits: operandBits, scope: 'core', supplyV: config.supplyV, note: clockNote(config) },
      technology,
      'clock and macros are ours; the defaults were chosen to come near 3.33 TOPS',
    ),
    published('throughput'),
    published('area-efficiency'),
  ];
}

/** At the point that was chosen to come near the published figure it is no prediction; at any other it is. */
function headline(name: string, value: number, basis: Basis, point: HeadlinePoint, at: Technology): Figure {
  const chosen = Object.entries(defaultHeadline).every(([key, own]) => point[key as keyof HeadlinePoint] === own);
  const why = 'no point is public: this one was chosen because the model comes near 53.8 TOPS/W there';
  return chosen
    ? calibratedFigure(name, value, 'TOPS/W', basis, at, why)
    : predictedFigure(name, value, 'TOPS/W', basis, at);
}

function clockNote({ clockMhz, macros, macroColumns, treeInputs }: ResolvedButterfly): string {
  return `${clockMhz} MHz and ${macros} macros of ${macroColumns} columns by ${treeInputs} products, none of which is public`;
}

function totalOf(energy: AcceleratorLedger['energy']): number {
  return energy.reduce((total, row) => total + row.energyPj, 0);
}

function published(name: string): Figure {
  return butterflyPublished.find((figure) => figure.name === `butterfly.${name}`)!;
}
