import type { Counts } from '../ledger/counts.ts';
import { type TechnologyChange, unchanged } from '../ledger/elasticity.ts';
import { areaByComponent, energyByComponent, type Technology } from '../ledger/technology.ts';
import type { ChargeActivity } from './charge-activity.ts';
import {
  type ChargeSubject,
  chargedCellsOf,
  eventsPerPair,
  operationsPerKept,
  passTimeNs,
  technologyOf,
} from './charge-chip.ts';
import { chargeFigures } from './charge-figures.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity } from './machine.ts';

/**
 * Prices what the heads did. `activity` is the sum over the chips of a population and `windows` the sequences of one chip; the
 * ledger is for one chip (the mean), all its windows. There is one array and one digital core: heads and layers take turns, and
 * where the two are pipelined a head takes as long as the slower of them. `change` is applied to the cost table first.
 */
export function chargeLedger(
  subject: ChargeSubject,
  activity: Activity<ChargeActivity>,
  windows: number,
  change: TechnologyChange = unchanged,
): AcceleratorLedger {
  const technology = change(technologyOf(subject));
  const heads = activity.flat();
  const counts = countActions(subject, heads);
  const energy = energyByComponent(counts, technology);
  const area = areaByComponent(technology);
  const latency = latencyOf(subject, heads, technology);
  const run = { counts, energy, area, latency, technology };
  return { ...run, setupCounts: {}, figures: chargeFigures(subject, heads, windows, run, change) };
}

function countActions(subject: ChargeSubject, heads: readonly ChargeActivity[]): Counts {
  const { config, dim, chips } = subject;
  const sum = (pick: (head: ChargeActivity) => number) => heads.reduce((total, head) => total + pick(head), 0) / chips;
  const visible = sum((head) => head.visiblePairs);
  const kept = sum((head) => head.keptPairs);
  const converts = config.array.combine === 'bitplane';
  return {
    array: {
      // Lines of keys that the query does not see rest: their cells are not driven.
      product: sum((head) => chargedCellsOf(head, dim)),
      writeBit: sum((head) => head.keysWritten) * dim * config.array.nibbleBits,
    },
    line: { event: visible * eventsPerPair },
    comparator: { decide: converts ? 0 : visible },
    converter: { convert: converts ? visible * eventsPerPair : 0 },
    digital: {
      operation8: kept * operationsPerKept(subject),
      operandBit: kept * (config.recompute ? 2 : 1) * dim * config.operandBits,
      exp: kept,
      divide: sum((head) => head.queries) * dim,
    },
  };
}

function latencyOf(
  subject: ChargeSubject,
  heads: readonly ChargeActivity[],
  technology: Technology,
): AcceleratorLedger['latency'] {
  const { chips } = subject;
  const ns = (name: string) => technology.timing[name]!.value;
  const stages = { write: 0, score: 0, digital: 0 };
  let overlappedNs = 0;
  for (const head of heads) {
    const write = (head.keysWritten * ns('keyWriteNs')) / chips;
    const score = (head.passes * passTimeNs(technology)) / chips;
    const digital = (head.keptPairs * operationsPerKept(subject) * ns('operation8Ns')) / chips;
    stages.write += write;
    stages.score += score;
    stages.digital += digital;
    // The array does not score while it is written.
    overlappedNs += Math.max(write + score, digital);
  }
  const rows = Object.entries(stages).map(([stage, timeNs]) => ({ stage, timeNs }));
  return { stages: rows, sequentialNs: rows.reduce((sum, row) => sum + row.timeNs, 0), overlappedNs };
}
