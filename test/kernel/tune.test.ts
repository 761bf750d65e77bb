import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { linearVariant, linearVariants, usualLinearVariant } from '../../src/kernel/linear-variant.ts';
import { tunables } from '../../src/kernel/tunable.ts';
import { tune, useVariants } from '../../src/kernel/tune.ts';
import { openNodeDevice } from '../../src/node.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openNodeDevice();
});
afterAll(() => gpu.close());

/** A clock by which the work in this order of shaders takes these times: read once before and once after each sample. */
function clockOf(...samplesMs: readonly number[]): () => number {
  let reads = 0;
  let at = 0;
  return () => {
    if (reads++ % 2 === 1) at += samplesMs[Math.min(samplesMs.length - 1, reads / 2 - 1)]!;
    return at;
  };
}

describe('tune', () => {
  it('names a shader that the device can run for every kernel with a choice, and has it used', async () => {
    const chosen = await tune(gpu);
    expect(Object.keys(chosen)).toEqual(tunables.map(({ kernel }) => kernel));
    for (const { kernel, possible } of tunables) expect(possible(gpu)).toContain(chosen[kernel]);
    expect(gpu.adapter.variants).toEqual(chosen);
    expect(linearVariant(gpu)).toBe(chosen['linear']);
  });

  it('keeps the usual shader where all take the same time', async () => {
    const chosen = await tune(gpu, clockOf(10));
    for (const { kernel, usual } of tunables) expect(chosen[kernel]).toBe(usual(gpu));
  });

  it('takes another one that is clearly ahead, and not one that is hardly ahead', async () => {
    const possible = linearVariants(gpu);
    const usual = usualLinearVariant(gpu);
    const other = possible.find((variant) => variant !== usual)!;
    // Two samples of the usual one come first; then all in turn.
    const turns = (ms: number) => possible.map((variant) => (variant === other ? ms : 10));
    const rounds = (ms: number) => Array.from({ length: 5 }, () => turns(ms)).flat();
    expect((await tune(gpu, clockOf(10, 10, ...rounds(5), 10)))['linear']).toBe(other);
    expect((await tune(gpu, clockOf(10, 10, ...rounds(9.5), 10)))['linear']).toBe(usual);
  });

  it('leaves no tensors behind', async () => {
    const before = gpu.memory.bytes;
    await tune(gpu, clockOf(10));
    expect(gpu.memory.bytes).toBe(before);
  });
});

describe('useVariants', () => {
  it('refuses what the device does not have and changes nothing', () => {
    useVariants(gpu, { linear: 'tile' });
    expect(linearVariant(gpu)).toBe('tile');
    expect(() => useVariants(gpu, { linear: 'tiles' })).toThrow(/no shader 'tiles'.*use .*tile/);
    expect(() => useVariants(gpu, { attention: 'pair' })).toThrow(/'attention'.*linear/);
    expect(linearVariant(gpu)).toBe('tile');
    useVariants(gpu, {});
    expect(linearVariant(gpu)).toBe(usualLinearVariant(gpu));
  });
});
