import { fail } from '../errors.ts';
import { foldGrid, type Launch } from '../gpu/launch.ts';
import { type Butterfly, routeConflict, stagesOf } from '../reference/butterfly-route.ts';
import { shaders } from '../shader/embedded.ts';

/** What a block did, as four numbers of `counts`. */
export const routeCount = { conflicts: 0, crossings: 1, driven: 2, rounds: 3 } as const;

/**
 * Plans sending the kept operands of blocks through butterflies, in order, to the wires from an offset on. Binds `operands`
 * `[blocks, block]` (any 32 bits), `masks` `[blocks, 2]` (bit i of the first word is wire i), `offsets` `[blocks]`, `routed`
 * `[blocks, block]` and `counts` `[blocks, 4]`, see {@link routeCount}. Throws `BUTTERFLY_BLOCK`, and `BUTTERFLY_LANES` for no lanes.
 */
export function planButterflyRoute(
  problem: Butterfly & {
    readonly blocks: number;
    /** Operands that a round takes, for the count of rounds. */
    readonly lanes: number;
  },
): Launch {
  const { blocks, block, lanes, order = 'least-first' } = problem;
  const stages = stagesOf(block);
  if (!(Number.isInteger(lanes) && lanes >= 1 && lanes <= block))
    throw fail('BUTTERFLY_LANES', `${lanes} lanes behind ${block} wires`, 'use a whole number from 1 to the wires');
  return {
    program: shaders['butterfly-route'],
    entry: 'main',
    constants: { STAGES: stages, MOST_FIRST: order === 'most-first' ? 1 : 0 },
    params: { blocks, lanes },
    workgroups: [...foldGrid(Math.ceil(blocks / 64)), 1],
    elements: {
      operands: blocks * block,
      masks: 2 * blocks,
      offsets: blocks,
      routed: blocks * block,
      counts: 4 * blocks,
    },
  };
}

/** Throws `ROUTE_CONFLICT` with the first block whose operands met on a wire, by the `counts` of a run. */
export function checkRoutes(butterfly: Butterfly, counts: Uint32Array): void {
  for (let at = routeCount.conflicts; at < counts.length; at += 4) {
    if (counts[at]! > 0) throw routeConflict(`block ${(at - routeCount.conflicts) / 4}`, counts[at]!, butterfly);
  }
}
