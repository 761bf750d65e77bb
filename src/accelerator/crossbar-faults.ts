import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import { fail } from '../errors.ts';
import { namedColumns, namedShape, visitRows } from './crossbar-cells.ts';

/** A map of stuck cells: 0 none, 1 stuck at the lowest and 2 at the highest conductance. */
export interface FaultMap {
  readonly values: ArrayLike<number>;
  /** [(chips,) (slices,) rows, columns], as the conductances of that name; without the chip axis all chips share the map. */
  readonly shape: readonly number[];
}

/** Maps by name: `faults_pos` and `faults_neg` for pairs, `faults` and `faults_reference` otherwise; what is left out has no faults. */
export type FaultMaps = Readonly<Record<string, FaultMap>>;

/** Maps as the kernel takes them: a byte for each cell in words of 4. */
export interface PackedFaults {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly perChip: boolean;
}

/** Names that fault maps of any array may have. */
export const allFaultNames = ['faults_pos', 'faults_neg', 'faults', 'faults_reference'] as const;

/** Names that fault maps of an array may have. */
export function faultNames(array: CrossbarArray): readonly string[] {
  return namedColumns(array).map(({ suffix }) => `faults${suffix}`);
}

/** Checks maps and packs them; undefined without any. Throws `CROSSBAR_FAULTS` that names the map, and the place of a wrong code. */
export function packFaults(array: CrossbarArray, maps: FaultMaps | undefined): PackedFaults | undefined {
  if (maps === undefined || Object.keys(maps).length === 0) return undefined;
  const { cellStride } = crossbarSizes(array);
  const names = faultNames(array);
  for (const name of Object.keys(maps)) {
    if (names.includes(name)) continue;
    throw fail('CROSSBAR_FAULTS', `a ${array.mapping} array has no map "${name}"`, `use ${names.join(', ')}`);
  }
  const blocks = namedColumns(array).flatMap((block) => {
    const name = `faults${block.suffix}`;
    const map = maps[name];
    return map ? [{ block, name, map, perChip: checkShape(name, map, namedShape(array, block), array.chips) }] : [];
  });
  const perChip = blocks.some((block) => block.perChip);
  const chips = perChip ? array.chips : 1;
  const codes = new Uint8Array(chips * cellStride);
  for (const { block, name, map, perChip: own } of blocks) {
    const size = map.values.length / (own ? array.chips : 1);
    visitRows(array, block, chips, (from, cell) => {
      for (let column = 0; column < block.columns; column++) {
        const at = (from + column) % (own ? map.values.length : size);
        codes[cell + column] = codeOf(name, map, at);
      }
    });
  }
  const words = Uint32Array.from({ length: codes.length / 4 }, (_, i) => {
    const [a, b, c, d] = codes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    return a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24;
  });
  return { words, perChip };
}

function checkShape(name: string, { shape, values }: FaultMap, own: readonly number[], chips: number): boolean {
  const same = (wanted: readonly number[]) => shape.length === wanted.length && wanted.every((n, i) => n === shape[i]);
  const perChip = same([chips, ...own]);
  if ((perChip || same(own)) && values.length === shape.reduce((a, b) => a * b, 1)) return perChip;
  const what = `${name} has the shape [${shape.join(', ')}] and ${values.length} values`;
  throw fail(
    'CROSSBAR_FAULTS',
    what,
    `give it [${own.join(', ')}], or [${chips}, ${own.join(', ')}] for the chips one by one`,
  );
}

function codeOf(name: string, { values, shape }: FaultMap, at: number): number {
  const code = values[at]!;
  if (code === 0 || code === 1 || code === 2) return code;
  const place: number[] = [];
  let rest = at;
  for (const size of shape.toReversed()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  throw fail(
    'CROSSBAR_FAULTS',
    `${name}[${place.join(', ')}] is ${code}`,
    'use 0 for none, 1 for stuck low, 2 for stuck high',
  );
}
