import type { EmbedProblem } from '../kernel/embed.ts';

/** One piece of an embedding in float64: a copy of `y` with the rows of this piece's ids written. */
export function embedReference(
  problem: EmbedProblem,
  ids: ArrayLike<number>,
  table: ArrayLike<number>,
  positions: ArrayLike<number>,
  types: ArrayLike<number>,
  y: ArrayLike<number>,
): Float64Array {
  const { sequences, tokens, width, firstRow, rowCount } = problem;
  const out = Float64Array.from(y);
  for (let row = 0; row < sequences * tokens; row++) {
    const tableRow = ids[row]! - firstRow;
    if (tableRow < 0 || tableRow >= rowCount) continue;
    for (let i = 0; i < width; i++) {
      const type = problem.types ? types[i]! : 0;
      out[row * width + i] = table[tableRow * width + i]! + positions[(row % tokens) * width + i]! + type;
    }
  }
  return out;
}
