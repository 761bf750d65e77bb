import { describe, expect, it } from 'vitest';
import { planLinearInt8, rowWords } from '../../src/kernel/linear-int8.ts';
import { planQuantizeTokens, tokenWords } from '../../src/kernel/quantize-tokens.ts';
import { planSparseLinear, sparseOperand } from '../../src/kernel/sparse-linear.ts';
import { compileWeights } from '../../src/kernel/sparse-weights/compile.ts';
import { prunedMatrix } from './sparse-weights/pruned-matrix.ts';

describe('sparseOperand', () => {
  it('holds a word for every kept weight, in fours, with the sum of the codes', () => {
    const matrix = new Float32Array(20 * 3);
    for (let input = 0; input < 9; input++) matrix[input * 3] = input === 0 ? -127 : 1;
    matrix[19 * 3 + 2] = 127;
    const { entries, columns } = sparseOperand(
      compileWeights({ inputs: 20, outputs: 3, fork: 'irregular' }, matrix, 'matrix'),
    );
    const one = new Int32Array(Float32Array.of(1).buffer)[0];
    expect(columns).toEqual(Int32Array.of(0, 3, 128 * -119, one!, 3, 3, 0, one!, 3, 4, 128 * 127, one!));
    expect(entries).toHaveLength(16);
    expect([...entries.subarray(0, 3)]).toEqual([-127 << 24, (1 << 24) | 1, (1 << 24) | 2]);
    expect([...entries.subarray(9, 13)]).toEqual([0, 0, 0, (127 << 24) | 19]);
  });

  it('follows the kept weights: a quarter of the matrix', () => {
    const operand = sparseOperand(compileWeights({ inputs: 256, outputs: 10 }, prunedMatrix(256, 10, 'balanced')));
    expect(operand.entries).toHaveLength((256 * 10) / 4);
  });

  it('is one four at least, since a binding is', () => {
    expect(sparseOperand(compileWeights({ inputs: 4, outputs: 1 }, new Float32Array(4))).entries).toHaveLength(4);
  });
});

describe('plans of 8-bit layers', () => {
  const operand = sparseOperand(compileWeights({ inputs: 20, outputs: 9 }, prunedMatrix(20, 9, 'balanced')));

  it('cover outputs in sixteens and rows in four groups of 32', () => {
    const { workgroups, elements, params } = planSparseLinear({ rows: 257, operand });
    expect(workgroups).toEqual([1, 3, 1]);
    expect(params).toEqual({ rows: 257, columns: 9, groups: 9, y_stride: 9 });
    expect(elements).toMatchObject({ x: 20 * 72, row_scales: 257, columns: 36, bias: 9, y: 257 * 9 });
    expect(tokenWords(257)).toBe(72);
    expect(planQuantizeTokens({ rows: 257, inner: 20 }).workgroups).toEqual([72, 1, 1]);
    expect(planLinearInt8({ rows: 65, columns: 9, inner: 20 })).toMatchObject({
      workgroups: [2, 1, 1],
      elements: { x: 65 * rowWords(20), w: 9 * rowWords(20) },
    });
    expect(rowWords(20)).toBe(6);
  });

  it('reject the options that the f32 layer rejects', () => {
    const both = { accumulate: true, activation: 'gelu-tanh' } as const;
    expect(() => planSparseLinear({ rows: 1, operand, ...both })).toThrow('accumulate with the activation gelu-tanh');
    expect(() => planSparseLinear({ rows: 1, operand, yStride: 8 })).toThrow('9 columns but a stride of 8');
    expect(() => planLinearInt8({ rows: 1, columns: 9, inner: 4, ...both })).toThrow('accumulate with the activation');
    expect(() => planLinearInt8({ rows: 1, columns: 9, inner: 4, yStride: 8 })).toThrow('a stride of 8');
  });
});
