import { type DacModel, dacCycles } from '../device/converter.ts';
import type { InputCycles } from '../device/input-cycles.ts';
import { fail } from '../errors.ts';
import type { CrossbarConfig, ResolvedCrossbar } from './crossbar-config.ts';

/** How inputs below 0 and slices of inputs are driven and put together. */
export interface InputConfig {
  /** Whether inputs may be negative (default true). */
  readonly signedInputs?: boolean;
  /**
   * `polarity` (default): a negative input is a negative row voltage. `two-pass`: the positive parts are driven, then the magnitudes
   * of the negative ones. `offset`: inputs are shifted by the lower end of the input range, and every column gets the shift times
   * the sum of its weights back in digits.
   */
  readonly negativeInputs?: 'polarity' | 'two-pass' | 'offset';
  /** Whether the passes of a column are subtracted after conversion (`digital`, default) or held and subtracted before it. */
  readonly passSubtraction?: 'digital' | 'analog';
  /** Whether bit-serial cycles are converted one by one and added (`digital`, default) or averaged with binary weights and converted once. */
  readonly inputAccumulation?: 'digital' | 'analog';
}

/** The inputs' part of a resolved crossbar. Throws `CROSSBAR_CONFIG` where settings contradict each other. */
export function resolveInputs(config: CrossbarConfig): Required<InputConfig> {
  const { signedInputs = true, negativeInputs, passSubtraction, inputAccumulation } = config;
  if (!signedInputs && negativeInputs !== undefined) {
    throw reject(
      `negativeInputs is ${negativeInputs} and signedInputs is false`,
      'allow signedInputs, or give no negativeInputs',
    );
  }
  if (passSubtraction !== undefined && negativeInputs !== 'two-pass') {
    throw reject(
      `passSubtraction is ${passSubtraction} and negativeInputs is ${negativeInputs ?? 'polarity'}`,
      'use negativeInputs two-pass, or give no passSubtraction',
    );
  }
  if (inputAccumulation !== undefined && config.dac?.mode !== 'bit-serial') {
    throw reject(
      `inputAccumulation is ${inputAccumulation} and dac.mode is ${config.dac?.mode ?? 'multi-level'}`,
      'use dac.mode bit-serial, or give no inputAccumulation: there is one cycle',
    );
  }
  return {
    signedInputs,
    negativeInputs: negativeInputs ?? 'polarity',
    passSubtraction: passSubtraction ?? 'digital',
    inputAccumulation: inputAccumulation ?? 'digital',
  };
}

/** Rejects values of the inputs' settings. Throws `CROSSBAR_CONFIG`. */
export function checkInputs(config: ResolvedCrossbar): void {
  for (const [key, allowed] of [
    ['negativeInputs', ['polarity', 'two-pass', 'offset']],
    ['passSubtraction', ['digital', 'analog']],
    ['inputAccumulation', ['digital', 'analog']],
  ] as const) {
    if (!(allowed as readonly string[]).includes(config[key])) {
      throw reject(`${key} is "${config[key]}"`, `use ${allowed.join(', ')}`);
    }
  }
  if (config.output === 'product') return;
  if (shiftsInputs(config)) {
    throw reject(
      `output is ${config.output} and inputs are shifted`,
      'use negativeInputs polarity: one column, one value',
    );
  }
  if (twoPasses(config) && config.passSubtraction === 'digital') {
    throw reject(`output is ${config.output} of two passes`, 'use passSubtraction analog: one column, one value');
  }
}

/** The keys of {@link InputConfig}. */
export const inputFields: readonly (keyof CrossbarConfig)[] = [
  'signedInputs',
  'negativeInputs',
  'passSubtraction',
  'inputAccumulation',
];

type Inputs = Pick<ResolvedCrossbar, 'signedInputs' | 'negativeInputs' | 'passSubtraction' | 'inputAccumulation'>;

/** Whether inputs are shifted to 0 or more before they are driven. */
export function shiftsInputs({ signedInputs, negativeInputs }: Inputs): boolean {
  return signedInputs && negativeInputs === 'offset';
}

function twoPasses({ signedInputs, negativeInputs }: Inputs): boolean {
  return signedInputs && negativeInputs === 'two-pass';
}

/** Whether the current that a column converts may be below 0. */
export function hasSignedColumns(config: Inputs & Pick<ResolvedCrossbar, 'mapping'>): boolean {
  if (config.mapping === 'differential') return true;
  if (!config.signedInputs || config.negativeInputs === 'offset') return false;
  return config.negativeInputs === 'polarity' || config.passSubtraction === 'analog';
}

/** The cycles that one input takes. */
export function inputCycles(config: Inputs & { readonly dac: DacModel }): InputCycles {
  const { dac } = config;
  // Slices are cut from the magnitude where the sign is a polarity or a pass.
  const fromMagnitude = dac.grid === 'sign-magnitude' && dac.bits > 0 && !shiftsInputs(config);
  const passes = twoPasses(config) ? 2 : 1;
  const isSerial = dac.mode === 'bit-serial';
  return {
    cycles: passes * dacCycles(fromMagnitude ? { ...dac, bits: dac.bits - 1 } : dac),
    passes,
    sliceBits: isSerial ? dac.sliceBits : 1,
    joinsPasses: passes === 2 && config.passSubtraction === 'analog',
    joinsSlices: isSerial && config.inputAccumulation === 'analog',
  };
}

const reject = (what: string, fix: string) => fail('CROSSBAR_CONFIG', `crossbar: ${what}`, fix);
