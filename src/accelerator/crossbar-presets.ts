import type { CellChoice } from '../device/cell.ts';
import { fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { type Source, source } from '../source.ts';
import type { CrossbarConfig } from './crossbar-config.ts';

/** Published arrays by name. */
export const crossbarPresetNames = ['isaac', 'prime', 'sonos'] as const;

/** Name of a published array. */
export type CrossbarPresetName = (typeof crossbarPresetNames)[number];

/** A published array as a configuration. */
export interface CrossbarPreset {
  readonly config: Omit<CrossbarConfig, 'preset'>;
  readonly source: Source;
}

/** The published arrays; what a source leaves open has the package's default. */
export const crossbarPresets: Readonly<Record<CrossbarPresetName, CrossbarPreset>> = Object.freeze({
  isaac: {
    config: {
      device: { preset: 'ideal', conductanceMinUs: 0.5, conductanceMaxUs: 500, levels: 4 },
      mapping: 'offset',
      weightBits: 16,
      bitsPerSlice: 2,
      tileRows: 128,
      // 128 bitlines hold 16 weights of 8 slices.
      tileColumns: 16,
      negativeInputs: 'offset',
      dac: { bits: 16, grid: 'mid-tread', mode: 'bit-serial', sliceBits: 1 },
      adc: { bits: 9, range: { kind: 'granular' } },
      integrationNs: 100,
      cost: { nodeNm: 32, adcSamplesPerSecond: 1.28e9, columnsPerAdc: 128 },
    },
    source: source(
      'B',
      'Shafiee et al., ISAAC, ISCA 2016',
      '128 x 128 cells of 2 bits, 16-bit weights with an offset and a unit column, 16 cycles of 1 bit, a converter of 1.28 GS/s per array; 2 kohm to 2 Mohm and 9 bits from CrossSim configs/ISAAC.json @0a2eb1e: the 8 bits of the paper read flipped columns with the same step',
    ),
  },
  prime: {
    config: {
      device: { preset: 'ideal', conductanceMinUs: 50, conductanceMaxUs: 1000, levels: 16 },
      mapping: 'differential',
      weightBits: 8,
      bitsPerSlice: 4,
      tileRows: 256,
      // 256 bitlines hold 128 weights of 2 slices, in an array for G+ and one for G-.
      tileColumns: 128,
      signedInputs: false,
      dac: { bits: 6, grid: 'uniform', mode: 'bit-serial', sliceBits: 3 },
      adc: { bits: 6 },
      cost: { nodeNm: 65 },
    },
    source: source(
      'B',
      'Chi et al., PRIME, ISCA 2016',
      '256 x 256 cells of 4 bits, two for a weight of 8 bits, arrays for positive and negative weights, inputs of 6 bits in two cycles of 3, outputs of 6 bits; 1 to 20 kohm also in CrossSim configs/PRIME.json @0a2eb1e',
    ),
  },
  sonos: {
    config: {
      device: { preset: 'sonos' },
      mapping: 'differential',
      weightBits: 8,
      tileRows: 1152,
      tileColumns: 256,
      dac: { bits: 8, mode: 'bit-serial', sliceBits: 1 },
      inputAccumulation: 'analog',
      adc: { bits: 8 },
      readVoltageV: 0.1,
      cost: { nodeNm: 40 },
    },
    source: source(
      'B',
      'Xiao et al., IEEE TCAS-I 2022, SONOS',
      '1152 x 256 pairs, weights, inputs and converters of 8 bits, one conversion for all input bits, as in CrossSim configs/SONOS-TCAS.json @0a2eb1e; cells up to 16 uS where that has 35 kohm',
    ),
  },
});

/** A configuration with its preset filled in: what is given wins, section by section. Throws `CROSSBAR_CONFIG` for an unknown name. */
export function withPreset({ preset, ...given }: CrossbarConfig): Omit<CrossbarConfig, 'preset'> {
  if (preset === undefined) return given;
  if (!Object.hasOwn(crossbarPresets, preset)) {
    const [near] = nearNames(preset, crossbarPresetNames, 1);
    const fix = near === undefined ? `use one of ${crossbarPresetNames.join(', ')}` : `did you mean ${near}?`;
    throw fail('CROSSBAR_CONFIG', `there is no crossbar "${preset}"`, fix);
  }
  const base: Record<string, unknown> = { ...crossbarPresets[preset].config };
  for (const [key, other] of followers) if (given[other] !== undefined) delete base[key];
  if (given.weightBits === 0) delete base['bitsPerSlice'];
  if (given.dac?.mode === 'multi-level') delete base['inputAccumulation'];
  const merged: Record<string, unknown> = { ...base, ...given };
  for (const section of ['dac', 'adc', 'cost'] as const) {
    if (base[section] && given[section]) merged[section] = { ...(base[section] as object), ...given[section] };
  }
  const { device } = given;
  if (typeof device === 'object' && device.preset === undefined) {
    const { conductanceMinUs, ...cell } = base['device'] as CellChoice;
    const low = device.onOffRatio === undefined ? { conductanceMinUs } : {};
    merged['device'] = { ...cell, ...low, ...device };
  }
  return merged;
}

type Setting = Exclude<keyof CrossbarConfig, 'preset'>;

// What means nothing, or something else, once the other is changed: the preset's value is then left out.
const followers: readonly (readonly [Setting, Setting])[] = [
  ['pair', 'mapping'],
  ['offsetSubtraction', 'mapping'],
  ['weightSlices', 'mapping'],
  ['negativeInputs', 'signedInputs'],
  ['passSubtraction', 'negativeInputs'],
];
