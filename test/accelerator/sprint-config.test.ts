import { describe, expect, it } from 'vitest';
import { resolveSprint, type SprintConfig } from '../../src/accelerator/sprint-config.ts';
import { bufferVectors } from '../../src/accelerator/sprint-traffic.ts';

describe('resolveSprint', () => {
  it('builds the smallest machine of the paper where nothing is said', () => {
    expect(resolveSprint()).toMatchObject({
      bufferKb: 16,
      corelets: 1,
      rows: 64,
      msbBits: 4,
      queryBits: 4,
      device: { name: 'ideal' },
      comparator: { name: 'ideal' },
      thresholds: undefined,
      keepRatio: 0.25,
      recompute: true,
      eviction: 'resident',
      barrier: 'query',
      thresholdCycles: 8,
      bankCycles: 8,
    });
  });

  it.each([
    ['S', 16, 1],
    ['M', 32, 2],
    ['L', 64, 4],
  ] as const)('knows the size %s', (size, bufferKb, corelets) => {
    expect(resolveSprint({ size })).toMatchObject({ bufferKb, corelets });
  });

  it('keeps as many pairs of key and value as the buffer has bytes for', () => {
    expect(bufferVectors(resolveSprint({ size: 'S' }), 64)).toBe(128);
    expect(bufferVectors(resolveSprint({ bufferKb: 1 }), 100)).toBe(5);
    expect(bufferVectors(resolveSprint({ bufferKb: 0.01 }), 64)).toBe(1);
  });

  it('lets the machine without pruning evict as the pruning one does, unless told otherwise', () => {
    expect(resolveSprint({ eviction: 'lru' }).baselineEviction).toBe('lru');
    expect(resolveSprint({ baselineEviction: 'lru' })).toMatchObject({ eviction: 'resident', baselineEviction: 'lru' });
  });

  it('has comparators with errors beside cells with errors, unless told otherwise', () => {
    expect(resolveSprint({ device: 'hfox-milo' }).comparator.name).toBe('sprint-assumed');
    expect(resolveSprint({ device: 'hfox-milo', comparator: 'ideal' }).comparator.name).toBe('ideal');
    expect(resolveSprint({ comparator: { offsetSigmaLsb: 2 } }).comparator.offsetSigmaLsb).toBe(2);
  });

  it('takes thresholds in place of a share to keep', () => {
    expect(resolveSprint({ thresholds: [0.5, [1, 2]] as never })).toMatchObject({ keepRatio: undefined });
  });

  it.each<[string, SprintConfig]>([
    ['sprint.size is', { size: 'XL' as never }],
    ['size and bufferKb', { size: 'S', bufferKb: 16 }],
    ['size and corelets', { size: 'S', corelets: 2 }],
    ['thresholds and keepRatio', { thresholds: [1], keepRatio: 0.5 }],
    ['bufferKb', { bufferKb: 0 }],
    ['corelets', { corelets: 0 }],
    ['rows', { rows: 2.5 }],
    ['msbBits', { msbBits: 1 }],
    ['queryBits', { queryBits: 9 }],
    ['keepRatio', { keepRatio: 0 }],
    ['granularity', { granularity: 'token' as never }],
    ['margin', { margin: -1 }],
    ['eviction', { eviction: 'random' as never }],
    ['baselineEviction', { baselineEviction: 'fifo' as never }],
    ['banks', { banks: 0 }],
    ['bankCycles', { bankCycles: -1 }],
    ['thresholdCycles', { thresholdCycles: 0.5 }],
    ['prefetch', { prefetch: 1 as never }],
    ['barrier', { barrier: 'layer' as never }],
  ])('rejects %s', (what, config) => {
    expect(() => resolveSprint(config)).toThrow(
      expect.objectContaining({ code: 'SPRINT_CONFIG', what: expect.stringContaining(what) }),
    );
  });

  it('rejects thresholds that are no numbers', () => {
    expect(() => resolveSprint({ thresholds: [Number.NaN] })).toThrow(expect.objectContaining({ code: 'THRESHOLDS' }));
  });
});
