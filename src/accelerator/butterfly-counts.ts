import type { Counts } from '../ledger/counts.ts';
import { operandBits, switchesOf } from '../ledger/technology/butterfly.ts';
import type { ButterflyActivity, LinearActivity } from './butterfly-activity.ts';
import type { ResolvedButterfly } from './butterfly-config.ts';

/** What is priced: a machine, and what its heads and linear layers did, added over `chips` chips. */
export interface ButterflyRun {
  readonly config: ResolvedButterfly;
  /** Dimensions of a head. */
  readonly dim: number;
  readonly chips: number;
  readonly heads: readonly ButterflyActivity[];
  readonly linears: readonly LinearActivity[];
}

/** The three engines, as configured or switched for a comparison. */
export interface ButterflyEngines {
  readonly skipper: boolean;
  readonly spanReuse: boolean;
  readonly qkSharing: boolean;
  /** Whether the spans are taken away: every query then sees all keys. */
  readonly fullAttention?: boolean;
}

/** Work of a run on one chip with some engines on: multiply-accumulates by what they are for, and rows of keys. */
export interface ButterflyWork {
  readonly linearMacs: number;
  readonly scoreMacs: number;
  readonly outputMacs: number;
  readonly keyRows: number;
  /** Cycles of all macros together. */
  readonly linearCycles: number;
  readonly scoreCycles: number;
  readonly outputCycles: number;
}

/** Executed multiply-accumulates, rows and cycles of a run. */
export function butterflyWork(run: ButterflyRun, engines: ButterflyEngines): ButterflyWork {
  const { config, dim, chips } = run;
  const { lanes, macros, macroColumns, treeInputs } = config;
  const linear = (pick: (layer: LinearActivity) => number) =>
    run.linears.reduce((sum, layer) => sum + layer.rows * pick(layer) * projected(layer, engines), 0) / chips;
  const head = (pick: (activity: ButterflyActivity) => number) =>
    run.heads.reduce((sum, activity) => sum + pick(activity), 0) / chips;
  const pairs = head((one) => (engines.fullAttention ? one.visiblePairs : one.keptPairs));
  const scores = pairs - (engines.qkSharing ? head((one) => one.mirroredPairs) : 0);
  // All products of all trees, one bit of the inputs a cycle.
  const perCycle = (macros * macroColumns * treeInputs) / operandBits;
  const rounds = linear((layer) => (engines.skipper ? layer.rounds : denseRounds(layer, config)));
  return {
    linearMacs: linear((layer) => (engines.skipper ? layer.keptWeights : layer.inputs * layer.outputs)),
    scoreMacs: scores * dim,
    outputMacs: pairs * dim,
    keyRows: head((one) =>
      engines.fullAttention ? one.fullRows : engines.spanReuse ? one.reusedRows : one.reloadedRows,
    ),
    linearCycles: (rounds * lanes * macroColumns) / perCycle,
    // Keys lie side by side in trees and columns: attention is taken to fill them.
    scoreCycles: (scores * dim) / perCycle,
    outputCycles: (pairs * dim) / perCycle,
  };
}

/** Every action of a run on one chip. */
export function butterflyCounts(run: ButterflyRun, engines: ButterflyEngines): Counts {
  const { config, dim, chips } = run;
  const work = butterflyWork(run, engines);
  const sum = <Item>(items: readonly Item[], pick: (item: Item) => number) =>
    items.reduce((total, item) => total + pick(item), 0) / chips;
  const queries = sum(run.heads, (one) => one.queries);
  const pairs = work.outputMacs / dim;
  const scores = work.scoreMacs / dim;
  const rowBits = dim * operandBits;
  // A score leaves the accumulator, is weighed, and comes back as an 8-bit share.
  const scoreBits = 2 * operandBits + Math.ceil(Math.log2(dim));
  const inputBits = sum(run.linears, ({ rows, inputs }) => rows * inputs * operandBits);
  const outputBits = sum(run.linears, (layer) => layer.rows * layer.outputs * operandBits * projected(layer, engines));
  return {
    mac: { mac8: work.linearMacs + work.scoreMacs + work.outputMacs },
    skipper: { hop: engines.skipper ? work.linearMacs * Math.log2(config.block) : 0 },
    // Keys and values are as many rows.
    cells: { writeBit: 2 * work.keyRows * rowBits },
    metadata: {
      readBit: engines.skipper
        ? sum(
            run.linears,
            (layer) => metadataBits(layer, config) * (layer.rows / config.tileQueries) * projected(layer, engines),
          )
        : 0,
    },
    buffer: {
      readBit: inputBits + (queries + 2 * work.keyRows) * rowBits + pairs * (scoreBits + operandBits),
      writeBit: outputBits + queries * rowBits + scores * scoreBits + pairs * operandBits,
    },
    softmax: { exp: pairs, divide: queries * dim },
    leakage: { cycle: work.linearCycles + work.scoreCycles + work.outputCycles },
  };
}

/** Bits that set the butterflies of a layer once. */
export function metadataBits(layer: LinearActivity, config: ResolvedButterfly): number {
  const { block, metadata, macroColumns } = config;
  if (metadata === 'bitmap') return Math.ceil(layer.inputs / block) * block * layer.outputs;
  if (metadata === 'index') return layer.keptWeights * Math.log2(block);
  // Every round of every column has settings of its own.
  return layer.rounds * Math.min(macroColumns, layer.outputs) * switchesOf(block);
}

/** Rounds that a row needs when every weight has a lane. */
export function denseRounds({ inputs, outputs }: LinearActivity, { lanes, macroColumns }: ResolvedButterfly): number {
  return Math.ceil(inputs / lanes) * Math.ceil(outputs / macroColumns);
}

/** Share of a layer that is left: without a projection of their own, keys are a third less. */
function projected({ projects }: LinearActivity, { qkSharing }: ButterflyEngines): number {
  return projects && qkSharing ? 2 / 3 : 1;
}
