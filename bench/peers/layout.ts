/** `[heads, tokens, dim]` as `[tokens, heads, dim]`. */
export function tokensOutermost(
  x: Float32Array,
  heads: number,
  tokens: number,
  dim: number,
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(x.length);
  for (let head = 0; head < heads; head++)
    for (let token = 0; token < tokens; token++) {
      const from = (head * tokens + token) * dim;
      moved.set(x.subarray(from, from + dim), (token * heads + head) * dim);
    }
  return moved;
}

/** `[tokens, heads, dim]` as `[heads, tokens, dim]`. */
export function headsOutermost(x: Float32Array, heads: number, tokens: number, dim: number): Float32Array<ArrayBuffer> {
  return tokensOutermost(x, tokens, heads, dim);
}

/** `[batch, rows, columns]` as `[batch, columns, rows]`. */
export function transposed(x: Float32Array, batch: number, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(x.length);
  for (let b = 0; b < batch; b++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        moved[(b * columns + column) * rows + row] = x[(b * rows + row) * columns + column]!;
  return moved;
}

/** `[tokens, tokens]` with 0 where a query sees a key and a number that no softmax survives elsewhere. */
export function causalBias(tokens: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: tokens * tokens }, (_, i) => (i % tokens > Math.floor(i / tokens) ? -1e30 : 0));
}

/** Lists of keys `[heads, tokens, keep]` as rows of `[heads * tokens]`. */
export function flatLists(lists: Int32Array, tokens: number, keep: number): Int32Array<ArrayBuffer> {
  return Int32Array.from(lists, (key, i) => Math.floor(i / (tokens * keep)) * tokens + key);
}
