import { addCounts, type Counts } from '../ledger/counts.ts';
import { type TechnologyChange, unchanged } from '../ledger/elasticity.ts';
import { sprintTechnology } from '../ledger/technology/sprint.ts';
import { areaByComponent, type EnergyRow, energyByComponent, type Technology } from '../ledger/technology.ts';
import type { AcceleratorLedger } from './ledger.ts';
import type { Activity } from './machine.ts';
import type { SprintActivity } from './sprint-activity.ts';
import { type ResolvedSprint, sprintBits } from './sprint-config.ts';
import { sprintFigures } from './sprint-figures.ts';

/** What the ledger needs to know of a machine and its model, and over how many chips the activity was added up. */
export interface SprintSubject {
  readonly config: ResolvedSprint;
  readonly heads: number;
  readonly dim: number;
  readonly chips: number;
}

/** The ledger of SPRINT, with that of the same machine without pruning and padding removal on the same sequences. */
export interface SprintLedger extends AcceleratorLedger {
  readonly baseline: {
    readonly counts: Counts;
    readonly energy: readonly EnergyRow[];
    readonly latency: AcceleratorLedger['latency'];
  };
}

/**
 * Prices what the heads did. `activity` is the sum over the chips of a population and `windows` the sequences of one chip; the
 * ledger is for one chip (the mean), all its windows. All CORELETs work at one head at a time: heads and layers take turns.
 */
export function sprintLedger(
  subject: SprintSubject,
  activity: Activity<SprintActivity>,
  windows: number,
  longestKeys: number,
  change: TechnologyChange = unchanged,
): SprintLedger {
  const technology = change(technologyOf(subject, longestKeys));
  const heads = activity.flat();
  const [pruned, dense] = [workOf(subject, heads), baselineOf(subject, heads)];
  const price = (work: Work) => {
    const counts = work.arrays
      ? addCounts(exactCounts(subject, work), arrayCounts(subject, work))
      : exactCounts(subject, work);
    return { counts, energy: energyByComponent(counts, technology), latency: latencyOf(subject, work, technology) };
  };
  const run = { ...price(pruned), area: areaByComponent(technology), technology, longestKeys, baseline: price(dense) };
  return { ...run, setupCounts: {}, figures: sprintFigures(subject, heads, windows, run) };
}

/** What a machine did on one chip, pruning or not. */
interface Work {
  /** Whether the arrays compared queries with keys. */
  readonly arrays: boolean;
  readonly queries: number;
  readonly keys: number;
  readonly compared: number;
  readonly pairs: number;
  readonly fetched: number;
  readonly computeCycles: number;
  readonly fetchCycles: number;
  readonly rowCycles: number;
}

function workOf({ chips }: SprintSubject, heads: readonly SprintActivity[]): Work {
  const sum = (pick: (head: SprintActivity) => number) => heads.reduce((total, head) => total + pick(head), 0) / chips;
  return {
    arrays: true,
    queries: sum((head) => head.queries),
    keys: sum((head) => head.keys),
    compared: sum((head) => head.comparedPairs),
    pairs: sum((head) => head.keptPairs),
    fetched: sum((head) => head.fetched),
    computeCycles: sum((head) => head.computeCycles),
    fetchCycles: sum((head) => head.fetchCycles),
    rowCycles: sum((head) => head.rowCycles),
  };
}

function baselineOf({ chips }: SprintSubject, heads: readonly SprintActivity[]): Work {
  const sum = (pick: (head: SprintActivity) => number) => heads.reduce((total, head) => total + pick(head), 0) / chips;
  return {
    arrays: false,
    queries: sum((head) => head.baselineQueries),
    keys: sum((head) => head.baselineKeys),
    compared: 0,
    pairs: sum((head) => head.baselinePairs),
    fetched: sum((head) => head.baselineFetched),
    computeCycles: sum((head) => head.baselineComputeCycles),
    fetchCycles: sum((head) => head.baselineFetchCycles),
    rowCycles: sum((head) => head.baselineRowCycles),
  };
}

/** Memory, buffer and the exact stage. */
function exactCounts({ config, dim }: SprintSubject, work: Work): Counts {
  const { queries, keys, pairs, fetched } = work;
  const vector = dim * sprintBits;
  // Without scores of its own the chip needs values only.
  const scored = config.recompute || !work.arrays ? 1 : 0;
  return {
    memory: {
      writeBit: config.countWrites ? (queries + 2 * keys) * vector : 0,
      readBit: (queries + (1 + scored) * fetched) * vector,
    },
    sram: { writeBit: (1 + scored) * fetched * vector, readBit: (1 + scored) * pairs * vector },
    mac: { mac8: (1 + scored) * pairs * dim },
    // One product by the reciprocal of the row for every dimension of the output.
    softmax: { exp: pairs, divide: queries * dim },
  };
}

/** Queries in the arrays, decisions and pruning vectors. */
function arrayCounts({ config, dim }: SprintSubject, { queries, compared, pairs }: Work): Counts {
  const { msbBits, queryBits, recompute } = config;
  return {
    // A product of wider operands counts as the 4-bit products that it is made of.
    crossbar: { mac4: (compared * dim * msbBits * queryBits) / 16 },
    dac: { drive: queries * dim },
    comparator: { decide: compared },
    converter: { convert: recompute ? 0 : pairs },
    'query-buffer': { writeBit: queries * dim * queryBits },
    'pruning-vector': { readBit: compared },
  };
}

function latencyOf({ config }: SprintSubject, work: Work, technology: Technology): AcceleratorLedger['latency'] {
  const clockNs = technology.timing['clockNs']!.value;
  const scored = config.recompute || !work.arrays;
  const stages = [
    { stage: 'threshold', timeNs: work.arrays ? work.queries * config.thresholdCycles * clockNs : 0 },
    { stage: 'fetch', timeNs: work.fetchCycles * clockNs },
    // Exponentials keep pace with the scores: a CORELET brings one a cycle to its unit.
    { stage: 'score', timeNs: scored ? work.computeCycles * clockNs : 0 },
    { stage: 'output', timeNs: work.computeCycles * clockNs },
  ];
  const sequentialNs = stages.reduce((sum, row) => sum + row.timeNs, 0);
  // The arrays look a query ahead, and a query's outputs are added up while the next one is scored.
  return { stages, sequentialNs, overlappedNs: work.rowCycles * clockNs };
}

/** The arrays and memory hold the heads of one layer; the chip works at one of them. */
function technologyOf({ config, heads, dim }: SprintSubject, longestKeys: number): Technology {
  const { bufferKb, corelets, rows, msbBits, queryBits, recompute } = config;
  const columns = heads * longestKeys * Math.ceil(dim / rows);
  const vectors = heads * longestKeys * dim;
  return sprintTechnology({
    bufferBytes: bufferKb * 1024,
    corelets,
    arrayCells: columns * Math.min(dim, rows) * Math.ceil(msbBits / 4),
    memoryCells: (vectors * (3 * sprintBits - msbBits)) / 4,
    dacs: heads * dim,
    comparators: heads * longestKeys,
    converters: recompute ? 0 : heads * longestKeys,
    queryBits: heads * dim * queryBits,
    macLanes: 2 * corelets * dim,
    softmaxUnits: corelets,
  });
}
