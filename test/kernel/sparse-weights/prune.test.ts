import { describe, expect, it } from 'vitest';
import { pruneBalanced, pruneToDensity } from '../../../src/kernel/sparse-weights/prune.ts';
import { quantizeWeights } from '../../../src/kernel/sparse-weights/quantize.ts';
import { normals } from '../../support/kernel-case.ts';

describe('pruning to N of M', () => {
  it('keeps the largest of every block and output, ragged ones too', () => {
    const [inputs, outputs, block, lanes] = [22, 5, 8, 2];
    const weights = normals(inputs * outputs, 1);
    const kept = pruneBalanced({ inputs, outputs, block, lanes }, weights);
    for (let output = 0; output < outputs; output++) {
      for (let first = 0; first < inputs; first += block) {
        const column = Array.from(
          { length: Math.min(block, inputs - first) },
          (_, i) => (first + i) * outputs + output,
        );
        const largest = [...column].sort((a, b) => Math.abs(weights[b]!) - Math.abs(weights[a]!)).slice(0, lanes);
        for (const place of column) expect(kept[place]).toBe(largest.includes(place) ? weights[place] : 0);
      }
    }
  });

  it('keeps the first of equal weights', () => {
    expect(pruneBalanced({ inputs: 4, outputs: 1, block: 4, lanes: 2 }, [1, -1, 1, 1])).toEqual(
      Float32Array.of(1, -1, 0, 0),
    );
  });
});

describe('pruning to a density', () => {
  const size = { inputs: 20, outputs: 10 };
  const weights = normals(200, 2);
  const count = (values: Float32Array) => values.filter((value) => value !== 0).length;

  it('keeps the largest of the matrix', () => {
    const kept = pruneToDensity(size, weights, 0.3);
    expect(count(kept)).toBe(60);
    const least = Math.min(...Array.from(kept, Math.abs).filter((magnitude) => magnitude > 0));
    kept.forEach((value, i) => {
      expect(value).toBe(Math.abs(weights[i]!) >= least ? weights[i] : 0);
    });
  });

  it('keeps as many of every output', () => {
    const kept = pruneToDensity(size, weights, 0.25, 'output');
    for (let output = 0; output < 10; output++) expect(count(kept.filter((_, i) => i % 10 === output))).toBe(5);
  });

  it('keeps no more than it should of equal weights, and none or all at the ends', () => {
    expect(pruneToDensity({ inputs: 6, outputs: 1 }, [1, 2, 1, 1, 2, 1], 0.5)).toEqual(
      Float32Array.of(1, 2, 0, 0, 2, 0),
    );
    expect(count(pruneToDensity(size, weights, 0))).toBe(0);
    expect(pruneToDensity(size, weights, 1)).toEqual(weights);
  });

  it('rejects a density that is no share, another size, and values that are not finite', () => {
    expect(() => pruneToDensity(size, weights, 1.5)).toThrow('the density is 1.5');
    expect(() => pruneToDensity({ inputs: 3, outputs: 3 }, weights, 0.5)).toThrow(
      '200 weights for 3 inputs and 3 outputs',
    );
    expect(() => pruneBalanced({ inputs: 2, outputs: 2, block: 4, lanes: 1 }, [1, 2, Number.NaN, 4])).toThrow(
      'the weight of input 1, output 0 is NaN',
    );
  });
});

describe('quantised weights', () => {
  it('are within half a step, with the largest at 127 and zeros at 0', () => {
    const weights = normals(60, 3).map((value, i) => (i % 4 === 1 ? 0 : value));
    const { codes, scales } = quantizeWeights({ inputs: 15, outputs: 4 }, weights);
    // Output 1 is all zeros.
    expect(scales[1]).toBe(0);
    weights.forEach((weight, i) => {
      expect(Math.abs(weight - codes[i]! * scales[i % 4]!)).toBeLessThanOrEqual(scales[i % 4]! * (0.5 + 1e-5));
    });
    for (const output of [0, 2, 3])
      expect(
        Math.max(
          ...Array.from(
            codes.filter((_, i) => i % 4 === output),
            Math.abs,
          ),
        ),
      ).toBe(127);
  });

  it('may have one scale for the matrix', () => {
    const { codes, scales } = quantizeWeights({ inputs: 1, outputs: 3 }, [2, -1, 0.5], 'matrix');
    expect(scales).toEqual(new Float32Array(3).fill(2 / 127));
    expect(codes).toEqual(Int8Array.of(127, -64, 32));
  });
});
