import { type CrossbarArray, slicedBits } from '../device/crossbar-array.ts';
import type { TileSplit } from '../device/tiling.ts';
import { fail } from '../errors.ts';
import type { CrossbarConfig, ResolvedCrossbar } from './crossbar-config.ts';

/** How weights become conductances, and how the matrix is cut into arrays. */
export interface MappingConfig {
  /**
   * `differential`: two cells per weight, whose currents are subtracted on the way to the converter. `offset`: one cell per
   * weight with 0 inside its range, and the offset is taken away after conversion. Default differential.
   */
  readonly mapping?: 'differential' | 'offset';
  /** `one-sided` (default): G+ holds max(w, 0), G- holds max(-w, 0). `two-sided`: w moves both about mid-range. */
  readonly pair?: 'one-sided' | 'two-sided';
  /**
   * `unit-column` (default): every tile has a column of weights 0, converted like the others and subtracted from them.
   * `digital`: the sum of the inputs times the offset is subtracted.
   */
  readonly offsetSubtraction?: 'unit-column' | 'digital';
  /** Bits of an integer weight with its sign, 2 to 16; 0 (default) keeps analog weights. */
  readonly weightBits?: number;
  /** Bits of the weight that one cell holds, lowest slice first, the highest may be narrower; 0 (default) = all. */
  readonly bitsPerSlice?: number;
  /**
   * `balanced`: slices of the magnitude, each with the weight's sign; a pair has no other. `offset`: slices of the offset code,
   * which is 0 or more; default for the offset mapping.
   */
  readonly weightSlices?: 'balanced' | 'offset';
  /** Most wordlines that share one conversion; default 128, 0 = all. Without an ADC the tiles' currents add on the bitline. */
  readonly tileRows?: number;
  /** Most columns of weights per tile, all slices and both sides of a weight in the same; default 0 = all. */
  readonly tileColumns?: number;
  /** Whether an uneven matrix fills its tiles up to the last (`full`, default) or has tiles that differ by a line at most. */
  readonly tileSplit?: TileSplit;
}

/** The mapping's part of a resolved crossbar. Throws `CROSSBAR_CONFIG` where settings contradict each other. */
export function resolveMapping(config: MappingConfig): Required<MappingConfig> {
  const { mapping = 'differential', weightBits = 0, pair, offsetSubtraction, weightSlices } = config;
  if (mapping === 'offset' && pair !== undefined) {
    throw reject(`pair is ${pair} and the mapping is offset`, 'use the mapping differential, or give no pair');
  }
  if (mapping === 'differential' && offsetSubtraction !== undefined) {
    throw reject(
      `offsetSubtraction is ${offsetSubtraction} and the mapping is differential`,
      'use the mapping offset, or give no offsetSubtraction: a pair has no offset',
    );
  }
  if (mapping === 'differential' && weightSlices === 'offset') {
    throw reject(
      'weightSlices is offset and the mapping is differential',
      'use balanced slices, or the mapping offset: a pair holds signed slices',
    );
  }
  if (weightSlices !== undefined && weightBits === 0) {
    throw reject(`weightSlices is ${weightSlices} and the weights are analog`, 'give weightBits, or no weightSlices');
  }
  const slices = weightSlices ?? (mapping === 'offset' ? 'offset' : 'balanced');
  return {
    mapping,
    pair: pair ?? 'one-sided',
    offsetSubtraction: offsetSubtraction ?? 'unit-column',
    weightBits,
    bitsPerSlice: config.bitsPerSlice || slicedBits({ mapping, weightBits, weightSlices: slices }),
    weightSlices: slices,
    tileRows: config.tileRows ?? 128,
    tileColumns: config.tileColumns ?? 0,
    tileSplit: config.tileSplit ?? 'full',
  };
}

