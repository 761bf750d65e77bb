import { describe, expect, it } from 'vitest';
import { auditTechnology } from '../../../src/ledger/audit.ts';
import { type HardseaGeometry, hardseaTechnology } from '../../../src/ledger/technology/hardsea.ts';
import { areaByComponent, constantsOf, energyByComponent } from '../../../src/ledger/technology.ts';

const geometry: HardseaGeometry = {
  arrays: 8,
  rows: 9,
  columns: 32,
  wtaSelectColumns: 1024,
  sramBits: 2 ** 20,
  macLanes: 64,
  softmaxUnits: 4,
  dacs: 72,
};

describe('hardseaTechnology', () => {
  it('passes the audit', () => {
    expect(auditTechnology(hardseaTechnology(geometry))).toEqual([]);
  });

  it('has the components and actions that the accelerator counts', () => {
    const { components } = hardseaTechnology(geometry);
    expect(Object.entries(components).map(([name, { actions }]) => [name, ...Object.keys(actions)])).toEqual([
      ['dac', 'drive'],
      ['crossbar', 'cellRead', 'cellWrite'],
      ['wta-encode', 'column', 'charge'],
      ['table', 'lookup'],
      ['wta-select', 'column', 'charge'],
      ['sram', 'readBit', 'writeBit', 'boundaryBit'],
      ['mac', 'mac8'],
      ['softmax', 'exp', 'divide'],
    ]);
  });

  it('scales its area with the geometry', () => {
    const area = (more: Partial<HardseaGeometry>) =>
      Object.fromEntries(
        areaByComponent(hardseaTechnology({ ...geometry, ...more })).map((row) => [row.component, row.areaUm2]),
      );
    expect(area({})['crossbar']).toBeCloseTo(8 * 9 * 32 * 48 * 0.065 ** 2, 6);
    expect(area({})['wta-encode']).toBe(8 * 32 * 40);
    expect(area({ wtaEncodeColumns: 128 })['wta-encode']).toBe(128 * 40);
    expect(area({ arrays: 16 })['crossbar']).toBeCloseTo(2 * area({})['crossbar']!, 9);
    expect(area({ dacs: 0 })['dac']).toBe(0);
    expect(area({ tableBits: 0 })['table']).toBe(0);
  });

  it('prices a column charge at C Vdd^2 of the configured column', () => {
    const charge = (more: Partial<HardseaGeometry>) =>
      energyByComponent({ 'wta-select': { charge: 2 } }, hardseaTechnology({ ...geometry, ...more })).find(
        (row) => row.component === 'wta-select' && row.action === 'charge',
      )!.energyPj;
    expect(charge({})).toBeCloseTo(0.1, 12);
    expect(charge({ wtaCapacitanceFf: 235, supplyV: 1.2 })).toBeCloseTo(2 * 0.3384, 12);
  });

  it('was fitted to nothing', () => {
    for (const [path, { fittedTo }] of constantsOf(hardseaTechnology(geometry))) expect(fittedTo, path).toBeUndefined();
  });

  it.each([{ arrays: -1 }, { sramBits: Number.NaN }, { supplyV: Number.POSITIVE_INFINITY }])('rejects %j', (bad) => {
    expect(() => hardseaTechnology({ ...geometry, ...bad })).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_VALUE' }),
    );
  });
});
