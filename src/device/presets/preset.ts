import { fail } from '../../errors.ts';
import type { Source } from '../../source.ts';
import type { CellModel } from '../cell.ts';
import { type Curve, polynomial } from '../curve.ts';

/** What a preset may be asked for. Undefined means the preset's own default. */
export interface PresetOptions {
  readonly ageS?: number;
  readonly acceptancePercent?: number;
}

/** Makes a cell model; throws `CELL_AGE` or `CELL_VALUE` for an age or window that its source does not cover. */
export type CellPreset = (options: PresetOptions) => CellModel;

/** Fills in what most presets share: nothing that time or a read adds, no faults, analog levels, clamp at 0 from below. */
export function cell(
  name: string,
  source: Source,
  rangeUs: readonly [number, number],
  sigmaUs: Curve,
  more: Partial<CellModel> = {},
): CellModel {
  // AIHWKit and CrossSim's PCM clamp at 0 and have no upper bound; four times the range is one that no draw reaches.
  const clampUs = [0, 4 * rangeUs[1]] as const;
  return {
    name,
    source,
    conductanceMinUs: rangeUs[0],
    conductanceMaxUs: rangeUs[1],
    programming: { sigmaUs, at: 'target', kind: 'normal', clampUs },
    drift: { referenceS: 1, logTime: 0, exponentMean: polynomial(0), exponentSigma: polynomial(0), direction: 'down' },
    relaxation: { meanShiftUs: polynomial(0), sigmaUs: polynomial(0) },
    slowNoise: { sigma: polynomial(0), relative: false, of: 'aged', drawn: 'once' },
    clampUs,
    readNoise: { absoluteUs: 0, relative: 0, root: 0, sigmaUs: polynomial(0), kind: 'normal' },
    stuckAt: { lowRate: 0, highRate: 0 },
    ageS: 0,
    levels: 0,
    ...more,
  };
}

/** The asked age if it is one of `ages` (s), the first of them if none was asked. Throws `CELL_AGE`. */
export function ageAmong(name: string, ages: readonly number[], asked: number | undefined): number {
  const age = asked ?? ages[0]!;
  if (!ages.includes(age))
    throw fail('CELL_AGE', `${name} has no data at ${age} s`, `use an age of ${ages.join(', ')} s`);
  return age;
}

/** Throws `CELL_VALUE` when an acceptance window is asked of a preset that has none. */
export function noAcceptance(name: string, asked: number | undefined): void {
  if (asked !== undefined) {
    throw fail('CELL_VALUE', `${name} has no acceptance window, got ${asked} %`, 'leave acceptancePercent out');
  }
}
