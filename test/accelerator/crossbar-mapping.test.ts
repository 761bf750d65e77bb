import { describe, expect, it } from 'vitest';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { readCounts } from '../../src/accelerator/crossbar-counts.ts';
import { inputCycles } from '../../src/accelerator/crossbar-inputs.ts';
import { crossbarLedger } from '../../src/accelerator/crossbar-ledger.ts';
import { crossbarArray } from '../../src/accelerator/crossbar-mapping.ts';
import { crossbarPresetNames, crossbarPresets } from '../../src/accelerator/crossbar-presets.ts';
import { conversionsOf, joinedCycles } from '../../src/device/input-cycles.ts';
import { longestTile, tileOf, tileSpan, tiling } from '../../src/device/tiling.ts';
import { totalOf } from '../../src/ledger/counts.ts';
import { resolveConfig } from '../../src/study/config.ts';
import { runCrossbar } from '../../src/study/crossbar-run.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const serial = { bits: 6, mode: 'bit-serial', sliceBits: 2 } as const;
const [rows, columns, inputs] = [20, 10, 3];
const arrayOf = (config: CrossbarConfig) =>
  crossbarArray(resolveCrossbar(config), { rows, columns, chips: 1, weightMax: 1 });
const countsOf = (config: CrossbarConfig) => readCounts(arrayOf(config), resolveCrossbar(config), inputs);

describe('contradictory settings', () => {
  it.each<[string, CrossbarConfig, RegExp]>([
    ['a pair of the offset mapping', { mapping: 'offset', pair: 'two-sided' }, /pair is two-sided/],
    ['an offset of pairs', { offsetSubtraction: 'digital' }, /offsetSubtraction is digital/],
    ['slices of an offset code in pairs', { weightBits: 4, weightSlices: 'offset' }, /weightSlices is offset/],
    ['slices of analog weights', { weightSlices: 'balanced' }, /analog/],
    ['half a column', { tileColumns: 2.5 }, /tileColumns/],
    ['an unknown split', { tileSplit: 'even' as 'full' }, /tileSplit/],
    ['levels that leave out a sign', { pair: 'two-sided', weightBits: 3, device: { levels: 4 } }, /sign .*4 levels/],
    [
      'negative inputs that there are not',
      { signedInputs: false, negativeInputs: 'two-pass' },
      /signedInputs is false/,
    ],
    ['a subtraction of one pass', { passSubtraction: 'analog' }, /passSubtraction/],
    ['a sum of one cycle', { inputAccumulation: 'analog' }, /inputAccumulation/],
    ['an unknown drive', { negativeInputs: 'dummy' as 'offset' }, /negativeInputs is "dummy"/],
    [
      'shifted slices of a magnitude',
      { negativeInputs: 'offset', dac: { ...serial, grid: 'sign-magnitude' } },
      /shifted/,
    ],
    ['a current of shifted inputs', { output: 'current', negativeInputs: 'offset' }, /shifted/],
    ['a charge of two passes', { output: 'charge', negativeInputs: 'two-pass' }, /two passes/],
    [
      'a current without its offset',
      { output: 'current', mapping: 'offset', offsetSubtraction: 'digital' },
      /digitally/,
    ],
    ['steps of analog weights', { dac: serial, adc: { bits: 8, range: { kind: 'granular' } } }, /granular/],
    ['an array that nobody published', { preset: 'issac' as 'isaac' }, /issac/],
  ])('are named: %s', (_, config, what) => {
    expect(() => resolveCrossbar(config)).toThrow(
      expect.objectContaining({ code: 'CROSSBAR_CONFIG', what: expect.stringMatching(what) }),
    );
  });
});

describe('tiling', () => {
  it.each(['full', 'balanced'] as const)('covers every line once, in %s tiles', (split) => {
    for (let lines = 1; lines < 18; lines++) {
      for (let most = 1; most < 20; most++) {
        const cut = tiling(lines, most, split);
        expect(cut.tiles).toBe(Math.ceil(lines / most));
        const sizes = Array.from({ length: cut.tiles }, (_, tile) => {
          const { from, to } = tileSpan(cut, tile);
          expect([tileOf(cut, from), tileOf(cut, to - 1)]).toEqual([tile, tile]);
          return to - from;
        });
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(lines);
        expect(Math.max(...sizes)).toBe(longestTile(cut));
        expect(longestTile(cut)).toBeLessThanOrEqual(most);
        if (split === 'balanced') expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        else expect(sizes.slice(0, -1).every((size) => size === most)).toBe(true);
      }
    }
  });
});

