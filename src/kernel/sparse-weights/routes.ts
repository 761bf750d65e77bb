import type { SparseWeights } from './compile.ts';
import { blocksOf } from './shape.ts';

/** One block of one output on its way through the output's butterfly. */
export interface BlockRoute {
  readonly output: number;
  readonly block: number;
  /** Round of the tile in which the first operand is multiplied. */
  readonly round: number;
  /** Wires on which operands enter, ascending: kept inputs, counted from the start of the block. */
  readonly wires: readonly number[];
  /** Wire on which the first of them leaves. */
  readonly offset: number;
}

/** What the lanes of a tile multiply, round by round: `[rounds, columns, lanes]`. */
export interface TileLanes {
  readonly rounds: number;
  /** Outputs of the tile from `firstOutput` on; fewer than `macroColumns` in the last. */
  readonly firstOutput: number;
  readonly columns: number;
  /** Weight codes, 0 in idle lanes, and the input of each, -1 in idle lanes. */
  readonly codes: Int8Array;
  readonly inputs: Int32Array;
}

/**
 * Every route that the weights take, output by output. A block by itself sends at most `lanes` operands a round, to the first
 * wires. Packed blocks send all at once, turned so that each continues where the one before ended; a round takes `lanes` wires.
 */
export function* routesOf(weights: SparseWeights): Generator<BlockRoute> {
  const { outputs, block, lanes, packing } = weights;
  for (let output = 0; output < outputs; output++) {
    let filled = 0;
    for (let b = 0; b < blocksOf(weights); b++) {
      if (b % packing === 0) filled = 0;
      const wires = wiresOf(weights, output, b);
      const most = packing === 1 ? lanes : block;
      for (let first = 0; first < wires.length; first += most) {
        const some = wires.slice(first, first + most);
        yield {
          output,
          block: b,
          round: Math.floor((filled + first) / lanes),
          wires: some,
          offset: packing === 1 ? 0 : filled % block,
        };
      }
      filled += wires.length;
    }
  }
}

/** The kept inputs of an output's block, counted from the start of the block. */
export function wiresOf({ starts, positions, block }: SparseWeights, output: number, index: number): number[] {
  const wires: number[] = [];
  const end = starts[output + 1]!;
  for (let at = firstFrom(positions, starts[output]!, end, index * block); at < end; at++) {
    const wire = positions[at]! - index * block;
    if (wire >= block) break;
    wires.push(wire);
  }
  return wires;
}

/** The dense lanes of a tile: outputs `group` x `macroColumns` and on, window `window` of `packing` blocks. */
export function tileLanes(weights: SparseWeights, group: number, window: number): TileLanes {
  const { outputs, block, lanes, packing, macroColumns, starts, positions, codes: kept } = weights;
  const windows = Math.ceil(blocksOf(weights) / packing);
  const rounds = weights.rounds[group * windows + window]!;
  const firstOutput = group * macroColumns;
  const columns = Math.min(macroColumns, outputs - firstOutput);
  const codes = new Int8Array(rounds * columns * lanes);
  const inputs = new Int32Array(codes.length).fill(-1);
  const span = block * packing;
  for (let column = 0; column < columns; column++) {
    const end = starts[firstOutput + column + 1]!;
    const first = firstFrom(positions, starts[firstOutput + column]!, end, window * span);
    for (let at = first; at < end && positions[at]! < (window + 1) * span; at++) {
      const round = Math.floor((at - first) / lanes);
      const slot = (round * columns + column) * lanes + ((at - first) % lanes);
      codes[slot] = kept[at]!;
      inputs[slot] = positions[at]!;
    }
  }
  return { rounds, firstOutput, columns, codes, inputs };
}

/** The first place from `start` on whose input is at least `input`, or `end`; inputs ascend. */
function firstFrom(positions: Uint32Array, start: number, end: number, input: number): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (positions[middle]! < input) low = middle + 1;
    else high = middle;
  }
  return low;
}
