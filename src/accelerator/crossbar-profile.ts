import type { CellModel } from '../device/cell.ts';
import { cellEffects } from '../device/cell-state.ts';
import { type CrossbarArray, crossbarSizes } from '../device/crossbar-array.ts';
import type { FixedRange } from '../device/range.ts';
import { type ProfileOptions, profileOf, type ValueProfile } from '../device/value-profile.ts';
import type { Generator } from '../generator.ts';
import type { Batch } from '../gpu/batch.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { CrossbarWindow } from '../kernel/crossbar-mvm.ts';
import { randomWords, streams, toNormals } from '../reference/rng.ts';

/** The values (uA) that the converters of a weight slice saw, and the range that they convert. */
export interface SliceProfile extends ValueProfile {
  readonly slice: number;
  readonly range?: FixedRange;
}

/** Column currents of one window as a product has them, before read noise that is lumped. */
export interface ObservedCurrents {
  readonly window: CrossbarWindow;
  /** [chips, slices, cycles, tiles, inputs, column blocks * 4]. */
  readonly current: Float32Array;
  /** Variance of a read, laid out like the currents, or V^2 [cycles, tiles, inputs] where it is the same for every cell. */
  readonly spread?: Float32Array;
  readonly power?: Float32Array;
}

/** Is given the tensors of a window's currents while a product is recorded. */
export type CurrentObserver = (
  window: CrossbarWindow,
  tensors: { readonly current: Tensor; readonly spread: Tensor; readonly power: Tensor },
) => void;

/**
 * Takes copies of every window's currents as a batch records a product, and of what the lumped read noise of `cell` (if any)
 * needs: variances of their own, where `spreads`. `observed` gives them after `submit`.
 */
export function recordCurrents(
  batch: Batch,
  cell: CellModel | undefined,
  spreads: boolean,
): { readonly observe: CurrentObserver; readonly observed: () => readonly ObservedCurrents[] } {
  const kind = !cell ? 'none' : spreads ? 'state' : cellEffects(cell).readNoise;
  const taken: (() => ObservedCurrents)[] = [];
  return {
    observe: (window, tensors) => {
      const current = batch.snapshot<Float32Array>(tensors.current);
      const spread = kind === 'state' ? batch.snapshot<Float32Array>(tensors.spread) : undefined;
      const power = kind === 'absolute' ? batch.snapshot<Float32Array>(tensors.power) : undefined;
      taken.push(() => ({
        window,
        current: current.values(),
        ...(spread ? { spread: spread.values() } : {}),
        ...(power ? { power: power.values() } : {}),
      }));
    },
    observed: () => taken.map((take) => take()),
  };
}

/** Whose read noise is drawn. */
export interface ProfileDraws {
  readonly noisy: boolean;
  readonly seed: number;
  readonly firstChip: number;
  readonly firstEvent: number;
  /** The device's generator; default that of `randomWords`. */
  readonly generator?: Generator;
}

/** Values of each slice in front of its converters: currents of every chip, cycle, tile, input and physical column, with read noise. */
export function observedValues(
  array: CrossbarArray,
  cycles: number,
  windows: readonly ObservedCurrents[],
  draws: ProfileDraws,
): readonly Float32Array[] {
  const { slices, tiles, physicalColumns, columnBlocks, sides } = crossbarSizes(array);
  const reads = windows.reduce((sum, { window }) => sum + window.chips * window.inputs, 0);
  const slicesValues = Array.from({ length: slices }, () => new Float32Array(reads * cycles * tiles * physicalColumns));
  const filled = new Array<number>(slices).fill(0);
  const perCell = sides * array.cell.readNoise.absoluteUs ** 2;
  const isNoisy = draws.noisy && cellEffects(array.cell).readNoise !== 'none';
  for (const { window, current, spread, power } of windows) {
    let at = 0;
    for (let chip = 0; chip < window.chips; chip++) {
      const chipIndex = draws.firstChip + window.firstChip + chip;
      for (let part = 0; part < slices * cycles * tiles; part++) {
        const slice = Math.floor(part / (cycles * tiles));
        const values = slicesValues[slice]!;
        for (let input = 0; input < window.inputs; input++) {
          const event = draws.firstEvent + window.firstInput + input;
          const lumped = power ? perCell * power[(part % (cycles * tiles)) * window.inputs + input]! : 0;
          for (let block = 0; block < columnBlocks; block++, at += 4) {
            const element = part * columnBlocks + block;
            const normals = isNoisy
              ? toNormals(randomWords(draws.seed, chipIndex, streams.readNoise, element, event, draws.generator))
              : undefined;
            for (let i = 0; i < Math.min(4, physicalColumns - 4 * block); i++) {
              const noise = normals ? Math.sqrt(spread ? spread[at + i]! : lumped) * normals[i]! : 0;
              values[filled[slice]!++] = current[at + i]! + noise;
            }
          }
        }
      }
    }
  }
  return slicesValues;
}

/** Describes the values of each slice; `ranges` are the converters', or undefined for an analog read-out. */
export function profileSlices(
  values: readonly ArrayLike<number>[],
  ranges: readonly FixedRange[] | undefined,
  options: ProfileOptions = {},
): readonly SliceProfile[] {
  return values.map((own, slice) => {
    const range = ranges?.[slice];
    return { slice, ...(range ? { range } : {}), ...profileOf(own, range, options) };
  });
}
