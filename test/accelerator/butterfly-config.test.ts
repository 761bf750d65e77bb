import { describe, expect, it } from 'vitest';
import { type ButterflyConfig, resolveButterfly, spanOf } from '../../src/accelerator/butterfly-config.ts';

describe('resolveButterfly', () => {
  it('is the reconstruction where nothing is said, also where that is said aloud', () => {
    expect(resolveButterfly({ block: undefined, headline: { toggle: 0.5 } })).toMatchObject({
      block: 16,
      lanes: 4,
      fork: 'auto',
      packing: 1,
      metadata: 'bitmap',
      spans: 128,
      skipper: true,
      spanReuse: true,
      qkSharing: false,
      capacityKb: 144,
      supplyV: 0.9,
      headline: { sparsity: 0.75, supplyV: 0.65, toggle: 0.5 },
    });
  });

  it('takes what is given', () => {
    const given: ButterflyConfig = {
      fork: 'irregular',
      packing: 16,
      spans: [[1, 2]],
      skipper: false,
      clockMhz: 250,
      operandBits: 32,
      linearBits: 32,
      prune: 0.25,
      heads: 4,
    };
    expect(resolveButterfly(given)).toMatchObject(given);
  });

  it.each<[ButterflyConfig, string]>([
    [{ block: 12 }, 'block is 12'],
    [{ block: 128 }, 'block is 128'],
    [{ lanes: 3 }, 'lanes is 3'],
    [{ block: 8, lanes: 16 }, 'lanes is 16'],
    [{ treeInputs: 2 }, 'treeInputs is 2'],
    [{ packing: 0 }, 'packing is 0'],
    [{ fork: 'balanced', packing: 2 }, 'packing is 2 with balanced'],
    [{ macros: 0 }, 'macros is 0'],
    [{ macroColumns: 1.5 }, 'macroColumns is 1.5'],
    [{ capacityKb: -1 }, 'capacityKb is -1'],
    [{ bufferKb: 0 }, 'bufferKb is 0'],
    [{ softmaxUnits: 0 }, 'softmaxUnits is 0'],
    [{ tileQueries: 0 }, 'tileQueries is 0'],
    [{ spans: 0 }, 'spans is 0'],
    [{ spans: [] }, 'spans is empty'],
    [{ spans: [[4, 0]] }, 'spans[0][1] is 0'],
    [{ spans: [3, 0.5] }, 'spans[1] is 0.5'],
    [{ spans: { share: 0 } }, 'spans is {"share":0}'],
    [{ spans: {} as { share: number } }, 'spans is {}'],
    [{ operandBits: 16 as 8 }, 'operandBits is 16'],
    [{ linearBits: 4 as 8 }, 'linearBits is 4'],
    [{ prune: 0 }, 'prune is 0'],
    [{ prune: 'irregular' as 'balanced' }, 'prune is "irregular"'],
    [{ heads: 0 }, 'heads is 0'],
    [{ fork: 'none' as 'balanced' }, "fork is 'none'"],
    [{ metadata: 'none' as 'bitmap' }, "metadata is 'none'"],
    [{ skipper: 1 as unknown as boolean }, 'skipper is 1'],
    [{ supplyV: 0 }, 'supplyV is 0'],
    [{ clockMhz: Number.NaN }, 'clockMhz is NaN'],
    [{ toggle: 1.1 }, 'toggle is 1.1'],
    [{ headline: { sparsity: 1 } }, 'headline.sparsity is 1'],
    [{ headline: { sparsity: 75 } }, 'headline.sparsity is 75'],
    [{ headline: { supplyV: -1 } }, 'headline.supplyV is -1'],
    [{ headline: { toggle: -1 } }, 'headline.toggle is -1'],
  ])('rejects %j', (config, what) => {
    expect(() => resolveButterfly(config)).toThrow(
      expect.objectContaining({ code: 'BUTTERFLY_CONFIG', what: expect.stringContaining(`butterfly.${what}`) }),
    );
  });
});

describe('spanOf', () => {
  it('is at most the keys that there are', () => {
    expect(spanOf(128, 3, 1, 64)).toBe(64);
    expect(spanOf([[5], [6, 7]], 1, 1, 64)).toBe(7);
    expect(spanOf([5, 6], 1, 1, 64)).toBe(6);
    expect(spanOf({ share: 0.3 }, 1, 1, 64)).toBe(20);
  });

  it('misses no head', () => {
    expect(() => spanOf([[5]], 0, 1, 64)).toThrow(expect.objectContaining({ code: 'BUTTERFLY_CONFIG' }));
    expect(() => spanOf([[5]], 1, 0, 64)).toThrow(expect.objectContaining({ code: 'BUTTERFLY_CONFIG' }));
  });
});
