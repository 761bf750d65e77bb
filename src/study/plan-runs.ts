import type { ButterflyConfig } from '../accelerator/butterfly-config.ts';
import type { HardseaConfig } from '../accelerator/hardsea-config.ts';
import type { SpanList } from '../accelerator/spans.ts';
import type { ThresholdList } from '../accelerator/thresholds.ts';
import { fail } from '../errors.ts';
import type { SafetensorsFile } from '../model/safetensors.ts';
import type { StudyConfig } from './config.ts';
import { type AcceleratorName, planAccelerator } from './plans/plan-accelerator.ts';
import type { AcceleratorChoice, RunRequest } from './result.ts';

/** Kept shares of a row when nobody names any: the ends of the published range. */
export const defaultKeepRatios: readonly number[] = [0.12, 0.33];

/** Cells or arrays when nobody names one: no error at all, and a published or a likely one. */
export const defaultDevices = {
  hardsea: ['ideal', 'hfox-milo'],
  sprint: ['ideal', 'hfox-neurram'],
  charge: ['ideal', 'charge-65nm'],
} as const;

/** What runs take besides the configuration. */
export interface RunExtras {
  /** In place of what the configuration says about keys to keep. */
  readonly keepRatios?: readonly number[];
  readonly codebooks?: SafetensorsFile;
  /** Thresholds read from files; those in the configuration itself come first. */
  readonly thresholds?: { readonly sprint?: ThresholdList; readonly charge?: ThresholdList };
  /** Spans read from a file, in the same way. */
  readonly spans?: SpanList;
}

/**
 * The runs of one evaluation: every accelerator asked for, with every keep ratio, with the named device or the default
 * ones. Ratios given take the place of what the configuration says about keys to keep, and of thresholds; spans
 * are no such share and stay. Throws `KEEP_RATIO` for ratios that none of the accelerators takes.
 */
export function planRuns(
  config: StudyConfig,
  accelerators: readonly AcceleratorName[],
  extras: RunExtras = {},
): readonly RunRequest[] {
  if (extras.keepRatios && accelerators.every((name) => name === 'dense' || name === 'butterfly'))
    throw fail(
      'KEEP_RATIO',
      `keep ratios ${extras.keepRatios.join(', ')} for ${accelerators.join(' and ')}`,
      'leave them out: dense keeps all, and butterfly what butterfly.spans says, such as {"share": 0.25} of the context',
    );
  return choices(config, accelerators, extras).map((choice) => {
    const { setting, device } = planAccelerator(choice);
    return { ...choice, label: `${choice.accelerator} ${setting} ${device}`, chips: config.chips };
  });
}

/** One call's accelerator with what it reads, as `attend` needs it. */
export function chooseAccelerator(
  config: StudyConfig,
  accelerator: Exclude<AcceleratorName, 'dense'>,
  { codebooks, thresholds, spans }: RunExtras,
): AcceleratorChoice {
  if (accelerator === 'hardsea') return { accelerator, config: config.hardsea, codebooks };
  if (accelerator === 'sprint')
    return { accelerator, config: { ...config.sprint, ...thresholdsOf(config.sprint, thresholds?.sprint) } };
  if (accelerator === 'butterfly') return { accelerator, config: withSpans(config.butterfly, spans) };
  return { accelerator, config: { ...config.charge, ...thresholdsOf(config.charge, thresholds?.charge) } };
}

function choices(
  config: StudyConfig,
  accelerators: readonly AcceleratorName[],
  extras: RunExtras,
): readonly AcceleratorChoice[] {
  const make = {
    dense: () => [],
    hardsea: () => hardseaChoices(config, extras),
    sprint: () => sprintChoices(config, extras),
    charge: () => chargeChoices(config, extras),
    butterfly: () => butterflyChoices(config, extras),
  } satisfies Record<AcceleratorName, () => readonly AcceleratorChoice[]>;
  return accelerators.flatMap((accelerator): readonly AcceleratorChoice[] => make[accelerator]());
}

function hardseaChoices(config: StudyConfig, { keepRatios, codebooks }: RunExtras): readonly AcceleratorChoice[] {
  const { keep: _keep, keepRatio: _keepRatio, ...rest } = config.hardsea;
  return devicesOf(config, 'hardsea').flatMap((device) =>
    keepSettings(config, keepRatios).map((keep) => ({
      accelerator: 'hardsea' as const,
      config: { ...rest, ...keep, ...device },
      codebooks,
    })),
  );
}

function sprintChoices(config: StudyConfig, { keepRatios, thresholds }: RunExtras): readonly AcceleratorChoice[] {
  return devicesOf(config, 'sprint').flatMap((device) =>
    thresholdSettings(config.sprint, thresholds?.sprint, keepRatios).map((settings) => ({
      accelerator: 'sprint' as const,
      config: { ...settings, ...device },
    })),
  );
}

function chargeChoices(config: StudyConfig, { keepRatios, thresholds }: RunExtras): readonly AcceleratorChoice[] {
  const arrays = config.given.has('charge.array') ? [{}] : defaultDevices.charge.map((array) => ({ array }));
  return arrays.flatMap((array) =>
    thresholdSettings(config.charge, thresholds?.charge, keepRatios).map((settings) => ({
      accelerator: 'charge' as const,
      config: { ...settings, ...array },
    })),
  );
}

/** The chip as configured; on spans of a file also with linear layers in float32, which shows what their 8 bits cost. */
function butterflyChoices(config: StudyConfig, { spans }: RunExtras): readonly AcceleratorChoice[] {
  const own = withSpans(config.butterfly, spans);
  const compared = spans !== undefined && !config.given.has('butterfly.linearBits');
  return [own, ...(compared ? [{ ...own, linearBits: 32 as const }] : [])].map((settings) => ({
    accelerator: 'butterfly' as const,
    config: settings,
  }));
}

function withSpans(config: ButterflyConfig, spans: SpanList | undefined): ButterflyConfig {
  return spans !== undefined && config.spans === undefined ? { ...config, spans } : config;
}

/** The cell that was named, else the default ones. */
function devicesOf(config: StudyConfig, accelerator: 'hardsea' | 'sprint') {
  const named = config.given.has('device') || config.given.has(`${accelerator}.device`);
  if (named) return [{ device: config[accelerator].device ?? 'ideal' }];
  return defaultDevices[accelerator].map((device) => ({ device }));
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

/** Settings of a thresholding machine: a run per keep ratio given, else its thresholds. */
function thresholdSettings<Config extends { readonly thresholds?: ThresholdList; readonly keepRatio?: number }>(
  config: Config,
  file: ThresholdList | undefined,
  keepRatios: readonly number[] | undefined,
): readonly Config[] {
  if (!keepRatios) return [{ ...config, ...thresholdsOf(config, file) }];
  const { thresholds: _thresholds, ...rest } = config;
  return keepRatios.map((keepRatio) => ({ ...rest, keepRatio }) as unknown as Config);
}

/** Thresholds from a file, unless the configuration itself has some or a share to calibrate them for. */
function thresholdsOf(
  { thresholds, keepRatio }: { readonly thresholds?: ThresholdList; readonly keepRatio?: number },
  file: ThresholdList | undefined,
) {
  return file && thresholds === undefined && keepRatio === undefined ? { thresholds: file } : {};
}