describe('cycles before conversion', () => {
  it.each([
    [{ inputAccumulation: 'digital', passSubtraction: 'digital' }, 6, [1]],
    [{ inputAccumulation: 'digital', passSubtraction: 'analog' }, 3, [1, -1]],
    [{ inputAccumulation: 'analog', passSubtraction: 'digital' }, 2, [1 / 21, 4 / 21, 16 / 21]],
    [
      { inputAccumulation: 'analog', passSubtraction: 'analog' },
      1,
      [1 / 21, 4 / 21, 16 / 21, -1 / 21, -4 / 21, -16 / 21],
    ],
  ] as const)('are joined with their weights: %o', (settings, conversions, weights) => {
    const cycles = inputCycles(resolveCrossbar({ ...settings, negativeInputs: 'two-pass', dac: serial }));
    expect(conversionsOf(cycles).cycles).toBe(conversions);
    const joined = Array.from({ length: conversions }, (_, i) => joinedCycles(cycles, i));
    for (const parts of joined) {
      expect(parts.length).toBe(weights.length);
      parts.forEach(({ weight }, i) => {
        expect(weight).toBeCloseTo(weights[i]!, 14);
      });
    }
    // Every cycle is converted once.
    expect(joined.flatMap((parts) => parts.map(({ cycle }) => cycle)).sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('counts', () => {
  const adc = { bits: 8 } as const;

  it('have drivers, converters and a reference column for every tile of columns', () => {
    const tiles = { mapping: 'offset', tileRows: 8, tileColumns: 4, adc } as const;
    expect(countsOf(tiles)).toEqual({
      dac: { drive: inputs * rows * 3 },
      crossbar: { cellRead: inputs * rows * (columns + 3) },
      adc: { conversion: inputs * 3 * (columns + 3) },
      adder: { add: inputs * columns * (3 - 1 + 3) },
    });
    const { technology } = crossbarLedger(arrayOf(tiles), resolveCrossbar(tiles), { inputs });
    // Tiles of 4, 4 and 2 columns and a reference: 5, 5 and 3 bitlines, none shared between tiles.
    expect(technology.components['adc']!.instances).toBe(3 * 3);
    expect(technology.components['dac']!.instances).toBe(3 * rows);
    const two = { ...tiles, cost: { columnsPerAdc: 2 } };
    expect(crossbarLedger(arrayOf(two), resolveCrossbar(two), { inputs }).technology.components['adc']!.instances).toBe(
      3 * (3 + 3 + 2),
    );
  });

  it('have one sum of the inputs for a digital offset', () => {
    const digital = countsOf({ mapping: 'offset', offsetSubtraction: 'digital', tileRows: 8, adc });
    expect(digital['adc']).toEqual({ conversion: inputs * 3 * columns });
    expect(digital['adder']).toEqual({ add: inputs * (columns * 2 + rows - 1 + columns) });
  });

  it('have twice the cycles for two passes, and conversions for what is not joined', () => {
    const conversions = (more: CrossbarConfig) => totalOf(countsOf({ adc, dac: serial, tileRows: 0, ...more }), 'adc');
    const drives = (more: CrossbarConfig) => totalOf(countsOf({ adc, dac: serial, ...more }), 'dac');
    const each = inputs * columns;
    expect([conversions({}), drives({})]).toEqual([3 * each, 3 * inputs * rows]);
    const two = { negativeInputs: 'two-pass' } as const;
    expect([conversions(two), drives(two)]).toEqual([6 * each, 6 * inputs * rows]);
    expect(conversions({ ...two, passSubtraction: 'analog' })).toBe(3 * each);
    expect(conversions({ inputAccumulation: 'analog' })).toBe(each);
    expect(conversions({ ...two, passSubtraction: 'analog', inputAccumulation: 'analog' })).toBe(each);
    // A shifted code has no sign: 6 bits in slices of 2, and a constant to add.
    const shifted = { negativeInputs: 'offset' } as const;
    expect(conversions(shifted)).toBe(3 * each);
    expect(totalOf(countsOf({ adc, dac: serial, tileRows: 0, ...shifted }), 'adder')).toBe((3 - 1 + 1) * each);
  });

  it('hold a sample for every cycle that a conversion joins, and take time for conversions alone', () => {
    const config = { adc, dac: serial, inputAccumulation: 'analog' } as const;
    const { counts, latency } = crossbarLedger(arrayOf(config), resolveCrossbar(config), { inputs });
    expect(totalOf(counts, 'sample-hold')).toBe(3 * totalOf(counts, 'adc'));
    const [read, convert] = latency.stages;
    expect(read!.timeNs).toBe(inputs * 3 * 10);
    expect(convert!.timeNs).toBe(inputs * 8 * 10);
  });

  it('convert parts that are not negative in a range from 0', () => {
    const grid = (more: CrossbarConfig) => resolveCrossbar({ mapping: 'offset', ...more }).adc.grid;
    expect(grid({})).toBe('sign-magnitude');
    expect(grid({ negativeInputs: 'two-pass' })).toBe('uniform');
    expect(grid({ negativeInputs: 'two-pass', passSubtraction: 'analog' })).toBe('sign-magnitude');
    expect(grid({ negativeInputs: 'offset' })).toBe('uniform');
  });
});

describe('published arrays', () => {
  it.each(crossbarPresetNames)('%s is JSON, has a source, and multiplies', async (preset) => {
    const { config, source } = crossbarPresets[preset];
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
    expect(source.ref.length).toBeGreaterThan(5);
    const [r, c, n] = [150, 20, 2];
    const weights = normals(r * c, 3);
    const x = normals(n * r, 4).map((value) => (config.signedInputs === false ? Math.abs(value) : value));
    const run = await runCrossbar(await nodeGpu(), {
      weights: { values: weights, rows: r, columns: c },
      inputs: x,
      config: { preset },
    });
    const exact = Float64Array.from({ length: n * c }, (_, at) => {
      const [input, column] = [Math.floor(at / c), at % c];
      return x.subarray(input * r, (input + 1) * r).reduce((sum, v, row) => sum + v * weights[row * c + column]!, 0);
    });
    const squares = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value * value, 0);
    const error = Math.sqrt(squares(exact.map((value, at) => run.outputs.values[at]! - value)) / squares(exact));
    // ISAAC loses nothing but the rounding of codes; PRIME has outputs of 6 bits; SONOS has errors of cells.
    expect(error).toBeLessThan({ isaac: 1e-3, prime: 0.2, sonos: 0.2 }[preset]);
    expect(error).toBeGreaterThan({ isaac: 0, prime: 1e-3, sonos: 1e-3 }[preset]);
  });

  it('have conversions as the paper says: 8 slices and 16 cycles in every tile of 128 rows', () => {
    const isaac = resolveCrossbar({ preset: 'isaac' });
    const array = crossbarArray(isaac, { rows: 256, columns: 32, chips: 1, weightMax: 1 });
    // 16 weights and their unit column in each of the 2 x 2 tiles.
    expect(totalOf(readCounts(array, isaac, 1), 'adc')).toBe(16 * 8 * 4 * 17);
  });

  it('give way to what is set beside them', () => {
    const config = resolveCrossbar({
      preset: 'isaac',
      mapping: 'differential',
      signedInputs: false,
      device: { onOffRatio: 100 },
      dac: { sliceBits: 2, grid: 'uniform' },
      cost: { nodeNm: 45 },
    });
    expect(config).toMatchObject({
      preset: 'isaac',
      mapping: 'differential',
      weightBits: 16,
      bitsPerSlice: 2,
      cycles: 8,
    });
    expect(config.device).toMatchObject({ conductanceMaxUs: 500, conductanceMinUs: 5, levels: 4 });
    expect(config.cost).toMatchObject({ nodeNm: 45, columnsPerAdc: 128 });
    expect(resolveCrossbar({ preset: 'prime', device: 'hfox-milo', weightBits: 0 }).device.name).toBe('hfox-milo');
    expect(resolveCrossbar({ preset: 'sonos', dac: { mode: 'multi-level' } }).inputAccumulation).toBe('digital');
  });

  it('bring their cells in a configuration file, unless it names others', () => {
    const cells = (file: object) => resolveCrossbar(resolveConfig(file).crossbar).device.name;
    expect(cells({ device: 'hfox-milo', crossbar: { preset: 'sonos' } })).toBe('sonos');
    expect(cells({ crossbar: { preset: 'sonos', device: 'pcm-joshi' } })).toBe('pcm-joshi');
    expect(cells({ device: 'hfox-milo', crossbar: { mapping: 'offset' } })).toBe('hfox-milo');
  });
});
