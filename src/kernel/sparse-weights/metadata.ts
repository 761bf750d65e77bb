import {
  type Butterfly,
  routeBlock,
  routeConflict,
  type StageOrder,
  stagesOf,
} from '../../reference/butterfly-route.ts';
import type { SparseWeights } from './compile.ts';
import { type MetadataEncoding, metadataBits } from './counts.ts';
import { type BlockRoute, routesOf, wiresOf } from './routes.ts';
import { blocksOf } from './shape.ts';

/** Settings of the butterflies as a bit string: bit i is bit i mod 32 of word i / 32. */
export interface Metadata {
  readonly encoding: MetadataEncoding;
  readonly bits: number;
  readonly words: Uint32Array;
}

/**
 * Writes where the kept weights lie, output by output and block by block, numbers lowest bit first; {@link metadataBits} says
 * how many bits. `bitmap`: the block's mask. `index`: wire numbers, in balanced blocks one per lane and 0 in idle lanes, else after
 * their count. `switch`: settings stage by stage, all 0 for a round that an output does not need, of packed blocks after the count.
 * Throws `ROUTE_CONFLICT` when the order of the stages lets two operands meet.
 */
export function encodeMetadata(
  weights: SparseWeights,
  encoding: MetadataEncoding,
  order: StageOrder = 'least-first',
): Metadata {
  const bits = metadataBits(weights, encoding);
  const words = new Uint32Array(Math.ceil(bits / 32));
  let at = 0;
  const write = (value: number, width: number) => {
    for (let i = 0; i < width; i++, at++) words[at >> 5]! |= ((value >> i) & 1) << (at & 31);
  };
  if (encoding === 'switch') writeSettings(weights, order, write);
  else {
    for (let output = 0; output < weights.outputs; output++) {
      for (let b = 0; b < blocksOf(weights); b++) writeWires(weights, encoding, wiresOf(weights, output, b), write);
    }
  }
  return { encoding, bits, words };
}

type Write = (value: number, width: number) => void;

function writeWires(
  { block, lanes, fork }: SparseWeights,
  encoding: 'bitmap' | 'index',
  wires: readonly number[],
  write: Write,
): void {
  const stages = stagesOf(block);
  if (encoding === 'bitmap') {
    const kept = new Set(wires);
    for (let wire = 0; wire < block; wire++) write(kept.has(wire) ? 1 : 0, 1);
    return;
  }
  if (fork === 'irregular') write(wires.length, stages + 1);
  for (const wire of wires) write(wire, stages);
  if (fork === 'balanced') write(0, (lanes - wires.length) * stages);
}

function writeSettings(weights: SparseWeights, order: StageOrder, write: Write): void {
  const { outputs, block, packing, macroColumns, rounds } = weights;
  const butterfly: Butterfly = { block, order };
  const stages = stagesOf(block);
  const routes = routesOf(weights);
  let next = routes.next();
  const send = ({ output, block: b, wires, offset }: BlockRoute) => {
    const route = routeBlock(butterfly, wires, offset);
    if (route.conflicts > 0) throw routeConflict(`output ${output}, block ${b}`, route.conflicts, butterfly);
    for (const setting of route.settings) write(setting, 1);
  };
  for (let output = 0; output < outputs; output++) {
    for (let b = 0; b < blocksOf(weights); b++) {
      const windows = blocksOf(weights);
      const slots = packing > 1 ? 1 : rounds[Math.floor(output / macroColumns) * windows + b]!;
      if (packing > 1) write(wiresOf(weights, output, b).length, stages + 1);
      for (let slot = 0; slot < slots; slot++) {
        const route = next.value as BlockRoute | undefined;
        if (route !== undefined && route.output === output && route.block === b) {
          send(route);
          next = routes.next();
        } else write(0, (block / 2) * stages);
      }
    }
  }
}
