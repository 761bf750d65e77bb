import type { Gpu } from '../../src/gpu/gpu.ts';
import { checkRoutes, planButterflyRoute } from '../../src/kernel/butterfly-route.ts';
import { type Butterfly, routeBlock } from '../../src/reference/butterfly-route.ts';
import { assert, assertEqual, folded, type KernelCase, unwritten } from '../support/kernel-case.ts';

/** Masks of up to 64 wires as pairs of words, with an offset each. */
interface Blocks {
  readonly masks: Uint32Array;
  readonly offsets: Uint32Array;
}

/** Butterflies against a gather for every mask of few wires, random masks of many, and the order that fails. */
export const butterflyRouteCases: readonly KernelCase[] = [
  ...[4, 8].map((block) => ({
    name: `butterfly-route of every mask and offset of ${block} wires`,
    run: (gpu: Gpu) => gathers(gpu, block, everyMask(block, everyOffset(block))),
  })),
  {
    name: 'butterfly-route of every mask and offset of 16 wires',
    async run(gpu) {
      for (const offset of everyOffset(16)) await gathers(gpu, 16, everyMask(16, [offset]));
    },
  },
  ...[2, 32, 64].map((block) => ({
    name: `butterfly-route of random masks of ${block} wires`,
    run: (gpu: Gpu) => gathers(gpu, block, randomMasks(block, 1000)),
  })),
  ...[1, 63, 64, 65].map((count) => ({
    name: `butterfly-route of ${count} blocks, as its reference counts`,
    async run(gpu: Gpu) {
      for (const order of ['least-first', 'most-first'] as const)
        for (const block of [8, 64]) await asReference(gpu, { block, order }, randomMasks(block, count));
    },
  })),
  {
    name: 'butterfly-route, highest stage first, conflicts on 64,129 of the masks of 16 wires',
    async run(gpu) {
      const butterfly: Butterfly = { block: 16, order: 'most-first' };
      const { counts } = await route(gpu, butterfly, everyMask(16, [0]));
      const conflicting = counts.filter((value, i) => i % 4 === 0 && value > 0).length;
      assert(conflicting === 64129, `${conflicting} masks conflict`);
      let message = '';
      try {
        checkRoutes(butterfly, counts);
      } catch (error) {
        message = (error as Error).message;
      }
      const first = counts.findIndex((value, i) => i % 4 === 0 && value > 0) / 4;
      assert(message.startsWith(`block ${first}: `) && message.includes('most-first'), `the error says '${message}'`);
    },
  },
  {
    name: 'butterfly-route with no blocks writes nothing',
    async run(gpu) {
      const { counts } = await route(gpu, { block: 8 }, { masks: new Uint32Array(0), offsets: new Uint32Array(0) }, 8);
      assert(counts[0] === 0xdeadbeef, 'something was written');
    },
  },
];

const everyOffset = (block: number) => Array.from({ length: block }, (_, offset) => offset);

function everyMask(block: number, offsets: readonly number[]): Blocks {
  const count = 2 ** block * offsets.length;
  return {
    masks: Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? (i / 2) % 2 ** block : 0)),
    offsets: Uint32Array.from({ length: count }, (_, i) => offsets[Math.floor(i / 2 ** block)]!),
  };
}

function randomMasks(block: number, count: number): Blocks {
  let state = block * 977 + count;
  const word = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.imul(state ^ (state >>> 15), 0x9e3779b1) >>> 0;
  };
  const inside = (half: number) => (block >= 32 * half + 32 ? 0xffffffff : half === 0 ? 2 ** block - 1 : 0);
  // Every third mask is sparse.
  const masks = Uint32Array.from(
    { length: 2 * count },
    (_, i) => word() & (i % 6 < 2 ? word() & word() : 0xffffffff) & inside(i % 2),
  );
  // Offsets go round.
  return { masks, offsets: Uint32Array.from({ length: count }, () => word() % (2 * block)) };
}

/** Operand of a wire of a block: no two alike, none 0. */
const operandOf = (index: number, wire: number, block: number) => (index * block + wire) * 2 + 1;

async function route(gpu: Gpu, butterfly: Butterfly, { masks, offsets }: Blocks, spare = 0) {
  const blocks = offsets.length;
  const { block } = butterfly;
  const operands = new Uint32Array(blocks * block);
  for (let i = 0; i < operands.length; i++) operands[i] = operandOf(0, i, block);
  const tensors = {
    operands: gpu.tensor(operands),
    masks: gpu.tensor(masks),
    offsets: gpu.tensor(offsets),
    routed: unwritten(gpu, 'u32', [blocks * block + spare]),
    counts: unwritten(gpu, 'u32', [4 * blocks + spare]),
  };
  const launch = planButterflyRoute({ ...butterfly, blocks, lanes: Math.min(4, block) });
  const batch = gpu.batch().run(blocks === 65 ? folded(launch) : launch, tensors);
  const read = { routed: batch.read<Uint32Array>(tensors.routed), counts: batch.read<Uint32Array>(tensors.counts) };
  await batch.submit();
  for (const tensor of Object.values(tensors)) tensor.destroy();
  return { routed: read.routed.values(), counts: read.counts.values() };
}

const kept = (masks: Uint32Array, index: number, wire: number) => (masks[2 * index + (wire >> 5)]! >>> (wire & 31)) & 1;

async function gathers(gpu: Gpu, block: number, blocks: Blocks): Promise<void> {
  const { routed, counts } = await route(gpu, { block }, blocks);
  checkRoutes({ block }, counts);
  const expected = new Uint32Array(block);
  for (let index = 0; index < blocks.offsets.length; index++) {
    expected.fill(0);
    let rank = 0;
    for (let wire = 0; wire < block; wire++) {
      if (kept(blocks.masks, index, wire))
        expected[(rank++ + blocks.offsets[index]!) % block] = operandOf(index, wire, block);
    }
    for (let wire = 0; wire < block; wire++) {
      if (routed[index * block + wire] !== expected[wire])
        throw new Error(
          `block ${index}, wire ${wire}: ${routed[index * block + wire]} left, expected ${expected[wire]}`,
        );
    }
    const rounds = Math.ceil(rank / Math.min(4, block));
    assert(counts[4 * index + 3] === rounds, `block ${index} takes ${counts[4 * index + 3]} rounds, not ${rounds}`);
  }
}

async function asReference(gpu: Gpu, butterfly: Butterfly, blocks: Blocks): Promise<void> {
  const { block } = butterfly;
  const { routed, counts } = await route(gpu, butterfly, blocks);
  for (let index = 0; index < blocks.offsets.length; index++) {
    const wires = everyOffset(block).filter((wire) => kept(blocks.masks, index, wire));
    const expected = routeBlock(butterfly, wires, blocks.offsets[index]);
    const left = Array.from(expected.sources, (source) => (source < 0 ? 0 : operandOf(index, source, block)));
    const what = `block ${index} of ${block} wires, ${butterfly.order}`;
    assertEqual(routed.subarray(index * block, (index + 1) * block), left, what);
    const { conflicts, crossings, driven } = expected;
    const rounds = Math.ceil(wires.length / 4);
    assertEqual(counts.subarray(4 * index, 4 * index + 4), [conflicts, crossings, driven, rounds], `${what}: counts`);
  }
}
