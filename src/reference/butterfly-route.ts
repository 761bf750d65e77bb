import { type CimError, fail } from '../errors.ts';

/** Which stage of a butterfly acts first: the one that settles the lowest bit of an operand's wire, or the highest. */
export type StageOrder = 'least-first' | 'most-first';

/** A butterfly of `block` wires, a power of two from 2 to 64; log2(block) stages of block / 2 two-by-two switches. */
export interface Butterfly {
  readonly block: number;
  /** Default `least-first`, the only order that brings every compaction through. */
  readonly order?: StageOrder;
}

/** What one block's way through a butterfly was. */
export interface Route {
  /** Wire on which the operand entered that left on each wire, -1 where none did; all -1 after a conflict. */
  readonly sources: Int32Array;
  /** 1 for a crossed switch, `[stage, switch]` with stages in the order in which they act; 0 for a switch that sees no operand. */
  readonly settings: Uint8Array;
  /** Switches whose two operands wanted the same wire, in the stage where that happened; 0 for a block that got through. */
  readonly conflicts: number;
  /** Operands that changed wires, and switches that saw an operand, summed over the stages up to a conflict. */
  readonly crossings: number;
  readonly driven: number;
}

/** Stages of a butterfly. Throws `BUTTERFLY_BLOCK` for a block that is no power of two from 2 to 64. */
export function stagesOf(block: number): number {
  const stages = Math.log2(block);
  if (Number.isInteger(stages) && stages >= 1 && stages <= 6) return stages;
  throw fail('BUTTERFLY_BLOCK', `a butterfly of ${block} wires`, 'use a power of two from 2 to 64');
}

/**
 * Moves operands through a butterfly as the switches do, stage by stage. The operand that enters on `wires[r]` (ascending)
 * is to leave on wire (r + offset) mod block: order-preserving compaction, turned by `offset`. Throws `BUTTERFLY_BLOCK`.
 */
export function routeBlock({ block, order = 'least-first' }: Butterfly, wires: ArrayLike<number>, offset = 0): Route {
  const stages = stagesOf(block);
  let sources = new Int32Array(block).fill(-1);
  const target = new Int32Array(block);
  for (let rank = 0; rank < wires.length; rank++) {
    sources[wires[rank]!] = wires[rank]!;
    target[wires[rank]!] = (rank + offset) & (block - 1);
  }
  const settings = new Uint8Array((stages * block) / 2);
  let [crossings, driven, conflicts] = [0, 0, 0];
  for (let step = 0; step < stages && conflicts === 0; step++) {
    const bit = stageBit(order, stages, step);
    const next = new Int32Array(block).fill(-1);
    for (let wire = 0; wire < block; wire++) {
      const source = sources[wire]!;
      if (source < 0) continue;
      const to = (wire & ~bit) | (target[source]! & bit);
      if (next[to]! >= 0) conflicts++;
      next[to] = source;
      const pair = switchOf(wire, bit);
      if (to !== wire) {
        crossings++;
        settings[(step * block) / 2 + pair] = 1;
      }
      // The lower wire of a pair counts for both where both carry an operand.
      if ((wire & bit) === 0 || sources[wire ^ bit]! < 0) driven++;
    }
    sources = next;
  }
  if (conflicts > 0) sources.fill(-1);
  return { sources, settings, conflicts, crossings, driven };
}

/** What leaves a butterfly whose switches are set: `operands` by wire, moved by `settings` as {@link Route} has them. */
export function replaySettings<Item>(
  { block, order = 'least-first' }: Butterfly,
  settings: ArrayLike<number>,
  operands: readonly Item[],
): Item[] {
  const stages = stagesOf(block);
  let wires = [...operands];
  for (let step = 0; step < stages; step++) {
    const bit = stageBit(order, stages, step);
    wires = wires.map((_, wire) => wires[settings[(step * block) / 2 + switchOf(wire, bit)] ? wire ^ bit : wire]!);
  }
  return wires;
}

/** The bit of a wire's number that a step's switches can change. */
function stageBit(order: StageOrder, stages: number, step: number): number {
  return 1 << (order === 'least-first' ? step : stages - 1 - step);
}

/** A wire's switch within its stage: the wire's number without the stage's bit. */
function switchOf(wire: number, bit: number): number {
  return ((wire & ~(2 * bit - 1)) >> 1) | (wire & (bit - 1));
}

/** The error for a block that can not get through: two operands wanted one wire. */
export function routeConflict(where: string, conflicts: number, { block, order = 'least-first' }: Butterfly): CimError {
  return fail(
    'ROUTE_CONFLICT',
    `${where}: ${conflicts} switches of a butterfly of ${block} wires had two operands for one wire, stages ${order}`,
    'let the stages act least-first, which brings every compaction through',
  );
}
