import { type AdcCircuit, type AdcCircuitChoice, adcCircuit } from '../device/adc-circuit.ts';
import { type CellChoice, type CellModel, cellModel } from '../device/cell.ts';
import { cellEffects, lumpedReadIsExact } from '../device/cell-state.ts';
import type { AdcModel, ClipOrder, DacModel, Grid, Ties } from '../device/converter.ts';
import type { RangeRule } from '../device/range.ts';
import type { SliceRanges } from '../device/slice-ranges.ts';
import { type WiresChoice, type WiresModel, wiresModel } from '../device/wires.ts';
import { fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { checkCircuit, checkCrossbar } from './crossbar-check.ts';
import { type CrossbarCost, type ResolvedCrossbarCost, resolveCrossbarCost } from './crossbar-cost.ts';
import {
  hasSignedColumns,
  type InputConfig,
  inputCycles,
  inputFields,
  resolveInputs,
  shiftsInputs,
} from './crossbar-inputs.ts';
import { type MappingConfig, mappingFields, resolveMapping } from './crossbar-mapping.ts';
import { type CrossbarPresetName, withPreset } from './crossbar-presets.ts';
import type { DriftCompensation } from './drift-compensation.ts';

/**
 * Converter limits of a column (uA): as {@link RangeRule}, `full`, the largest current that the tile can carry, `slices`,
 * given limits for each weight slice, the lowest first, or `granular`, a step for every unit of what a cell's digit times an
 * input's digit can be.
 */
export type ColumnRange =
  | RangeRule
  | { readonly kind: 'full' }
  | { readonly kind: 'granular' }
  | { readonly kind: 'slices'; readonly limits: readonly { readonly min: number; readonly max: number }[] };

/** Settings of a simulated crossbar; everything may be left out, and then the array is ideal. */
export interface CrossbarConfig extends MappingConfig, InputConfig {
  /** A published array that the other settings change; see {@link crossbarPresets}. */
  readonly preset?: CrossbarPresetName;
  readonly device?: string | CellChoice;
  /** Weight that takes the whole conductance range; 0 (default) = the largest magnitude given. */
  readonly weightMax?: number;
  /** Input converter; the range is in the input's unit. Default: 0 bits, range `max`. */
  readonly dac?: {
    readonly bits?: number;
    readonly grid?: Grid;
    readonly range?: RangeRule;
    readonly ties?: Ties;
    readonly order?: ClipOrder;
    readonly steps?: number;
    readonly mode?: 'multi-level' | 'bit-serial';
    readonly sliceBits?: number;
  };
  /** Column converter, one range per weight slice. Default: 0 bits, range `max`. */
  readonly adc?: {
    readonly bits?: number;
    readonly grid?: Grid;
    readonly range?: ColumnRange;
    readonly ties?: Ties;
    readonly order?: ClipOrder;
    readonly steps?: number;
    /** Whether the slices' ranges are `free` (default) or made `powers-of-two` of one another, as {@link SliceRanges} says. */
    readonly sliceRanges?: SliceRanges;
    /** The converter as a circuit with errors, each converter with its own; the grid is then `mid-rise`. Default: ideal. */
    readonly circuit?: AdcCircuitChoice;
  };
  /** Resistance of wires, drivers and sensing, a preset or changes to one; default none. */
  readonly wires?: string | WiresChoice;
  /** Whether reads are noisy; default: where the device has read noise. */
  readonly readNoise?: boolean;
  /**
   * `lumped`: one draw per conversion with the variance of its cells, which is exact for normal deviations that nothing clips.
   * `per-cell`: a draw per cell and read, far slower; the default where the device's reads are clipped or uniform, and
   * required there. Default lumped.
   */
  readonly readNoiseForm?: 'lumped' | 'per-cell';
  /** Compensation of the device's drift at its age; default none. */
  readonly driftCompensation?: DriftCompensation;
  /** `product` (default) is x W in the caller's units; `current` (uA) and `charge` (fC) are what a time-domain read-out works on. */
  readonly output?: 'product' | 'current' | 'charge';
  /** Row voltage of the largest input; default 0.2 V. */
  readonly readVoltageV?: number;
  /** Time over which `charge` integrates; default 10 ns. */
  readonly integrationNs?: number;
  /** How energy, time and area are counted. */
  readonly cost?: CrossbarCost;
}

/** A checked {@link CrossbarConfig} with every default filled in. */
export interface ResolvedCrossbar extends Required<MappingConfig>, Required<InputConfig> {
  readonly preset?: CrossbarPresetName;
  readonly device: CellModel;
  readonly weightMax: number;
  readonly dac: DacModel;
  readonly adc: Omit<AdcModel, 'range'> & {
    readonly range: ColumnRange;
    readonly sliceRanges: SliceRanges;
    readonly circuit?: AdcCircuit;
  };
  /** Undefined where nothing has resistance. */
  readonly wires?: WiresModel;
  readonly readNoise: boolean;
  readonly readNoiseForm: 'lumped' | 'per-cell';
  readonly driftCompensation?: Required<DriftCompensation>;
  readonly output: 'product' | 'current' | 'charge';
  readonly readVoltageV: number;
  readonly integrationNs: number;
  readonly cost: ResolvedCrossbarCost;
  /** Cycles that one input takes, in all passes. */
  readonly cycles: number;
}

/**
 * Fills in defaults and rejects what contradicts itself. Throws `CROSSBAR_CONFIG` that names the field, and the errors of
 * cells, converters and wires.
 */
export function resolveCrossbar(given: CrossbarConfig = {}): ResolvedCrossbar {
  checkKeys('', given, fields);
  const config = withPreset(given);
  checkKeys('dac.', config.dac ?? {}, ['bits', 'grid', 'range', 'ties', 'order', 'steps', 'mode', 'sliceBits']);
  checkKeys('adc.', config.adc ?? {}, ['bits', 'grid', 'range', 'ties', 'order', 'steps', 'sliceRanges', 'circuit']);
  checkCircuit(config.adc ?? {});
  checkKeys('driftCompensation.', config.driftCompensation ?? {}, ['kind', 'reference']);
  checkKeys('cost.', config.cost ?? {}, Object.keys(resolveCrossbarCost()));
  const device = cellModel(config.device ?? 'ideal');
  const mapped = resolveMapping(config);
  const inputs = resolveInputs(config);
  const isSigned = hasSignedColumns({ ...inputs, mapping: mapped.mapping });
  const dac: DacModel = {
    bits: config.dac?.bits ?? 0,
    grid: config.dac?.grid ?? (inputs.signedInputs && !shiftsInputs(inputs) ? 'sign-magnitude' : 'uniform'),
    range: config.dac?.range ?? { kind: 'max' },
    ties: config.dac?.ties ?? 'even',
    ...orderOf(config.dac),
    mode: config.dac?.mode ?? 'multi-level',
    sliceBits: config.dac?.sliceBits ?? 1,
  };
  const hasNoise = cellEffects(device).readNoise !== 'none';
  const readNoise = config.readNoise ?? hasNoise;
  const cellwise = readNoise && !lumpedReadIsExact(device);
  const resolved: ResolvedCrossbar = {
    ...(given.preset === undefined ? {} : { preset: given.preset }),
    device,
    ...mapped,
    weightMax: config.weightMax ?? 0,
    ...inputs,
    dac,
    adc: {
      bits: config.adc?.bits ?? 0,
      grid: config.adc?.grid ?? (config.adc?.circuit ? 'mid-rise' : isSigned ? 'sign-magnitude' : 'uniform'),
      range: config.adc?.range ?? { kind: 'max' },
      ties: config.adc?.ties ?? 'even',
      sliceRanges: config.adc?.sliceRanges ?? 'free',
      ...orderOf(config.adc),
      ...(config.adc?.circuit ? { circuit: adcCircuit(config.adc.circuit) } : {}),
    },
    ...(config.wires === undefined ? {} : { wires: wiresModel(config.wires) }),
    readNoise,
    readNoiseForm: config.readNoiseForm ?? (cellwise ? 'per-cell' : 'lumped'),
    ...(config.driftCompensation ? { driftCompensation: { reference: 'noisy', ...config.driftCompensation } } : {}),
    output: config.output ?? 'product',
    readVoltageV: config.readVoltageV ?? 0.2,
    integrationNs: config.integrationNs ?? 10,
    cost: resolveCrossbarCost(config.cost),
    cycles: 1,
  };
  checkCrossbar(resolved);
  return Object.freeze({ ...resolved, cycles: inputCycles(resolved).cycles });
}

function orderOf(given: { readonly order?: ClipOrder; readonly steps?: number } = {}) {
  return {
    ...(given.order === undefined ? {} : { order: given.order }),
    ...(given.steps === undefined ? {} : { steps: given.steps }),
  };
}

const fields: readonly (keyof CrossbarConfig)[] = [
  'preset',
  'device',
  ...mappingFields,
  'weightMax',
  ...inputFields,
  'dac',
  'adc',
  'wires',
  'readNoise',
  'readNoiseForm',
  'driftCompensation',
  'output',
  'readVoltageV',
  'integrationNs',
  'cost',
];

function checkKeys(path: string, value: object, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const [near] = nearNames(key, known, 1);
    const fix = near === undefined ? `use one of ${known.join(', ')}` : `did you mean ${near}?`;
    throw fail('CROSSBAR_CONFIG', `a crossbar has no "${path}${key}"`, fix);
  }
}
