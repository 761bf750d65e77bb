import { ChargeHybrid } from '../../accelerator/charge.ts';
import { type ChargeConfig, resolveCharge } from '../../accelerator/charge-config.ts';
import type { AcceleratorPlan } from './plan.ts';
import { checkThresholdChoice, findThresholds, thresholdSetting } from './thresholds.ts';

/** Plans a charge-domain hybrid: thresholds as given, else set on samples. */
export function planCharge(given: ChargeConfig): AcceleratorPlan {
  const config = resolveCharge(given);
  return {
    config,
    device: config.array.name,
    setting: thresholdSetting(config),
    needsSamples: config.thresholds === undefined,
    keepRatio: () => config.keepRatio,
    check: (sizes) => checkThresholdChoice(config, sizes),
    async prepare(calibration) {
      const thresholds = await findThresholds(config, calibration);
      const { dim } = calibration.sizes;
      return { program: (options) => ChargeHybrid.program(calibration.gpu, { config, thresholds, dim, ...options }) };
    },
  };
}
