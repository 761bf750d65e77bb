import { foldGrid, type Launch } from '../gpu/launch.ts';
import { shaders } from '../shader/embedded.ts';

/** One piece of an embedding: the rows whose id is in [firstRow, firstRow + rowCount). */
export interface EmbedProblem {
  readonly sequences: number;
  /** Tokens of a sequence; the position table needs as many rows. */
  readonly tokens: number;
  readonly width: number;
  /** Vocabulary id of the piece's first row. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** Adds the first row of a token-type table, as BERT does. */
  readonly types?: boolean;
}

/**
 * Plans one piece of an embedding, `y[s, t] = table[id] + positions[t] (+ types[0])`. Binds `ids` [sequences, tokens],
 * `table` [rowCount, width], `positions`, `types` (any tensor where there is none) and `y` [sequences, tokens, width].
 * Run it for every piece of the table: each writes the rows of its own ids, and an id in no piece leaves its row as it was.
 */
export function planEmbed(problem: EmbedProblem): Launch {
  const { sequences, tokens, width, firstRow, rowCount, types = false } = problem;
  const rows = sequences * tokens;
  return {
    program: shaders.embed,
    entry: 'main',
    constants: { TYPES: types ? 1 : 0 },
    params: { rows, tokens, width, first_row: firstRow, row_count: rowCount },
    workgroups: [...foldGrid(Math.ceil((rows * width) / 64)), 1],
    elements: {
      ids: rows,
      table: rowCount * width,
      positions: tokens * width,
      types: types ? width : 0,
      y: rows * width,
    },
  };
}