/** Rejects values of the mapping's settings that no array can have. Throws `CROSSBAR_CONFIG`. */
export function checkMapping(config: ResolvedCrossbar): void {
  oneOf('mapping', config.mapping, ['differential', 'offset']);
  oneOf('pair', config.pair, ['one-sided', 'two-sided']);
  oneOf('offsetSubtraction', config.offsetSubtraction, ['unit-column', 'digital']);
  oneOf('weightSlices', config.weightSlices, ['balanced', 'offset']);
  oneOf('tileSplit', config.tileSplit, ['full', 'balanced']);
  for (const [key, lines] of [
    ['tileRows', 'wordlines'],
    ['tileColumns', 'columns'],
  ] as const) {
    if (Number.isInteger(config[key]) && config[key] >= 0) continue;
    throw reject(`${key} is ${config[key]}`, `use a whole number of ${lines}, 0 = all`);
  }
  checkWeights(config);
}

function checkWeights(config: ResolvedCrossbar): void {
  const { weightBits, bitsPerSlice, mapping, weightSlices, device } = config;
  if (!Number.isInteger(weightBits) || weightBits < 0 || weightBits > 16 || weightBits === 1) {
    throw reject(`weightBits is ${weightBits}`, 'use 0 (analog) or a whole number from 2 to 16');
  }
  if (weightBits === 0) {
    if (bitsPerSlice === 0) return;
    throw reject(`bitsPerSlice is ${bitsPerSlice} and the weights are analog`, 'give weightBits, or no bitsPerSlice');
  }
  const most = slicedBits(config);
  if (!Number.isInteger(bitsPerSlice) || bitsPerSlice < 1 || bitsPerSlice > most) {
    throw reject(
      `bitsPerSlice is ${bitsPerSlice}, a ${mapping} cell with ${weightSlices} slices stores ${most} of ${weightBits} bits`,
      `use a whole number from 1 to ${most}`,
    );
  }
  const signed = mapping === 'differential' ? config.pair === 'two-sided' : weightSlices === 'balanced';
  const steps = (signed ? 2 : 1) * (2 ** bitsPerSlice - 1);
  if (device.levels > 0 && (device.levels - 1) % steps !== 0) {
    throw reject(
      `a cell holds ${bitsPerSlice} bits of the weight${signed ? ' and its sign' : ''} and the device has ${device.levels} levels`,
      `use ${steps + 1} levels, or a number on which each of those falls`,
    );
  }
}

/** The array that a configuration makes of a matrix of weights. */
export function crossbarArray(
  config: ResolvedCrossbar,
  size: Pick<CrossbarArray, 'rows' | 'columns' | 'chips' | 'weightMax'>,
): CrossbarArray {
  const { rows, columns } = size;
  return {
    ...size,
    mapping: config.mapping,
    pair: config.pair,
    offsetSubtraction: config.mapping === 'offset' ? config.offsetSubtraction : 'unit-column',
    weightBits: config.weightBits,
    sliceBits: config.bitsPerSlice,
    weightSlices: config.weightSlices,
    // Without a conversion per tile the tiles share one bitline: their currents, and the noise's variance, add.
    tileRows: config.adc.bits === 0 || config.tileRows === 0 ? rows : Math.min(rows, config.tileRows),
    tileColumns: config.tileColumns === 0 ? columns : Math.min(columns, config.tileColumns),
    tileSplit: config.tileSplit,
    cell: config.device,
  };
}

function oneOf(path: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw reject(`${path} is "${value}"`, `use ${allowed.join(', ')}`);
}

const reject = (what: string, fix: string) => fail('CROSSBAR_CONFIG', `crossbar: ${what}`, fix);

/** The keys of {@link MappingConfig}. */
export const mappingFields: readonly (keyof CrossbarConfig)[] = [
  'mapping',
  'pair',
  'offsetSubtraction',
  'weightBits',
  'bitsPerSlice',
  'weightSlices',
  'tileRows',
  'tileColumns',
  'tileSplit',
];
