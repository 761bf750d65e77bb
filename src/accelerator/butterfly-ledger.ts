import { type TechnologyChange, unchanged } from '../ledger/elasticity.ts';
import { areaByComponent, energyByComponent, type Technology } from '../ledger/technology.ts';
import type { ButterflyActivity, LinearActivity } from './butterfly-activity.ts';
import { type ButterflySubject, butterflyTechnologyOf } from './butterfly-chip.ts';
import { type ButterflyRun, butterflyCounts, butterflyWork, metadataBits } from './butterfly-counts.ts';
import { butterflyFigures } from './butterfly-figures.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity } from './machine.ts';

/**
 * Prices what heads and linear layers did. Activity is the sum over the chips of a population and `windows` the sequences of one
 * chip; the ledger is for one chip (the mean), all its windows. All macros work on one thing at a time: linear layers, scores and
 * outputs take turns, and rows of keys and values are written beside them where stages overlap. `change` is applied to the cost table first.
 */
export function butterflyLedger(
  subject: ButterflySubject,
  activity: Activity<ButterflyActivity>,
  linears: readonly LinearActivity[],
  change: TechnologyChange = unchanged,
): AcceleratorLedger {
  const { config, dim, chips } = subject;
  const run: ButterflyRun = { config, dim, chips, heads: activity.flat(), linears };
  const technology = change(butterflyTechnologyOf(config));
  const counts = butterflyCounts(run, config);
  const energy = energyByComponent(counts, technology);
  const area = areaByComponent(technology);
  const latency = latencyOf(run, technology);
  // The weights and the settings of their butterflies are written once; a chip that does not hold a model writes them again.
  const stored = linears.reduce(
    (sum, layer) =>
      sum + (config.skipper ? layer.keptWeights * 8 + metadataBits(layer, config) : layer.inputs * layer.outputs * 8),
    0,
  );
  const priced = { counts, setupCounts: { cells: { writeBit: stored } }, energy, area, latency, technology };
  return { ...priced, figures: butterflyFigures(subject, run, activity, priced, change) };
}

function latencyOf(run: ButterflyRun, technology: Technology): AcceleratorLedger['latency'] {
  const cycleNs = technology.timing['cycleNs']!.value;
  const { linearCycles, scoreCycles, outputCycles, keyRows } = butterflyWork(run, run.config);
  const stages = {
    linear: linearCycles * cycleNs,
    score: scoreCycles * cycleNs,
    output: outputCycles * cycleNs,
    // A macro takes a row a cycle, of keys and of values.
    write: ((2 * keyRows) / run.config.macros) * cycleNs,
  };
  const rows = Object.entries(stages).map(([stage, timeNs]) => ({ stage, timeNs }));
  const computing = stages.linear + stages.score + stages.output;
  return {
    stages: rows,
    sequentialNs: computing + stages.write,
    overlappedNs: Math.max(computing, stages.write),
  };
}
