import { Sprint } from '../../accelerator/sprint.ts';
import { resolveSprint, type SprintConfig } from '../../accelerator/sprint-config.ts';
import type { AcceleratorPlan } from './plan.ts';
import { checkThresholdChoice, findThresholds, thresholdSetting } from './thresholds.ts';

/** Plans a SPRINT: thresholds as given, else set on samples. */
export function planSprint(given: SprintConfig): AcceleratorPlan {
  const config = resolveSprint(given);
  return {
    config,
    device: config.device.name,
    setting: thresholdSetting(config),
    needsSamples: config.thresholds === undefined,
    keepRatio: () => config.keepRatio,
    check: (sizes) => checkThresholdChoice(config, sizes),
    async prepare(calibration) {
      const thresholds = await findThresholds(config, calibration);
      const { dim } = calibration.sizes;
      return { program: (options) => Sprint.program(calibration.gpu, { config, thresholds, dim, ...options }) };
    },
  };
}
