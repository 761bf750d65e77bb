import type { HeadsProblem } from '../kernel/heads.ts';

/** Columns of rows as [sequence, head, token, dim]. */
export function splitHeadsReference(problem: HeadsProblem, rows: ArrayLike<number>): Float64Array {
  const places = inRows(problem);
  return Float64Array.from(places, (place) => rows[place]!);
}

/** The way back: a copy of `rows` with the columns of all heads written. */
export function mergeHeadsReference(
  problem: HeadsProblem,
  source: ArrayLike<number>,
  rows: ArrayLike<number>,
): Float64Array {
  const out = Float64Array.from(rows);
  inRows(problem).forEach((place, i) => {
    out[place] = source[i]!;
  });
  return out;
}

/** Where each element of [sequence, head, token, dim] stands in the rows. */
function inRows({ sequences, heads, tokens, dim, stride = heads * dim, firstColumn = 0 }: HeadsProblem): number[] {
  const places: number[] = [];
  for (let sequence = 0; sequence < sequences; sequence++)
    for (let head = 0; head < heads; head++)
      for (let token = 0; token < tokens; token++)
        for (let i = 0; i < dim; i++) places.push((sequence * tokens + token) * stride + firstColumn + head * dim + i);
  return places;
}
