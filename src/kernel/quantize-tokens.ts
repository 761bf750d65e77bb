import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** Rows (tokens) that one lane of the sparse kernel works on, and so the rows of `packed` are padded to a multiple of them. */
export const rowGroup = 32;

/** Words that an input of packed rows takes: four rows each, padded to whole groups. */
export function tokenWords(rows: number): number {
  return (Math.ceil(rows / rowGroup) * rowGroup) / 4;
}

/**
 * Plans 8-bit quantisation of rows with one scale per row (largest magnitude / 127), laid out for the sparse kernel. Binds `x`
 * `[rows, inner]`, `packed` `[inner, tokenWords(rows)]` and `scales` `[rows]`.
 */
export function planQuantizeTokens({ rows, inner }: { readonly rows: number; readonly inner: number }): Launch {
  const words = tokenWords(rows);
  return {
    program: shaders['quantize-tokens'],
    entry: 'main',
    constants: {},
    params: { rows, inner, words },
    workgroups: [...foldGrid(inner === 0 ? 0 : words), 1],
    elements: { x: rows * inner, packed: inner * words, scales: rows },
  };
}

/** Codes `[rows, inner]`, -127 to 127, packed as the kernel packs them. */
export function packTokens(codes: ArrayLike<number>, rows: number, inner: number): Int32Array {
  const words = tokenWords(rows);
  const packed = new Int32Array(inner * words).fill(0x00808080);
  for (let row = 0; row < rows; row++) {
    const shift = 8 * (row % 4);
    for (let i = 0; i < inner; i++) packed[i * words + (row >> 2)]! ^= (codes[row * inner + i]! & 0xff) << shift;
  }
  return packed;
}
