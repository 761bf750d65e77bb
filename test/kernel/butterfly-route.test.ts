import { describe, expect, it } from 'vitest';
import { checkRoutes, planButterflyRoute } from '../../src/kernel/butterfly-route.ts';

describe('planButterflyRoute', () => {
  it('rejects butterflies that can not be built and rounds of no lanes', () => {
    expect(() => planButterflyRoute({ blocks: 1, block: 12, lanes: 4 })).toThrow('a butterfly of 12 wires');
    expect(() => planButterflyRoute({ blocks: 1, block: 16, lanes: 17 })).toThrow('17 lanes behind 16 wires');
    expect(() => planButterflyRoute({ blocks: 1, block: 16, lanes: 0 })).toThrow('0 lanes behind 16 wires');
  });

  it('asks for what a run holds', () => {
    const { elements, workgroups } = planButterflyRoute({ blocks: 65, block: 16, lanes: 4 });
    expect(elements).toEqual({ operands: 1040, masks: 130, offsets: 65, routed: 1040, counts: 260 });
    expect(workgroups).toEqual([2, 1, 1]);
  });
});

describe('checkRoutes', () => {
  it('names the first block in conflict', () => {
    const counts = Uint32Array.of(0, 9, 9, 1, 3, 9, 9, 1, 1, 9, 9, 1);
    expect(() => checkRoutes({ block: 16, order: 'most-first' }, counts)).toThrow('block 1: 3 switches');
    checkRoutes({ block: 16 }, counts.subarray(0, 4));
  });
});
