import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrateThresholds } from '../../src/accelerator/calibrate-thresholds.ts';
import { type ThresholdList, thresholdTable } from '../../src/accelerator/thresholds.ts';
import { parseThresholds } from '../../src/study/thresholds-file.ts';
import { normals } from '../support/kernel-case.ts';

describe('a table of thresholds', () => {
  it('spreads a number per layer over its heads, and takes a list per layer as it is', () => {
    expect([...thresholdTable([1, -2], 2, 3).values]).toEqual([1, 1, 1, -2, -2, -2]);
    expect([...thresholdTable([[1, 2], [3, 4]], 2, 2).values]).toEqual([1, 2, 3, 4]); // biome-ignore format: a matrix
  });

  it.each<[string, unknown, string]>([
    ['NaN', [1, Number.NaN], 'thresholds[1] is null'],
    [
      'infinity',
      [
        [1, Number.POSITIVE_INFINITY],
        [0, 0],
      ],
      'thresholds[0][1]',
    ],
    ['what float32 can not hold', [1e39, 0], 'thresholds[0]'],
    ['text', ['1', 0], 'thresholds[0] is "1"'],
    ['nothing', [], 'no list'],
    ['too few layers', [1], '1 thresholds for 2 layers'],
    ['too many layers', [1, 2, 3], '3 thresholds for 2 layers'],
    ['too few heads', [[1], [2]], 'layer 0 has 1 thresholds for 2 heads'],
  ])('refuses %s', (_, list, what) => {
    const failure = expect.objectContaining({ kind: 'input', code: 'THRESHOLDS', what: expect.stringContaining(what) });
    expect(() => thresholdTable(list as ThresholdList, 2, 2)).toThrow(failure);
  });
});

describe('a thresholds file', () => {
  const good = { units: 'q.k/sqrt(headDim)', granularity: 'layer', thresholds: [1, 2], always_keep: 'diagonal' };

  it('is read as it comes with a checkpoint', async () => {
    const text = await readFile(new URL('../models/gpt2-bytes-pruned/thresholds.json', import.meta.url), 'utf8');
    expect(parseThresholds(text, 'thresholds.json')).toHaveLength(4);
  });

  it.each<[string, object, string]>([
    ['other units', { ...good, units: 'logits' }, 'units is "logits"'],
    ['no units', { ...good, units: undefined }, 'units is undefined'],
    ['an unknown key', { ...good, treshold: 1 }, '"treshold" is not known'],
    ['another rule', { ...good, always_keep: 'first' }, 'always_keep is "first"'],
    ['another granularity', { ...good, granularity: 'token' }, 'granularity is "token"'],
    ['lists where a number per layer was said', { ...good, thresholds: [[1], [2]] }, 'thresholds[0] is a list'],
    ['numbers where a list per layer was said', { ...good, granularity: 'head' }, 'thresholds[0] is a single value'],
    ['no list', { ...good, thresholds: 3 }, 'thresholds is no list'],
    ['a missing number', { ...good, thresholds: [1, null] }, 'thresholds[1] is null'],
  ])('is refused with %s', (_, file, what) => {
    const failure = expect.objectContaining({ kind: 'input', what: expect.stringContaining(what) });
    expect(() => parseThresholds(JSON.stringify(file), 'file.json')).toThrow(failure);
  });

  it('is refused when it is no JSON', () => {
    expect(() => parseThresholds('{', 'file.json')).toThrow(expect.objectContaining({ code: 'THRESHOLDS_FILE' }));
  });
});

describe('calibration', () => {
  const sizes = { sets: 2, heads: 3, queries: 40, keys: 40, dim: 16, causal: true };
  const samples = [1, 2].map((layer) => ({
    q: normals(sizes.sets * sizes.heads * 40 * 16, layer),
    k: normals(sizes.sets * sizes.heads * 40 * 16, layer + 10),
  }));

  it.each(['layer', 'head'] as const)('keeps the share asked for, per %s', (per) => {
    fc.assert(
      fc.property(fc.double({ min: 0.08, max: 0.98, noNaN: true }), (keepRatio) => {
        const { values } = calibrateThresholds(samples, { ...sizes, keepRatio, per });
        for (const [layer, { q, k }] of samples.entries()) {
          const heads = [0, 1, 2].map((head) => keptShare(q, k, head, values[layer * 3 + head]!));
          const shares = per === 'head' ? heads : [heads.reduce((sum, share) => sum + share, 0) / 3];
          // One pair more or less at the edge; ties of integer estimates may add a few.
          for (const share of shares) expect(Math.abs(share - keepRatio)).toBeLessThan(0.01);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('refuses to work on nothing', () => {
    const call = () => calibrateThresholds([], { ...sizes, keepRatio: 0.5, per: 'layer' });
    expect(call).toThrow(expect.objectContaining({ code: 'CALIBRATE' }));
  });

  /** Share of the visible pairs of one head that a threshold keeps, by the definition of the estimate. */
  function keptShare(q: Float32Array, k: Float32Array, head: number, threshold: number): number {
    let kept = 0;
    let visible = 0;
    for (let s = 0; s < sizes.sets; s++) {
      const [a, b] = [q, k].map((x) => {
        const part = [...x.subarray((s * 3 + head) * 640, (s * 3 + head + 1) * 640)];
        const scale = Math.max(...part.map(Math.abs)) / 127;
        return part.map((value) => (16 * Math.floor(Math.round(value / scale) / 16) + 7.5) * scale);
      }) as [number[], number[]];
      for (let i = 0; i < 40; i++) {
        for (let j = 0; j <= i; j++) {
          const estimate = a.slice(16 * i, 16 * i + 16).reduce((sum, x, d) => sum + x * b[16 * j + d]!, 0) / 4;
          kept += Number(j === i || estimate >= threshold);
          visible++;
        }
      }
    }
    return kept / visible;
  }
});
