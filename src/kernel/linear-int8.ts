import type { Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';
import { checkLinear, type LinearOptions, linearConstants } from './linear.ts';

/** Words that a row of `inner` codes takes: four codes each, padded with zeros to whole vectors of 8. */
export function rowWords(inner: number): number {
  return Math.ceil(inner / 8) * 2;
}

/**
 * Plans a linear layer on 8-bit codes with exact integer sums, every weight multiplied. Binds `x` `[rows, rowWords(inner)]` with
 * `row_scales` `[rows]` (`quantize-rows` with a head per row leaves both), `w` `[columns, rowWords(inner)]` with `column_scales`
 * `[columns]`, `bias` (any tensor where there is none) and `y`. Throws as the f32 layer does for its options.
 */
export function planLinearInt8(
  problem: LinearOptions & { readonly rows: number; readonly columns: number; readonly inner: number },
): Launch {
  const { rows, columns, inner, bias = true } = problem;
  const yStride = checkLinear(problem, columns);
  const words = rowWords(inner);
  return {
    program: shaders['linear-int8'],
    entry: 'main',
    constants: linearConstants(problem),
    params: { rows, columns, inner8: words / 2, y_stride: yStride },
    workgroups: [Math.ceil(rows / 64), Math.ceil(columns / 64), 1],
    elements: {
      x: rows * words,
      row_scales: rows,
      w: columns * words,
      column_scales: columns,
      bias: bias ? columns : 0,
      y: rows === 0 ? 0 : (rows - 1) * yStride + columns,
    },
  };
}

/** Codes `[rows, inner]`, -127 to 127, packed as the kernel reads them. */
export function packCodeRows(codes: ArrayLike<number>, rows: number, inner: number): Uint32Array {
  const words = rowWords(inner);
  const packed = new Uint32Array(rows * words);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < inner; i++)
      packed[row * words + (i >> 2)]! |= (codes[row * inner + i]! & 0xff) << (8 * (i % 4));
  }
  return packed;
}
