import { describe, expect, it } from 'vitest';
import { adcCost } from '../../../src/ledger/adc-model.ts';
import { auditTechnology } from '../../../src/ledger/audit.ts';
import { type CrossbarGeometry, crossbarTechnology } from '../../../src/ledger/technology/crossbar.ts';
import { areaByComponent, constantsOf } from '../../../src/ledger/technology.ts';

const geometry: CrossbarGeometry = {
  rows: 128,
  cells: 128 * 64 * 2,
  convertedColumns: 64,
  lineCells: 128,
  columnsPerAdc: 8,
  adcBits: 8,
  dacBits: 1,
  cellBits: 2,
  readNs: 10,
  nodeNm: 65,
  supplyV: 1,
  adcModel: 'survey',
  adcCalibration: 1,
  adcSamplesPerSecond: 1e8,
};
const price = (more: Partial<CrossbarGeometry>, component: string, action: string) =>
  crossbarTechnology({ ...geometry, ...more }).components[component]!.actions[action]!.energyPj;
const area = (more: Partial<CrossbarGeometry>) =>
  Object.fromEntries(
    areaByComponent(crossbarTechnology({ ...geometry, ...more })).map((row) => [row.component, row.areaUm2]),
  );

describe('crossbarTechnology', () => {
  it.each([
    {},
    { adcModel: 'embedded' as const },
    { adcBits: 0, dacBits: 0, cellBits: 0 },
    { nodeNm: 28, supplyV: 0.8 },
  ])('passes the audit with %j', (more) => {
    expect(auditTechnology(crossbarTechnology({ ...geometry, ...more }))).toEqual([]);
  });

  it('prices a conversion by the chosen model and names it', () => {
    const design = { bits: 8, samplesPerSecond: 1e8, nodeNm: 65, supplyV: 1, lineCells: 128 };
    for (const adcModel of ['survey', 'embedded'] as const) {
      const cost = adcCost(adcModel, design);
      expect(price({ adcModel }, 'adc', 'conversion')).toEqual(cost.energyPj);
      const technology = crossbarTechnology({ ...geometry, adcModel });
      expect(technology.timing['convertNs']).toEqual(cost.timeNs);
      expect(technology.description).toContain(`model ${adcModel}`);
      expect(technology.components['adc']!.label).toContain(adcModel);
    }
    expect(price({ adcCalibration: 0.5 }, 'adc', 'conversion').value).toBeCloseTo(
      adcCost('survey', design).energyPj.value / 2,
      12,
    );
  });

  it('has a converter and an adder for every eight columns, a sample-and-hold for each', () => {
    const { components } = crossbarTechnology(geometry);
    expect(components['adc']!.instances).toBe(8);
    expect(components['adder']!.instances).toBe(8);
    expect(components['sample-hold']!.instances).toBe(64);
    expect(crossbarTechnology({ ...geometry, columnsPerAdc: 1 }).components['adc']!.instances).toBe(64);
    expect(crossbarTechnology({ ...geometry, columnsPerAdc: 100 }).components['adc']!.instances).toBe(1);
  });

  it('has nothing behind an analog read-out', () => {
    const analog = area({ adcBits: 0 });
    for (const component of ['adc', 'adder', 'sample-hold']) expect(analog[component], component).toBe(0);
    expect(price({ adcBits: 0 }, 'adc', 'conversion').value).toBe(0);
  });

  it('takes a read from the run where it is known, else from a publication', () => {
    expect(price({ cellReadPj: 0.004 }, 'crossbar', 'cellRead')).toMatchObject({
      value: 0.004,
      source: { ref: 'this run', grade: 'C' },
    });
    expect(price({}, 'crossbar', 'cellRead').value).toBe(0.00183);
  });

  it('writes 24.4 pJ a bit, and drives 50 fF a bit and V^2', () => {
    expect(price({}, 'crossbar', 'cellWrite').value).toBeCloseTo(48.8, 12);
    expect(price({ cellBits: 0 }, 'crossbar', 'cellWrite').value).toBeCloseTo(97.6, 12);
    expect(price({ dacBits: 4, supplyV: 0.9 }, 'dac', 'drive').value).toBeCloseTo(0.05 * 4 * 0.81, 12);
    expect(price({ dacBits: 0 }, 'dac', 'drive')).toMatchObject({ source: { grade: 'D' } });
  });

  it('is cheaper and smaller at a smaller node, except where it writes', () => {
    expect(price({ nodeNm: 28 }, 'adder', 'add').value).toBeLessThan(price({}, 'adder', 'add').value);
    expect(price({ nodeNm: 28 }, 'adc', 'conversion').value).toBeLessThan(price({}, 'adc', 'conversion').value);
    expect(price({ nodeNm: 28 }, 'crossbar', 'cellWrite')).toEqual(price({}, 'crossbar', 'cellWrite'));
    const [large, small] = [area({}), area({ nodeNm: 28 })];
    for (const component of Object.keys(large)) expect(small[component], component).toBeLessThan(large[component]!);
    expect(large['crossbar']).toBeCloseTo(geometry.cells * 48 * 0.065 ** 2, 9);
  });

  it('was fitted to nothing', () => {
    for (const [path, { fittedTo }] of constantsOf(crossbarTechnology(geometry)))
      expect(fittedTo, path).toBeUndefined();
  });

  it.each<[Partial<CrossbarGeometry>, string]>([
    [{ cells: -1 }, 'GEOMETRY_VALUE'],
    [{ readNs: Number.NaN }, 'GEOMETRY_VALUE'],
    [{ columnsPerAdc: 0 }, 'GEOMETRY_VALUE'],
    [{ nodeNm: 7 }, 'PROCESS_VALUE'],
    [{ adcSamplesPerSecond: 0 }, 'ADC_VALUE'],
  ])('rejects %j', (bad, code) => {
    expect(() => crossbarTechnology({ ...geometry, ...bad })).toThrow(expect.objectContaining({ code }));
  });
});
