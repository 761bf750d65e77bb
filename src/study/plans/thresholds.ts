import { calibrateThresholds } from '../../accelerator/calibrate-thresholds.ts';
import { type ThresholdList, type Thresholds, thresholdTable } from '../../accelerator/thresholds.ts';
import type { Calibration, ModelSizes } from './plan.ts';

/** What decides an accelerator's thresholds: a list, or a target that they are set for. */
export interface ThresholdChoice {
  readonly thresholds: ThresholdList | undefined;
  /** Share of the visible pairs that calibrated thresholds keep; used where there is no list. */
  readonly keepRatio: number | undefined;
  /** One calibrated threshold for all heads of a layer, or one for each. */
  readonly granularity: 'layer' | 'head';
}

/** Thresholds of a model: as given, else set on the calibration samples, once for all runs with the same target. */
export async function findThresholds(choice: ThresholdChoice, calibration: Calibration): Promise<Thresholds> {
  const { thresholds, keepRatio = 0.25, granularity: per } = choice;
  const { layers, heads } = calibration.sizes;
  if (thresholds) return thresholdTable(thresholds, layers, heads);
  const samples = await calibration.samples();
  return calibration.once(`set thresholds for ${keepRatio} per ${per}`, async () =>
    calibrateThresholds(samples, { ...calibration.sizes, keepRatio, per }),
  );
}

/** Throws `THRESHOLDS` unless a list of thresholds fits the layers and heads. */
export function checkThresholdChoice({ thresholds }: ThresholdChoice, { layers, heads }: ModelSizes): void {
  if (thresholds) thresholdTable(thresholds, layers, heads);
}

/** In a word where the thresholds come from, for labels. */
export function thresholdSetting({ thresholds, keepRatio = 0.25 }: ThresholdChoice): string {
  return thresholds ? 'learned' : `calibrated ${keepRatio}`;
}
