/** How the lines of one axis are cut into tiles: the first `longer` tiles hold `base + 1` lines, the others `base`, the last what is left. */
export interface Tiling {
  readonly lines: number;
  readonly tiles: number;
  readonly base: number;
  readonly longer: number;
}

/** What an uneven remainder does: `full` tiles and a smaller last one, or tiles that differ by one line at most. */
export type TileSplit = 'full' | 'balanced';

/** Cuts `lines` into tiles of at most `most` lines. */
export function tiling(lines: number, most: number, split: TileSplit = 'full'): Tiling {
  const tiles = Math.ceil(lines / most);
  if (split === 'full') return { lines, tiles, base: Math.min(lines, most), longer: 0 };
  return { lines, tiles, base: Math.floor(lines / tiles), longer: lines % tiles };
}

/** Lines of the largest tile. */
export function longestTile({ base, longer }: Tiling): number {
  return longer > 0 ? base + 1 : base;
}

/** The lines `from` to `to` (not included) of one tile. */
export function tileSpan(
  { lines, base, longer }: Tiling,
  tile: number,
): { readonly from: number; readonly to: number } {
  const start = (t: number) => Math.min(lines, t * base + Math.min(t, longer));
  return { from: start(tile), to: start(tile + 1) };
}

/** The tile that holds a line. */
export function tileOf({ base, longer }: Tiling, line: number): number {
  const inLonger = longer * (base + 1);
  return line < inLonger ? Math.floor(line / (base + 1)) : longer + Math.floor((line - inLonger) / base);
}
