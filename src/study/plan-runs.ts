import type { HardseaConfig } from '../accelerator/hardsea-config.ts';
import type { SafetensorsFile } from '../model/safetensors.ts';
import type { StudyConfig } from './config.ts';
import { type AcceleratorName, planAccelerator } from './plans/plan-accelerator.ts';
import type { AcceleratorChoice, RunRequest } from './result.ts';

/** Kept shares of a row when nobody names any: the ends of the published range and a point between. */
export const defaultKeepRatios: readonly number[] = [0.12, 0.2, 0.33];

/** Cells when nobody names one: no error at all, and a published one. */
export const defaultDevices: readonly string[] = ['ideal', 'hfox-milo'];

/**
 * The runs of one evaluation: every accelerator asked for, with every keep ratio, with the named cell or the default
 * ones. Ratios given take the place of what the configuration says about keys to keep.
 */
export function planRuns(
  config: StudyConfig,
  accelerators: readonly AcceleratorName[],
  keepRatios?: readonly number[],
  codebooks?: SafetensorsFile,
): readonly RunRequest[] {
  if (!accelerators.includes('hardsea')) return [];
  const namesDevice = config.given.has('device') || config.given.has('hardsea.device');
  const devices = namesDevice ? [config.hardsea.device] : defaultDevices;
  return devices.flatMap((device) =>
    keepSettings(config, keepRatios).map((keep) => {
      const { keep: _keep, keepRatio: _keepRatio, ...rest } = config.hardsea;
      const hardsea: HardseaConfig = { ...rest, ...keep, device };
      return labelled({ accelerator: 'hardsea', config: hardsea, codebooks }, config.chips);
    }),
  );
}

function keepSettings(
  { hardsea }: StudyConfig,
  keepRatios: readonly number[] | undefined,
): readonly Pick<HardseaConfig, 'keep' | 'keepRatio'>[] {
  if (keepRatios) return keepRatios.map((keepRatio) => ({ keepRatio }));
  if (hardsea.keep !== undefined) return [{ keep: hardsea.keep }];
  if (hardsea.keepRatio !== undefined) return [{ keepRatio: hardsea.keepRatio }];
  return defaultKeepRatios.map((keepRatio) => ({ keepRatio }));
}

function labelled(choice: AcceleratorChoice, chips: number): RunRequest {
  const { setting, device } = planAccelerator(choice);
  return { ...choice, label: `${choice.accelerator} ${setting} ${device}`, chips };
}
