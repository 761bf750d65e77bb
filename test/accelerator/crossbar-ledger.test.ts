import { describe, expect, it } from 'vitest';
import { cellReadEnergyPj } from '../../src/accelerator/crossbar-cell-energy.ts';
import { type CrossbarConfig, resolveCrossbar } from '../../src/accelerator/crossbar-config.ts';
import { resolveCrossbarCost } from '../../src/accelerator/crossbar-cost.ts';
import { type CrossbarWork, crossbarLedger } from '../../src/accelerator/crossbar-ledger.ts';
import type { CrossbarArray } from '../../src/device/crossbar-array.ts';
import { crossbarSizes } from '../../src/device/crossbar-array.ts';
import { auditFigures, auditTechnology } from '../../src/ledger/audit.ts';
import { totalOf } from '../../src/ledger/counts.ts';
import { ledgerElasticities } from '../../src/ledger/elasticity.ts';

const rows = 256;
const columns = 64;
const base: CrossbarConfig = {
  weightBits: 9,
  bitsPerSlice: 2,
  tileRows: 128,
  dac: { bits: 9, mode: 'bit-serial', sliceBits: 1 },
  adc: { bits: 8 },
};

function arrayOf(config: CrossbarConfig, chips = 1): CrossbarArray {
  const resolved = resolveCrossbar(config);
  return {
    rows,
    columns,
    chips,
    mapping: resolved.mapping,
    weightBits: resolved.weightBits,
    sliceBits: resolved.bitsPerSlice,
    weightMax: 1,
    tileRows: resolved.adc.bits === 0 ? rows : resolved.tileRows,
    cell: resolved.device,
  };
}
const ledgerOf = (config: CrossbarConfig, work: CrossbarWork = { inputs: 10 }, chips = 1) =>
  crossbarLedger(arrayOf(config, chips), resolveCrossbar(config), work);
const figureOf = (ledger: ReturnType<typeof ledgerOf>, name: string) =>
  ledger.figures.find((figure) => figure.name === name)!.value as number;

describe('the ledger of a crossbar', () => {
  it('counts a conversion for every weight slice, input slice and tile', () => {
    // ISAAC: products x (weight bits / cell bits) x (input bits / DAC bits) / rows of a conversion. Signs take no slice here.
    const conversions = (more: CrossbarConfig) => totalOf(ledgerOf({ ...base, ...more }).counts, 'adc', 'conversion');
    const products = 10 * rows * columns;
    expect(conversions({})).toBe((products * (8 / 2) * (8 / 1)) / 128);
    expect(conversions({ bitsPerSlice: 1 })).toBe(2 * conversions({}));
    expect(conversions({ bitsPerSlice: 8 })).toBe(conversions({}) / 4);
    expect(conversions({ tileRows: 64 })).toBe(2 * conversions({}));
    expect(conversions({ dac: { bits: 9, mode: 'bit-serial', sliceBits: 2 } })).toBe(conversions({}) / 2);
  });

  it('holds a sample for every conversion, and has reads of every cell in every cycle', () => {
    const { counts } = ledgerOf(base);
    expect(totalOf(counts, 'sample-hold', 'sample')).toBe(totalOf(counts, 'adc', 'conversion'));
    expect(totalOf(counts, 'crossbar', 'cellRead')).toBe(10 * 8 * crossbarSizes(arrayOf(base)).cellsPerChip);
    const analog = ledgerOf({ ...base, adc: { bits: 0 } }).counts;
    expect(Object.keys(analog)).toEqual(['dac', 'crossbar']);
  });

  it('prices one chip, whatever the population', () => {
    expect(ledgerOf(base, { inputs: 10 }, 64)).toEqual(ledgerOf(base));
  });

  it('has energies that follow the inputs, and a programming that does not', () => {
    const once = ledgerOf(base);
    const twice = ledgerOf(base, { inputs: 20 });
    expect(figureOf(twice, 'energy per input')).toBeCloseTo(figureOf(once, 'energy per input'), 9);
    expect(twice.setupEnergy).toEqual(once.setupEnergy);
    expect(figureOf(once, 'programming energy')).toBeCloseTo(crossbarSizes(arrayOf(base)).cellsPerChip * 48.8, 6);
  });

  it('counts what rewriting does to cells and bill', () => {
    const work = ledgerOf(base, { inputs: 10, programmings: 1000 });
    expect(work.endurance).toMatchObject({ writesPerCell: 1000, limitWrites: { value: 1e8, low: 1e6, high: 1e12 } });
    expect(totalOf(work.setupCounts, 'crossbar', 'cellWrite')).toBe(1000 * totalOf(ledgerOf(base).setupCounts));
    expect(work.setupNs).toBe(1000 * ledgerOf(base).setupNs);
    // 128 rows, 2 sides, 64 columns of one tile and slice, 8.5 us each.
    expect(ledgerOf(base).setupNs).toBe(128 * 2 * 64 * 8500);
  });

  it('takes as long as its slowest stage where stages overlap', () => {
    const { latency } = ledgerOf(base);
    const stages = Object.fromEntries(latency.stages.map(({ stage, timeNs }) => [stage, timeNs]));
    expect(stages).toEqual({ read: 10 * 8 * 10, convert: 10 * 8 * 8 * 10, add: 10 * 8 * 8 });
    expect(latency.overlappedNs).toBe(stages['convert']);
    expect(latency.sequentialNs).toBe(800 + 6400 + 640);
    expect(ledgerOf({ ...base, adc: { bits: 0 } }).latency.overlappedNs).toBe(800);
  });

  it('names the model of its converters beside every figure of a read, and is far dearer by the survey', () => {
    const survey = ledgerOf(base);
    const embedded = ledgerOf({ ...base, cost: { adcModel: 'embedded' } });
    for (const { name, basis } of embedded.figures) {
      if (!name.startsWith('programming')) expect(basis.note, name).toContain('model embedded');
    }
    const conversion = (ledger: typeof survey) => ledger.energy.find((row) => row.component === 'adc')!.energyPj;
    expect(conversion(survey) / conversion(embedded)).toBeCloseTo(6.4944 / 0.8655, 2);
  });

  it('is sound, and rests most on its converters', () => {
    const ledger = ledgerOf(base);
    expect(auditTechnology(ledger.technology)).toEqual([]);
    expect(auditFigures(ledger.figures, ledger.technology)).toEqual([]);
    const found = ledgerElasticities((change) =>
      crossbarLedger(arrayOf(base), resolveCrossbar(base), { inputs: 10 }, change),
    );
    expect(found['energy per input']![0]!.constant).toBe('adc.conversion.energyPj');
    expect(found['energy per input']!.reduce((sum, row) => sum + row.elasticity, 0)).toBeCloseTo(1, 6);
    expect(found['latency per input, stages overlapped']![0]).toMatchObject({ constant: 'timing.convertNs' });
  });

  it('has figures of programming and area alone where nothing was read', () => {
    expect(ledgerOf(base, { inputs: 0 }).figures.map((figure) => figure.name)).toEqual([
      'programming energy',
      'programming time',
      'area',
    ]);
  });
});

