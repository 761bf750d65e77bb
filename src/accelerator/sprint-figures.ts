import type { Counts } from '../ledger/counts.ts';
import { type Figure, measuredFigure, predictedFigure } from '../ledger/figure.ts';
import { cellEnduranceWrites } from '../ledger/technology/crossbar.ts';
import type { AreaRow, EnergyRow, Technology } from '../ledger/technology.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { SprintActivity } from './sprint-activity.ts';
import { sprintBits } from './sprint-config.ts';
import type { SprintSubject } from './sprint-ledger.ts';

/** What the figures are drawn from. */
export interface SprintRun {
  readonly counts: Counts;
  readonly energy: readonly EnergyRow[];
  readonly latency: AcceleratorLedger['latency'];
  readonly area: readonly AreaRow[];
  readonly technology: Technology;
  /** Keys that the arrays have room for in a head. */
  readonly longestKeys: number;
  readonly baseline: Pick<AcceleratorLedger, 'energy' | 'latency'>;
}

/** The headline figures of a run, the comparison with the unpruned machine among them. */
export function sprintFigures(
  { config, heads: modelHeads, dim, chips }: SprintSubject,
  heads: readonly SprintActivity[],
  windows: number,
  { energy, latency, area, technology, longestKeys, baseline }: SprintRun,
): readonly Figure[] {
  const sum = (pick: (head: SprintActivity) => number) => heads.reduce((total, head) => total + pick(head), 0) / chips;
  const [kept, visible] = [sum((head) => head.keptPairs), sum((head) => head.visiblePairs)];
  const totalPj = energyOf(energy);
  const cellWrites = sum((head) => head.keys) / windows / (modelHeads * longestKeys);
  const basis = {
    bits: sprintBits,
    scope: 'system' as const,
    supplyV: technology.supplyV,
    sparsity: 1 - kept / visible,
  };
  const figure = (name: string, value: number, unit: string, note: string, more: Figure['basis'] = {}) =>
    predictedFigure(name, value, unit, { ...basis, note, ...more }, technology);
  const dense = { operations: 'dense-equivalent' as const };
  const unpruned = `the same machine without pruning and padding removal, ${config.baselineEviction} eviction, on the same sequences; a check of plausibility, no reproduction: the paper's models, lengths and pruning rates are not public`;
  return [
    figure(
      'energy per window',
      totalPj / windows,
      'pJ',
      `attention of one window, all layers, memory included; storing q, k and v ${config.countWrites ? 'counted' : 'not counted'}`,
    ),
    figure('latency per window, stages in turn', latency.sequentialNs / windows, 'ns', 'storing q, k and v left out'),
    figure(
      'latency per window, stages overlapped',
      latency.overlappedNs / windows,
      'ns',
      'each query takes as long as its slowest of thresholds, memory and CORELETs; filling the pipeline left out',
    ),
    figure('speed-up over the unpruned machine', baseline.latency.overlappedNs / latency.overlappedNs, 'x', unpruned),
    figure('energy reduction over the unpruned machine', energyOf(baseline.energy) / totalPj, 'x', unpruned),
    measuredFigure(
      'vectors fetched per query',
      sum((head) => head.fetched) / sum((head) => head.queries),
      'vectors',
      { note: `keys with their values, ${config.eviction} eviction` },
      'traffic counters of the run',
    ),
    measuredFigure(
      'share of the visible keys that is new to a query',
      sum((head) => head.fetched) / visible,
      'share',
      { note: `fetched over visible pairs, ${config.eviction} eviction; the paper gives 2.1 % of the sequence` },
      'traffic counters of the run',
    ),
    measuredFigure(
      'CORELET utilisation',
      kept / (config.corelets * sum((head) => head.computeCycles)),
      'share',
      { note: 'kept keys over the cycles of the fullest CORELET: what spreading the keys loses' },
      'traffic counters of the run',
    ),
    measuredFigure(
      'writes per key cell per window',
      cellWrites,
      'writes',
      { note: 'layers take turns at one set of arrays, and every sequence brings its own keys; mean over the cells' },
      'key rows of the run over the rows that the arrays have',
    ),
    figure(
      'windows until key cells wear out',
      cellEnduranceWrites.value / cellWrites,
      'windows',
      `a cell taken to stand ${cellEnduranceWrites.value} writes, of assumptions from ${cellEnduranceWrites.low} to ${cellEnduranceWrites.high} (${cellEnduranceWrites.source.ref})`,
    ),
    figure(
      'area',
      area.reduce((total, row) => total + row.areaUm2, 0) / 1e6,
      'mm2',
      'with the memory, one layer at a time; without routing and control',
    ),
    figure('area, chip', chipArea(area) / 1e6, 'mm2', 'buffer, multipliers and softmax; without routing and control'),
    figure('efficiency', (4 * visible * dim) / totalPj, 'TOPS/W', 'scores and output of all visible pairs', dense),
    figure('efficiency, executed', (4 * kept * dim) / totalPj, 'TOPS/W', 'scores and output of kept pairs', {
      operations: 'executed',
    }),
    figure('throughput', (4 * visible * dim) / latency.overlappedNs / 1000, 'TOPS', 'stages overlapped', dense),
  ];
}

const onChip: readonly string[] = ['sram', 'mac', 'softmax'];

const chipArea = (area: readonly AreaRow[]) =>
  area.filter((row) => onChip.includes(row.component)).reduce((total, row) => total + row.areaUm2, 0);

const energyOf = (rows: readonly EnergyRow[]) => rows.reduce((total, row) => total + row.energyPj, 0);
