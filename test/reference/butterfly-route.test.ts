import { describe, expect, it } from 'vitest';
import { replaySettings, routeBlock, routeConflict, stagesOf } from '../../src/reference/butterfly-route.ts';

const wiresOf = (mask: number, block: number) =>
  Array.from({ length: block }, (_, wire) => wire).filter((wire) => (mask >>> wire) & 1);

/** What compaction is, without a butterfly: the operand of rank r on wire r + offset. */
function gathered(wires: readonly number[], block: number, offset: number): Int32Array {
  const out = new Int32Array(block).fill(-1);
  wires.forEach((wire, rank) => {
    out[(rank + offset) % block] = wire;
  });
  return out;
}

describe('the butterfly', () => {
  it.each([
    { block: 2, offsets: 2 },
    { block: 4, offsets: 4 },
    { block: 8, offsets: 8 },
    { block: 16, offsets: 1 },
  ])('brings every mask of $block wires where a gather would', ({ block, offsets }) => {
    for (let offset = 0; offset < offsets; offset++) {
      for (let mask = 0; mask < 2 ** block; mask++) {
        const wires = wiresOf(mask, block);
        const { sources, conflicts } = routeBlock({ block }, wires, offset);
        if (conflicts > 0 || sources.some((source, i) => source !== gathered(wires, block, offset)[i]))
          throw new Error(`mask ${mask.toString(2)}, offset ${offset}: ${sources}`);
      }
    }
  });

  it.each([32, 64])('brings random masks of %i wires where a gather would', (block) => {
    let state = 1;
    const bit = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 31;
    };
    for (let round = 0; round < 300; round++) {
      const wires = Array.from({ length: block }, (_, wire) => wire).filter(
        () => bit() & (round % 3 === 0 ? bit() : 1),
      );
      const offset = (round * 7) % block;
      const { sources, conflicts } = routeBlock({ block }, wires, offset);
      expect(conflicts).toBe(0);
      expect(sources).toEqual(gathered(wires, block, offset));
    }
  });

  it('needs its lowest stage first: of 16 wires 64,129 masks conflict the other way round', () => {
    let conflicting = 0;
    for (let mask = 0; mask < 65536; mask++) {
      const route = routeBlock({ block: 16, order: 'most-first' }, wiresOf(mask, 16));
      if (route.conflicts === 0) continue;
      conflicting++;
      if (route.sources.some((source) => source >= 0)) throw new Error('a block in conflict left something');
    }
    expect(conflicting).toBe(64129);
  });

  it('counts operands that cross and switches that see any', () => {
    // 3 moves to wire 0: at both stages it is alone in its switch and crosses.
    expect(routeBlock({ block: 4 }, [3])).toMatchObject({
      crossings: 2,
      driven: 2,
      settings: Uint8Array.of(0, 1, 1, 0),
    });
    // 0 and 1 stay where they are, in one switch and then in two.
    expect(routeBlock({ block: 4 }, [0, 1])).toMatchObject({ crossings: 0, driven: 3 });
    expect(routeBlock({ block: 4 }, [])).toMatchObject({
      crossings: 0,
      driven: 0,
      sources: new Int32Array(4).fill(-1),
    });
  });

  it('does by its settings alone what it did by the targets', () => {
    for (let mask = 0; mask < 256; mask++) {
      const wires = wiresOf(mask, 8);
      const { sources, settings } = routeBlock({ block: 8 }, wires, mask % 8);
      const left = replaySettings({ block: 8 }, settings, [0, 1, 2, 3, 4, 5, 6, 7]);
      sources.forEach((source, wire) => {
        if (source >= 0) expect(left[wire]).toBe(source);
      });
    }
  });

  it('is built of powers of two up to 64', () => {
    expect([2, 16, 64].map(stagesOf)).toEqual([1, 4, 6]);
    for (const block of [0, 1, 12, 128]) expect(() => stagesOf(block)).toThrow(`a butterfly of ${block} wires`);
  });

  it('has an error that says where, how many and what to do', () => {
    expect(routeConflict('output 3', 2, { block: 16, order: 'most-first' })).toMatchObject({
      code: 'ROUTE_CONFLICT',
      what: 'output 3: 2 switches of a butterfly of 16 wires had two operands for one wire, stages most-first',
    });
  });
});
