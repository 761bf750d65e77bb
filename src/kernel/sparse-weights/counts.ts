import {
  type Butterfly,
  routeBlock,
  routeConflict,
  type StageOrder,
  stagesOf,
} from '../../reference/butterfly-route.ts';
import type { SparseWeights } from './compile.ts';
import { routesOf } from './routes.ts';
import { blocksOf } from './shape.ts';

/** What one row of inputs costs a chip that holds the weights. */
export interface SparseCounts {
  /** Executed multiply-accumulates: the kept weights. */
  readonly kept: number;
  /** Multiply-accumulates of the same matrix without skipping. */
  readonly dense: number;
  /** Rounds of all tiles together, and those that the matrix would take if every weight had a lane. */
  readonly rounds: number;
  readonly denseRounds: number;
  /** Lanes offered in those rounds by the outputs there are, and the share of them that a kept weight fills. */
  readonly slots: number;
  readonly utilisation: number;
}

/** What one row of inputs does in the butterflies. */
export interface RouteCounts {
  /** Blocks that were sent through a butterfly. */
  readonly routes: number;
  /** Operands times stages that they passed, and those of them in which an operand changed wires. */
  readonly hops: number;
  readonly crossings: number;
  /** Switches that saw an operand; the setting of the others does not matter. */
  readonly driven: number;
}

/** How the settings of the butterflies are stored. */
export type MetadataEncoding = 'bitmap' | 'index' | 'switch';

/** Multiply-accumulates, rounds and how full the lanes are, for one row of inputs. */
export function sparseCounts(weights: SparseWeights): SparseCounts {
  const { inputs, outputs, lanes, macroColumns, positions } = weights;
  const groups = Math.ceil(outputs / macroColumns);
  const windows = weights.rounds.length / groups;
  let [rounds, slots] = [0, 0];
  weights.rounds.forEach((count, tile) => {
    const columns = Math.min(macroColumns, outputs - Math.floor(tile / windows) * macroColumns);
    rounds += count;
    slots += count * columns * lanes;
  });
  const kept = positions.length;
  const denseRounds = groups * Math.ceil(inputs / lanes);
  return { kept, dense: inputs * outputs, rounds, denseRounds, slots, utilisation: slots === 0 ? 0 : kept / slots };
}

/** Sends every block through its butterfly and counts. Throws `ROUTE_CONFLICT` when the order of the stages lets two operands meet. */
export function routeCounts(weights: SparseWeights, order: StageOrder = 'least-first'): RouteCounts {
  const butterfly: Butterfly = { block: weights.block, order };
  let [routes, operands, crossings, driven] = [0, 0, 0, 0];
  for (const { output, block, wires, offset } of routesOf(weights)) {
    const route = routeBlock(butterfly, wires, offset);
    if (route.conflicts > 0) throw routeConflict(`output ${output}, block ${block}`, route.conflicts, butterfly);
    routes++;
    operands += wires.length;
    crossings += route.crossings;
    driven += route.driven;
  }
  return { routes, hops: operands * stagesOf(weights.block), crossings, driven };
}

/**
 * Bits that tell the butterflies where the kept weights lie. `bitmap`: one per input of each block and output. `index`: log2(block)
 * per lane of balanced blocks; of irregular ones a count per block and output, and log2(block) per kept weight. `switch`: one per
 * switch, for every round of an output, or where blocks are packed for every block, with a count of each.
 */
export function metadataBits(weights: SparseWeights, encoding: MetadataEncoding): number {
  const { outputs, block, lanes, fork, packing, macroColumns, positions } = weights;
  const stages = stagesOf(block);
  const blocks = blocksOf(weights) * outputs;
  if (encoding === 'bitmap') return blocks * block;
  const counts = blocks * (stages + 1);
  if (encoding === 'index') return fork === 'balanced' ? blocks * lanes * stages : counts + positions.length * stages;
  const switches = (block / 2) * stages;
  if (packing > 1) return counts + blocks * switches;
  const windows = blocksOf(weights);
  return weights.rounds.reduce((bits, rounds, tile) => {
    const columns = Math.min(macroColumns, outputs - Math.floor(tile / windows) * macroColumns);
    return bits + rounds * columns * switches;
  }, 0);
}
