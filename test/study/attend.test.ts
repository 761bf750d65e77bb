import { describe, expect, it } from 'vitest';
import type { ThresholdList } from '../../src/accelerator/thresholds.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { attend } from '../../src/study/attend.ts';
import type { AttendInput } from '../../src/study/result.ts';

const input: AttendInput = {
  accelerator: 'hardsea',
  batch: 1,
  heads: 1,
  queries: 2,
  keys: 2,
  dim: 4,
  causal: false,
  q: new Float32Array(8),
  k: new Float32Array(8),
  v: new Float32Array(8),
  config: {},
  chips: 1,
  seed: 1,
};
const thresholds = (list: ThresholdList) => ({ accelerator: 'sprint', config: { thresholds: list } });
// Whatever is asked of it fails, so that what is rejected was rejected before any GPU work.
const none = new Proxy({} as Gpu, {
  get: () => {
    throw new Error('the GPU was used');
  },
});

describe('attend rejects, before any GPU work,', () => {
  it.each([
    ['an accelerator that is not there', { accelerator: 'abacus' }, 'ATTEND_ACCELERATOR'],
    ['a negative seed', { seed: -1 }, 'ATTEND_SEED'],
    ['a seed of more than 32 bits', { seed: 2 ** 32 }, 'ATTEND_SEED'],
    ['no seed', { seed: undefined }, 'ATTEND_SEED'],
    ['a plain array', { q: Array(8).fill(0) }, 'ATTEND_VALUE'],
    ['no values', { v: undefined }, 'ATTEND_VALUE'],
    ['too few values', { k: new Float32Array(7) }, 'ATTEND_SIZE'],
    ['a threshold that is no number', thresholds([Number.NaN]), 'THRESHOLDS'],
    ['too many thresholds', thresholds([1, 2]), 'THRESHOLDS'],
    ['thresholds for other heads', thresholds([[1, 2, 3]]), 'THRESHOLDS'],
    ['lengths of padding for a machine that knows none', { lengths: new Uint32Array(1).fill(1) }, 'ATTEND_LENGTHS'],
    ['too many lengths', { ...thresholds([1]), lengths: new Uint32Array(2).fill(1) }, 'ATTEND_LENGTHS'],
    ['a length of nothing', { ...thresholds([1]), lengths: new Uint32Array(1) }, 'ATTEND_LENGTHS'],
    ['a length past the keys', { ...thresholds([1]), lengths: new Uint32Array(1).fill(99) }, 'ATTEND_LENGTHS'],
    ['no chip', { chips: 0 }, 'ATTEND_SIZE'],
    ['NaN', { k: new Float32Array(8).fill(Number.NaN) }, 'ATTEND_VALUE'],
  ])('%s', async (_, change, code) => {
    await expect(attend(none, { ...input, ...change } as AttendInput)).rejects.toMatchObject({ code, kind: 'input' });
  });

  it('nothing that is right', async () => {
    await expect(attend(none, { ...input, config: { subspaces: 4 } })).rejects.toThrow('the GPU was used');
  });
});