describe('cellReadEnergyPj', () => {
  const config = { mapping: 'offset', device: 'ideal', readVoltageV: 0.2, integrationNs: 10 } as const;
  const array: CrossbarArray = { ...arrayOf(config), rows: 2, columns: 1, tileRows: 2 };

  it('is the mean of V^2 G t over cells and inputs', () => {
    const subject = { array, config: resolveCrossbar(config), inputRange: { kind: 'fixed', min: -1, max: 1 } as const };
    // Rows of 10 + 30 and 20 + 40 uS, driven at 0.2 and -0.1 V, then at 0 and 0.2 V: fJ over 8 reads of a cell.
    const cells = Float32Array.from([10, 30, 20, 40]);
    const expected = (0.04 * 40 + 0.01 * 60 + 0 + 0.04 * 60) * 10;
    expect(cellReadEnergyPj(subject, Float32Array.from([1, -0.5, 0, 1]), cells)).toBeCloseTo((expected / 8) * 1e-3, 9);
    expect(cellReadEnergyPj(subject, new Float32Array(0), cells)).toBe(0);
  });

  it('drives bit by bit where the inputs are serial', () => {
    const serial = resolveCrossbar({ ...config, dac: { bits: 3, mode: 'bit-serial' } });
    const subject = { array, config: serial, inputRange: { kind: 'fixed', min: -1, max: 1 } as const };
    // The magnitude of two bits: 1 is 11, -1/3 is 01, at 0.2 V a bit.
    const energy = cellReadEnergyPj(subject, Float32Array.from([1, -1 / 3]), Float32Array.from([10, 30, 20, 40]));
    expect(energy).toBeCloseTo(((2 * 0.04 * 40 + 0.04 * 60) * 10 * 1e-3) / 8, 9);
  });
});

describe('resolveCrossbarCost', () => {
  it.each([
    { nodeNm: 7 },
    { nodeNm: Number.NaN },
    { supplyV: 0 },
    { adcModel: 'guess' as 'survey' },
    { adcCalibration: -1 },
    { adcSamplesPerSecond: Number.POSITIVE_INFINITY },
    { columnsPerAdc: 1.5 },
  ])('rejects %j, naming the field', (bad) => {
    expect(() => resolveCrossbarCost(bad)).toThrow(
      expect.objectContaining({
        code: 'CROSSBAR_CONFIG',
        what: expect.stringContaining(`cost.${Object.keys(bad)[0]}`),
      }),
    );
  });

  it('rejects a field that there is not', () => {
    expect(() => resolveCrossbar({ cost: { node: 65 } as object })).toThrow(
      expect.objectContaining({ code: 'CROSSBAR_CONFIG', what: expect.stringContaining('cost.node') }),
    );
  });
});
