import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellNames } from '../../src/device/cell.ts';
import type { CimError } from '../../src/errors.ts';
import { resolveConfig } from '../../src/study/config.ts';
import { configJsonSchema } from '../../src/study/config-schema.ts';

function complaint(file: string | object, flags = {}): string {
  try {
    resolveConfig(file, flags, 'c.json');
  } catch (error) {
    expect(error).toMatchObject({ name: 'CimError', code: 'CONFIG', kind: 'input' });
    return `${(error as CimError).what}; ${(error as CimError).fix}`;
  }
  throw new Error(`${JSON.stringify(file)} was accepted`);
}

describe('resolveConfig', () => {
  it('has a default for everything', () => {
    expect(resolveConfig(undefined)).toMatchObject({ seed: 1, chips: 1, windows: 4, causal: false, device: 'ideal' });
  });

  it('takes flags over the file over defaults, and says what was given', () => {
    const file = '{"seed": 5, "chips": 3, "hardsea": {"device": "hfox-milo", "banks": 16}}';
    const config = resolveConfig(file, { chips: 2, device: 'pcm-joshi' });
    expect(config).toMatchObject({
      seed: 5,
      chips: 2,
      device: 'pcm-joshi',
      hardsea: { device: 'pcm-joshi', banks: 16 },
    });
    expect([...config.given].sort()).toEqual(['chips', 'device', 'hardsea', 'hardsea.banks', 'hardsea.device', 'seed']);
  });

  it('lets a section override the common device', () => {
    const file = { device: 'generic', hardsea: { device: { preset: 'hfox-milo', levels: 16 } } };
    expect(resolveConfig(file).hardsea.device).toEqual({ preset: 'hfox-milo', levels: 16 });
    expect(resolveConfig({ device: 'generic' }).hardsea.device).toBe('generic');
  });

  it('keeps the path of codebooks apart from the machine', () => {
    const config = resolveConfig({ hardsea: { codebooks: 'c.safetensors' } });
    expect(config.files).toEqual({ 'hardsea.codebooks': 'c.safetensors' });
    expect(config.hardsea).toEqual({ device: 'ideal' });
  });

  it.each([
    ['{', '"c.json" is not valid JSON'],
    ['[]', 'holds an array where an object is needed'],
    ['{"seed": 1, "seed": 2}', 'gives the key "seed" twice'],
    [
      '{"sede": 1}',
      'sede is not known; use an object with any of $schema, seed, generator, chips, windows, causal, device, hardsea, sprint, charge, butterfly, crossbar; did you mean "seed"?',
    ],
    ['{"seed": -1}', 'seed is the number -1; give a whole number from 0 to 4294967295'],
    ['{"seed": 1e999}', 'seed is the number Infinity; give a whole number'],
    ['{"chips": 1.5}', 'chips is the number 1.5; give a whole number from 1 to 1024'],
    ['{"hardsea": 3}', 'hardsea is the number 3; use an object with any of subspaces'],
    ['{"hardsea": {"keepRatio": 1.5}}', 'hardsea.keepRatio is the number 1.5; give a number above 0, at most 1'],
    ['{"hardsea": {"keepRatio": "0.2"}}', 'hardsea.keepRatio is the text "0.2"; give a number above 0'],
    [
      '{"hardsea": {"keepratio": 0.2}}',
      'hardsea.keepratio is not known; use an object with any of subspaces, centroids',
    ],
    ['{"hardsea": {"keep": 3, "keepRatio": 0.2}}', 'both hardsea.keep and hardsea.keepRatio are given; give one'],
    ['{"hardsea": {"tableBits": 1}}', 'hardsea.tableBits is 1; use 0 (float32) or 2 to 16'],
    ['{"hardsea": {"operandBits": 16}}', 'hardsea.operandBits is the number 16; use 8 (integers) or 32 (float32)'],
    [
      '{"hardsea": {"score": "match2"}}',
      'hardsea.score is the text "match2"; use one of symmetric, match, asymmetric; did you mean "match"?',
    ],
    [
      '{"hardsea": {"encoder": {"wta": "td"}}}',
      'hardsea.encoder.wta is the text "td"; use one of ideal, td-65nm, or an object',
    ],
    [
      '{"hardsea": {"encoder": {"wta": {"resolutionPs": -1}}}}',
      'hardsea.encoder.wta.resolutionPs is the number -1; give a number of ps, 0 or more',
    ],
    [
      '{"hardsea": {"selector": {"wta": {"resolutionNs": 1}}}}',
      'hardsea.selector.wta.resolutionNs is not known; use an object with any of preset',
    ],
    ['{"hardsea": {"selector": {"wta": {"thresholdV": 3}}}}', 'hardsea.selector.wta: thresholdV 3 is above supplyV 1'],
    ['{"crossbar": {"weightBits": 1}}', 'crossbar: weightBits is 1; use 0 (analog) or a whole number from 2'],
    [
      '{"crossbar": {"adc": {"range": {"kind": "wide"}}}}',
      'crossbar.adc.range.kind is the text "wide"; use {"kind": "max"}',
    ],
    [
      '{"crossbar": {"dac": {"range": {"kind": "full"}}}}',
      'crossbar.dac.range.kind is the text "full"; use {"kind": "max"}',
    ],
    ['{"crossbar": {"adc": {"range": 3}}}', 'crossbar.adc.range is the number 3; use {"kind": "max"}'],
    ['{"crossbar": {"readNoise": true}}', 'crossbar: readNoise is on, and the device ideal has none'],
    [
      '{"crossbar": {"readVoltageV": 6}}',
      'crossbar.readVoltageV is the number 6; give a number of V above 0, at most 5',
    ],
    ['{"device": "hfox"}', 'device is the text "hfox"; use one of ideal, generic, hfox-milo'],
    ['{"device": {"preset": "hfox-milo", "ageS": 5}}', 'device: '],
    ['{"device": {"preset": "hfox-milo", "conductanceMaxUS": 5}}', 'device.conductanceMaxUS is not known'],
    [
      '{"device": {"conductanceMinUs": 300, "conductanceMaxUs": 200}}',
      'device: the conductance range is 300 to 200 uS',
    ],
    ['{"device": {"onOffRatio": 10, "conductanceMinUs": 1}}', 'both device.onOffRatio and device.conductanceMinUs'],
    ['{"device": {"relativeSigma": 0.1, "programming": {"sigmaUs": [1,0,0,0,0]}}}', 'both device.relativeSigma and'],
    ['{"device": {"clampUs": [1]}}', 'device.clampUs is an array; give [low, high] in uS'],
    ['{"device": {"programming": {"sigmaUs": ["1"]}}}', 'device.programming.sigmaUs[0] is the text "1"; give a number'],
    ['{"device": {"programming": {"sigmaUs": []}}}', 'device.programming.sigmaUs is an array; give a number'],
    ['{"device": {"drift": {"exponentMean": -1}}}', 'drift.exponentMean is -1 at 0 uS'],
  ])('refuses %s', (file, expected) => {
    expect(complaint(file)).toContain(expected);
  });

  it('refuses an unknown device flag', () => {
    expect(complaint({}, { device: 'hfox' })).toBe(`--device is "hfox"; use one of ${cellNames.join(', ')}`);
  });

  it('never fails otherwise than by an input error on one line', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('hardsea', 'device', 'seed', 'chips', 'windows', 'x'), (json, key) => {
        try {
          resolveConfig(`{${JSON.stringify(key)}: ${json}}`);
        } catch (error) {
          expect(error).toMatchObject({ name: 'CimError', kind: 'input' });
          expect((error as Error).message).not.toMatch(/\n/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('names an unknown key wherever it stands', () => {
    const sections = [
      '',
      'device',
      'hardsea',
      'crossbar',
      'crossbar.dac',
      'crossbar.adc',
      'hardsea.device',
      'hardsea.encoder',
      'hardsea.encoder.wta',
      'hardsea.selector',
    ];
    const key = fc.stringMatching(/^[a-z]{1,12}Zq$/);
    fc.assert(
      fc.property(fc.constantFrom(...sections), key, fc.jsonValue(), (path, name, value) => {
        const keys = [...path.split('.').filter(Boolean), name];
        const file = keys.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);
        expect(complaint(file as object)).toContain(`${keys.join('.')} is not known; use an object with any of `);
      }),
    );
  });
});

describe('configJsonSchema', () => {
  it('is a closed JSON Schema with descriptions and defaults', () => {
    const schema = configJsonSchema() as { additionalProperties: boolean; properties: Record<string, never> };
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      additionalProperties: false,
      properties: {
        seed: { type: 'integer', minimum: 0, default: 1 },
        hardsea: { additionalProperties: false, properties: { keepRatio: { exclusiveMinimum: 0, maximum: 1 } } },
      },
    });
  });
});
