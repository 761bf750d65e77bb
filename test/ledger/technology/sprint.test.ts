import { describe, expect, it } from 'vitest';
import { auditTechnology } from '../../../src/ledger/audit.ts';
import { type SprintGeometry, sprintTechnology } from '../../../src/ledger/technology/sprint.ts';
import { macroEnergy } from '../../../src/ledger/technology/sram-macro.ts';
import { areaByComponent, constantsOf } from '../../../src/ledger/technology.ts';

const geometry: SprintGeometry = {
  bufferBytes: 16 * 1024,
  corelets: 1,
  arrayCells: 64 * 384,
  memoryCells: 5 * 64 * 384,
  dacs: 64,
  comparators: 384,
  converters: 0,
  queryBits: 256,
  macLanes: 128,
  softmaxUnits: 1,
};

describe('sprintTechnology', () => {
  it.each([1, 2, 4])('passes the audit with %d CORELETs', (corelets) => {
    expect(auditTechnology(sprintTechnology({ ...geometry, corelets }))).toEqual([]);
  });

  it('has the components and actions that the accelerator counts', () => {
    const { components } = sprintTechnology(geometry);
    expect(Object.entries(components).map(([name, { actions }]) => [name, ...Object.keys(actions)])).toEqual([
      ['memory', 'readBit', 'writeBit'],
      ['crossbar', 'mac4'],
      ['dac', 'drive'],
      ['comparator', 'decide'],
      ['converter', 'convert'],
      ['query-buffer', 'writeBit'],
      ['pruning-vector', 'readBit'],
      ['sram', 'readBit', 'writeBit'],
      ['mac', 'mac8'],
      ['softmax', 'exp', 'divide'],
    ]);
  });

  it("has the digest's energies", () => {
    const { memory, crossbar } = sprintTechnology(geometry).components;
    expect(memory!.actions['readBit']!.energyPj.value).toBe(3.1);
    expect(memory!.actions['writeBit']!.energyPj.value).toBe(24.4);
    expect(crossbar!.actions['mac4']!.energyPj.value).toBe(0.1);
  });

  it('prices a buffer bit by what one CORELET has', () => {
    const bit = (more: Partial<SprintGeometry>) =>
      sprintTechnology({ ...geometry, ...more }).components['sram']!.actions['readBit']!.energyPj;
    expect(bit({}).value).toBeCloseTo(0.39, 12);
    expect(bit({ bufferBytes: 65536, corelets: 4 }).value).toBeCloseTo(0.39, 12);
    expect(bit({ bufferBytes: 65536, corelets: 4 }).high).toBeCloseTo(0.91, 12);
  });

  it('grows with the geometry', () => {
    const area = (more: Partial<SprintGeometry>) =>
      Object.fromEntries(
        areaByComponent(sprintTechnology({ ...geometry, ...more })).map((row) => [row.component, row.areaUm2]),
      );
    expect(area({})['sram']).toBeCloseTo(16 * 1024 * 8 * 0.57, 6);
    expect(area({ macLanes: 256 })['mac']).toBe(2 * area({})['mac']!);
    expect(area({ converters: 384 })['converter']).toBe(20 * area({})['comparator']!);
  });

  it('was fitted to nothing', () => {
    for (const [path, { fittedTo }] of constantsOf(sprintTechnology(geometry))) expect(fittedTo, path).toBeUndefined();
  });

  it.each([{ arrayCells: -1 }, { dacs: Number.NaN }, { bufferBytes: 0 }])('rejects %j', (bad) => {
    expect(() => sprintTechnology({ ...geometry, ...bad })).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_VALUE' }),
    );
  });
});

describe('macroEnergy', () => {
  const read = (kb: number) => macroEnergy('read', kb * 1024, kb * 1024).value;

  it('is the table at its sizes', () => {
    expect([2, 8, 16, 32, 64].map((kb) => Number(read(kb).toFixed(12)))).toEqual([0.13, 0.25, 0.39, 0.55, 0.91]);
    expect(macroEnergy('write', 8192, 8192).value).toBeCloseTo(0.28, 12);
  });

  it('grows with the size, between and beyond them', () => {
    const sizes = [0.5, 1, 2, 3, 8, 12, 16, 24, 32, 48, 64, 128, 1024];
    for (const [i, kb] of sizes.slice(1).entries()) expect(read(kb)).toBeGreaterThan(read(sizes[i]!));
    expect(read(4)).toBeCloseTo(Math.sqrt(0.13 * 0.25), 12);
    expect(read(128)).toBeCloseTo(0.91 ** 2 / 0.55, 12);
  });
});
