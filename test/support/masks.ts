/** Selections `[heads, queries, words]` of independent keys; one row in seven keeps nothing. */
export function independentMasks(heads: number, queries: number, keys: number, share: number, seed = 1): Uint32Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return masks(heads, queries, keys, (_, query) => {
    const kept = query % 7 === 3 ? 0 : share;
    return () => uniform() < kept;
  });
}

/** Every query keeps the first `sink` keys and the `local` ones up to its own position, as language models like to do. */
export function sinkAndLocalMasks(
  heads: number,
  queries: number,
  keys: number,
  sink: number,
  local: number,
): Uint32Array {
  return masks(heads, queries, keys, (_, query) => {
    const own = query + keys - queries;
    return (key) => key <= own && (key < sink || key > own - local);
  });
}

/** Everything is kept in every third query, a run of keys that moves on in the others. */
export function sweepMasks(heads: number, queries: number, keys: number): Uint32Array {
  return masks(heads, queries, keys, (_, query) => (key) => {
    if (query % 3 === 0) return true;
    const from = (query * 29) % keys;
    return key >= from && key < from + keys / 4;
  });
}

/** Selections by a rule for each row. */
export function masks(
  heads: number,
  queries: number,
  keys: number,
  rule: (head: number, query: number) => (key: number) => boolean,
): Uint32Array {
  const words = Math.ceil(keys / 32);
  const out = new Uint32Array(heads * queries * words);
  for (let head = 0; head < heads; head++) {
    for (let query = 0; query < queries; query++) {
      const kept = rule(head, query);
      for (let key = 0; key < keys; key++)
        if (kept(key)) out[(head * queries + query) * words + (key >> 5)]! |= 1 << (key & 31);
    }
  }
  return out;
}
