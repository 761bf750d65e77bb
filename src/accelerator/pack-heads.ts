import { fail } from '../errors.ts';

/** A stretch of one head's keys or values that lies in one macro: `rows` of the head's window from row `first`. */
export interface PackedPiece {
  readonly head: number;
  readonly operand: 'keys' | 'values';
  readonly first: number;
  readonly rows: number;
}

/** Where every head's keys and values lie, and what that uses. */
export interface HeadPacking {
  /** What each macro holds. */
  readonly macros: readonly (readonly PackedPiece[])[];
  /** Share of the rows of these macros that hold something. */
  readonly utilisation: number;
  /** Share of the rows of full attention that the windows save: 1 - sum of windows / (heads * tokens). */
  readonly memoryReduction: number;
}

/**
 * Packs the windows of `heads` into macros of `macroRows` rows by first fit, longest first. Head h keeps the rows of `windows[h]`
 * tokens, at most `tokens`, once as keys and once as values. A window longer than a macro fills whole ones, and its rest
 * is packed like the others. Pieces of equal length keep their order, so that equal input is packed equally. Throws `PACK_SIZE`.
 *
 * First fit, longest first, needs at most 11/9 of the fewest macros possible, and 2/3 of one (Dosa, ESCAPE 2007).
 */
export function packHeads(
  windows: ArrayLike<number>,
  { macroRows, tokens }: { readonly macroRows: number; readonly tokens: number },
): HeadPacking {
  whole('rows of a macro', macroRows);
  whole('tokens', tokens);
  const held = Array.from(windows, (window, head) => {
    whole(`rows in the window of head ${head}`, window);
    return Math.min(window, tokens);
  });
  const macros: PackedPiece[][] = [];
  const free: number[] = [];
  for (const piece of piecesOf(held, macroRows)) {
    let at = free.findIndex((rows) => rows >= piece.rows);
    if (at === -1) {
      at = macros.push([]) - 1;
      free.push(macroRows);
    }
    macros[at]!.push(piece);
    free[at]! -= piece.rows;
  }
  const sum = held.reduce((total, rows) => total + rows, 0);
  return {
    macros,
    utilisation: macros.length === 0 ? 0 : (2 * sum) / (macros.length * macroRows),
    memoryReduction: held.length === 0 ? 0 : 1 - sum / (held.length * tokens),
  };
}

/** Windows in pieces of at most a macro, longest first. */
function piecesOf(windows: readonly number[], macroRows: number): readonly PackedPiece[] {
  const pieces: PackedPiece[] = [];
  for (const [head, window] of windows.entries()) {
    for (const operand of ['keys', 'values'] as const) {
      for (let first = 0; first < window; first += macroRows)
        pieces.push({ head, operand, first, rows: Math.min(macroRows, window - first) });
    }
  }
  return pieces.sort((a, b) => b.rows - a.rows);
}

function whole(what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw fail('PACK_SIZE', `${value} ${what}`, 'give a whole number from 1');
}
