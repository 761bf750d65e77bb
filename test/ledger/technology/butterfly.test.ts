import { describe, expect, it } from 'vitest';
import { auditFigures, auditTechnology } from '../../../src/ledger/audit.ts';
import { butterflyPublished } from '../../../src/ledger/published/butterfly.ts';
import {
  type ButterflyGeometry,
  butterflyTechnology,
  hopFf,
  switchesOf,
} from '../../../src/ledger/technology/butterfly.ts';
import { areaByComponent, constantsOf } from '../../../src/ledger/technology.ts';

const geometry: ButterflyGeometry = {
  macros: 16,
  macroColumns: 32,
  treeInputs: 64,
  block: 16,
  lanes: 4,
  skipper: true,
  capacityKb: 144,
  bufferKb: 32,
  softmaxUnits: 16,
  supplyV: 0.9,
  toggle: 1,
  clockMhz: 400,
};
const price = (more: Partial<ButterflyGeometry>, component: string, action: string) =>
  butterflyTechnology({ ...geometry, ...more }).components[component]!.actions[action]!.energyPj.value;

describe('butterflyTechnology', () => {
  it('passes the audit', () => {
    expect(auditTechnology(butterflyTechnology(geometry))).toEqual([]);
    expect(auditTechnology(butterflyTechnology({ ...geometry, skipper: false, toggle: 0 }))).toEqual([]);
  });

  it('prices every action by the square of the supply', () => {
    const at = (supplyV: number) => [...constantsOf(butterflyTechnology({ ...geometry, supplyV }))];
    const low = at(0.6);
    for (const [i, [path, constant]] of at(0.9).entries()) {
      if (path.endsWith('energyPj')) expect(low[i]![1].value, path).toBeCloseTo(constant.value * (0.6 / 0.9) ** 2, 12);
    }
  });

  it('takes a multiply-accumulate from the gates: 271 fJ at 0.9 V and 64 products a tree', () => {
    expect(price({}, 'mac', 'mac8')).toBeCloseTo(0.271, 3);
    expect(price({ toggle: 0.5 }, 'mac', 'mac8')).toBeCloseTo(0.1424, 4);
  });

  it('carries 8 bits through a stage for 8 unit gates', () => {
    expect(hopFf.value).toBe(0.7);
    expect(price({ supplyV: 0.65 }, 'skipper', 'hop')).toBeCloseTo(8 * 0.7 * 0.65 ** 2 * 1e-3, 12);
    expect(price({ toggle: 0 }, 'skipper', 'hop')).toBe(0);
  });

  it('has the switches of butterflies that fill every tree, and none without a skipper', () => {
    expect(switchesOf(16)).toBe(32);
    const instances = (more: Partial<ButterflyGeometry>) =>
      butterflyTechnology({ ...geometry, ...more }).components['skipper']!.instances;
    expect(instances({})).toBe(16 * 32 * (64 / 4) * 32);
    expect(instances({ skipper: false })).toBe(0);
  });

  it('is smaller than the die of 3.93 mm2, which holds more than is counted', () => {
    const area = areaByComponent(butterflyTechnology(geometry)).reduce((sum, row) => sum + row.areaUm2, 0) / 1e6;
    expect(area).toBeGreaterThan(1);
    expect(area).toBeLessThan(3.93);
  });

  it('carries SRAM of 65 nm and 1 V to 28 nm and its own supply', () => {
    expect(price({}, 'buffer', 'readBit')).toBeCloseTo(0.39 * 0.414 * 0.81, 9);
    expect(price({}, 'cells', 'writeBit')).toBeCloseTo(0.37 * 0.414 * 0.81, 9);
    expect(butterflyTechnology(geometry).components['cells']!.areaUm2.value).toBeCloseTo(0.57 * 0.253, 9);
  });

  it('leaves leakage out aloud', () => {
    const { leakage } = butterflyTechnology(geometry).components;
    expect(leakage!.actions['cycle']!.energyPj).toMatchObject({
      value: 0,
      source: { grade: 'D', where: expect.stringContaining('unknown') },
    });
  });

  it.each([{ macros: -1 }, { clockMhz: 0 }, { bufferKb: Number.NaN }])('rejects %j', (bad) => {
    expect(() => butterflyTechnology({ ...geometry, ...bad })).toThrow(
      expect.objectContaining({ code: 'GEOMETRY_VALUE' }),
    );
  });

  it.each([{ treeInputs: 48 }, { supplyV: 0 }, { toggle: 2 }])('leaves it to the gates to reject %j', (bad) => {
    expect(() => butterflyTechnology({ ...geometry, ...bad })).toThrow(expect.objectContaining({ code: 'GATE_VALUE' }));
  });
});

describe('published figures of the butterfly chip', () => {
  it('have no assumption behind them, and show the conflict of two efficiencies', () => {
    for (const { standing, source } of butterflyPublished) {
      expect(standing).toBe('published');
      expect(['A', 'B']).toContain(source.grade);
    }
    expect(auditFigures(butterflyPublished, butterflyTechnology(geometry))).toEqual([]);
    const efficiency = butterflyPublished.filter(({ unit }) => unit === 'TOPS/W');
    expect(efficiency.map(({ value }) => value)).toEqual([53.8, 2.52]);
    expect(efficiency[0]!.basis.note).toContain('not public');
    expect(efficiency[1]!.basis.note).toContain('open conflict');
  });
});
