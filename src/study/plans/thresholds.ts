import { calibrateThresholds } from '../../accelerator/calibrate-thresholds.ts';
import { Sprint } from '../../accelerator/sprint.ts';
import { resolveSprint } from '../../accelerator/sprint-config.ts';
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
  return calibration.once(`set thresholds for ${keepRatio} per ${per}`, () => calibrate(calibration, keepRatio, per));
}

/**
 * Sets one layer after another, with the layers before it pruned: what they drop changes the scores of those behind them.
 * A layer that is still to be set keeps everything.
 */
async function calibrate(calibration: Calibration, keepRatio: number, per: 'layer' | 'head'): Promise<Thresholds> {
  const { layers, heads, dim } = calibration.sizes;
  const values = new Float32Array(layers * heads).fill(keepsAll);
  for (let layer = 0; layer < layers; layer++) {
    const thresholds: Thresholds = { layers, heads, values, origin: 'calibrated' };
    const samples = layer === 0 ? await calibration.samples() : await samplesUnder(calibration, thresholds, dim);
    const set = calibrateThresholds([samples[layer]!], { ...calibration.sizes, keepRatio, per });
    values.set(set.values, layer * heads);
  }
  return { layers, heads, values, origin: 'calibrated' };
}

/** Below every score that float32 operands of a model have. */
const keepsAll = -1e30;

async function samplesUnder(calibration: Calibration, thresholds: Thresholds, dim: number) {
  const { gpu, seed } = calibration;
  const attention = await Sprint.program(gpu, { config: resolveSprint(), thresholds, dim, chips: 1, seed });
  try {
    return await calibration.samplesUnder(attention);
  } finally {
    attention.destroy();
  }
}

/** Throws `THRESHOLDS` unless a list of thresholds fits the layers and heads. */
export function checkThresholdChoice({ thresholds }: ThresholdChoice, { layers, heads }: ModelSizes): void {
  if (thresholds) thresholdTable(thresholds, layers, heads);
}

/** In a word where the thresholds come from, for labels. */
export function thresholdSetting({ thresholds, keepRatio = 0.25 }: ThresholdChoice): string {
  return thresholds ? 'learned' : `calibrated ${keepRatio}`;
}
