import { beforeAll, describe, expect, it } from 'vitest';
import { auditFigures } from '../../src/ledger/audit.ts';
import type { Figure } from '../../src/ledger/figure.ts';
import { butterflyPublished } from '../../src/ledger/published/butterfly.ts';
import { chargePublished } from '../../src/ledger/published/charge.ts';
import { sprintPublished } from '../../src/ledger/published/sprint.ts';
import { publishedFigures } from '../../src/ledger/published.ts';
import type { ValidationRow } from '../../src/ledger/validation.ts';
import { schemaVersion } from '../../src/study/result.ts';
import { type ValidationResult, validate } from '../../src/study/validate.ts';
import { type EvaluatedRuns, parseEvaluated } from '../../src/study/validation/evaluated.ts';
import { syntheticSprint } from '../../src/study/validation/synthetic-sprint.ts';

let result: ValidationResult;
const rowOf = (id: string): ValidationRow => result.rows.find((row) => row.id === id)!;
const values = (id: string) => rowOf(id).ours.map(({ figure }) => figure.value as number);

beforeAll(() => {
  result = validate();
});

describe('validate', () => {
  it('has a row for every headline', () => {
    expect(result.rows.map((row) => row.id)).toEqual([
      ...['S1', 'S2', 'S3-M', 'S3-L', 'S4', 'S5', 'S6-area', 'S6-power', 'S7', 'S8'],
      ...['H1', 'H2', 'H3', 'H4', 'H5'],
      ...['C1', 'C2', 'C3', 'C4', 'C5', 'C6'],
      ...['B1', 'B1-conflict', 'B2', 'B3', 'B4', 'B5', 'B6'],
    ]);
  });

  it.each<[id: string, value: Figure['value'], unit: string]>([
    ['S1', 7.5, 'x'],
    ['S2', 19.6, 'x'],
    ['S3-M', 7.4, 'x'],
    ['S3-L', 7.1, 'x'],
    ['S4', 0.36, '%'],
    ['S4', 0.34, '%'],
    ['S5', 0.021, 'share'],
    ['S6-area', 20, 'x'],
    ['S6-power', 30, 'x'],
    ['S7', [0.6, 1], 'share'],
    ['S8', 0.94, 'share'],
    ['H1', [0.12, 0.33], 'share'],
    ['H2', [13.5, 28.5], 'x'],
    ['H3', [291.6, 1894.3], 'x'],
    ['H4', [1.2, 14.9], 'x'],
    ['C1', 14.8, 'TOPS/W'],
    ['C2', 976.6, 'GOPS/mm2'],
    ['C3', 1.65, 'TOPS/W'],
    ['C4', 79.4, 'GOPS/mm2'],
    ['C5', 0.25, 'share'],
    ['B1', 53.8, 'TOPS/W'],
    ['B1-conflict', 2.52, 'TOPS/W'],
    ['B2', 6.8, 'x'],
    ['B3', 4.2, 'x'],
    ['B4', 27.6, 'x'],
    ['B5', 0.21, 'J/token'],
    ['B6', 186.9, 'token/s'],
  ])('holds %s against the published %j %s, with the conditions that are known', (id, value, unit) => {
    const found = rowOf(id).published.find((figure) => JSON.stringify(figure.value) === JSON.stringify(value));
    expect(found).toMatchObject({ unit, standing: 'published', basis: { note: expect.stringMatching(/\w/) } });
  });

  it('shows the published figures as the tables have them', () => {
    const shown = result.rows.flatMap((row) => row.published);
    for (const figure of shown) expect(figure.standing).toBe('published');
    expect(shown).toEqual(expect.arrayContaining([...publishedFigures['hardsea']!]));
    const named = new Set(shown.map((figure) => figure.name));
    expect(chargePublished.filter((figure) => !named.has(figure.name))).toEqual([]);
    // Areas and a survey's throughput are in the tables and no headline.
    const others = [...sprintPublished, ...butterflyPublished].filter((figure) => !named.has(figure.name));
    expect(others.map((figure) => figure.name).sort()).toEqual([
      'butterfly.area-efficiency',
      'butterfly.throughput',
      'sprint.area-m',
      'sprint.area-s',
      'sprint.memory-area-overhead',
    ]);
  });

  it('gives every row a standing, an outcome and a reason, and every figure a basis, a source and a standing', () => {
    for (const { id, claim, standing, outcome, reason, ours } of result.rows) {
      expect(['measured', 'predicted', 'calibrated', 'published'], id).toContain(standing);
      expect(['calibrated', 'near', 'around', 'apart', 'not comparable', 'none'], id).toContain(outcome);
      expect(claim.length, id).toBeGreaterThan(10);
      expect(reason.length, id).toBeGreaterThan(20);
      expect(ours.length === 0, id).toBe(outcome === 'none');
      expect(ours.length === 0, id).toBe(standing === 'published');
      for (const { figure } of ours) {
        expect(Number.isFinite(figure.value), figure.name).toBe(true);
        expect(figure.source.where, figure.name).toMatch(/\w/);
        expect(figure.standing, figure.name).not.toBe('published');
      }
    }
  });

  it('claims to have reproduced nothing, and says for whatever comes near what is not public', () => {
    for (const { id, outcome, reason } of result.rows) {
      expect(reason, id).not.toMatch(/\breproduced\b/);
      if (['near', 'around', 'apart'].includes(outcome)) expect(reason, id).toContain('not public');
    }
  });

  it('calls no figure predicted that hangs on a fitted constant', () => {
    const fitted = ['line.event.energyPj', 'line.areaUm2', 'digital.', 'timing.operation8Ns', 'timing.cycleNs'];
    for (const { id, ours } of result.rows) {
      for (const { figure, hangsOn } of ours.filter((own) => own.figure.standing === 'predicted')) {
        for (const { constant } of hangsOn) {
          expect(
            fitted.filter((path) => constant.startsWith(path)),
            `${id}: ${figure.name}`,
          ).toEqual([]);
        }
      }
    }
    const { figures, technology } = syntheticSprint()();
    expect(auditFigures(figures, technology)).toEqual([]);
  });

  it('calls the peaks calibrated, and meets them', () => {
    for (const id of ['C1', 'C2', 'C3', 'C4', 'C5']) {
      expect(rowOf(id), id).toMatchObject({ standing: 'calibrated', outcome: 'calibrated' });
      expect(Math.abs(rowOf(id).ours[0]!.deviation!), id).toBeLessThan(1e-9);
    }
    expect(rowOf('C3').ours.map(({ deviation }) => deviation!.toFixed(2))).toEqual(['0.00', '-0.25', '-0.75']);
    expect(rowOf('B1')).toMatchObject({ outcome: 'calibrated' });
    expect(rowOf('B1').ours[0]!.figure.name).toContain('75 % of the weights zero, 0.65 V, toggle 1');
  });

  it('shows what the peak of the core hangs on: capacitor, supply, widths, and offsets, which cost decisions and no energy', () => {
    const of = (name: string) =>
      rowOf('C1').ours.find(({ figure }) => figure.name.includes(name))!.figure.value as number;
    expect(of('0.85 V')).toBeCloseTo(14.8 / 0.85 ** 2, 9);
    expect(of('2 fF')).toBeLessThan(14.8);
    expect(of('0.5 fF')).toBeGreaterThan(14.8);
    expect(of('peak read at 4 b x 8 b') / of('peak read at 4 b x 4 b')).toBeGreaterThan(1.6);
    const kept = [0, 1, 5].map((mv) => of(`offset of ${mv} mV`));
    expect(kept[0]).toBeGreaterThan(0.8);
    expect(kept[0]! - kept[1]!).toBeGreaterThan(0.05);
    expect(kept[1]! - kept[2]!).toBeGreaterThan(0.05);
  });

  it('takes the engines of the butterfly chip apart, and claims no split of the published gain', () => {
    const of = (name: string) =>
      rowOf('B2').ours.find(({ figure }) => figure.name === `energy gain, ${name}, causal`)!.figure.value as number;
    const single = ['zero skipper', 'span reuse', 'QK sharing'].map(of);
    for (const gain of single) expect(gain).toBeGreaterThan(1);
    expect(of('all three')).toBeGreaterThan(Math.max(...single));
    expect(rowOf('B2').reason).toContain('nothing about a split');
  });

  it('asks 490 GB/s of the memory behind 186.9 tokens a second of a 7-billion-weight model', () => {
    expect(values('B6')[0]).toBeCloseTo((186.9 * 7 * 0.25 * 12) / 8, 6);
  });

  it('lists other accelerators as context: published, with their source, both values where two are given', () => {
    for (const { standing, source, basis } of result.context) {
      expect(standing).toBe('published');
      expect(source.where).toMatch(/\w/);
      expect(basis.note).toMatch(/\w/);
    }
    const of = (name: string) => result.context.find((figure) => figure.name === name)!.value as number;
    for (const name of ['Sanger', 'ReTransformer']) {
      const [own] = result.context.filter(
        (figure) => figure.name.startsWith(`${name},`) && !figure.name.includes('again'),
      );
      const ratio = (own!.value as number) / of(`${name}, simulated again: efficiency`);
      expect(ratio).toBeGreaterThan(4.5);
      expect(ratio).toBeLessThan(9);
    }
  });

  it('comes near the speed of SPRINT, and lies on either side of its energy', () => {
    expect(values('S1')[0]).toBeGreaterThan(6.5);
    expect(values('S1')[0]).toBeLessThan(8.5);
    expect(rowOf('S1').outcome).toBe('near');
    const [resident, lru] = values('S2') as [number, number];
    expect(resident).toBeGreaterThan(14.9);
    expect(resident).toBeLessThan(16.8);
    expect(lru).toBeGreaterThan(20.8);
    expect(lru).toBeLessThan(24.2);
    expect(rowOf('S2').outcome).toBe('around');
  });

  it('puts in the published locality, calls that calibrated, and moves most of the energy without pruning', () => {
    expect(rowOf('S5').standing).toBe('calibrated');
    // A query's own position is new on top of the 2.1 %, one in 512.
    expect(Math.abs(values('S5')[0]! - 0.021 - 1 / 512)).toBeLessThan(0.001);
    expect(values('S7')[0]).toBeGreaterThan(0.6);
    expect(values('S7')[1]).toBeGreaterThan(values('S7')[0]!);
  });

  it('loses far less where kept scores are computed again, and never more than the lost probability allows', () => {
    const [again, estimated, bound] = values('S4') as [number, number, number];
    expect(again).toBeLessThan(estimated / 5);
    expect(bound).toBeLessThanOrEqual(1);
    expect(values('C6')).toEqual(values('S4'));
  });

  it('has a converter of ISAAC 38 times above a winner-take-all column', () => {
    expect(values('H5')[2]).toBeCloseTo(1.6 / 0.0417, 9);
  });

  it('has nothing of ours beside ratios over unknown GPUs and boards', () => {
    for (const id of ['H1', 'H2', 'H3', 'B1-conflict', 'B3', 'B4']) expect(rowOf(id).outcome, id).toBe('none');
    for (const id of ['H4', 'H5', 'B5', 'B6', 'S4', 'C6']) {
      expect(rowOf(id).outcome, id).toBe('not comparable');
      for (const own of rowOf(id).ours) expect(own, id).not.toHaveProperty('deviation');
    }
  });

  it('takes measured losses from an evaluation, each to its row', () => {
    const run = (accelerator: string) => ({
      accelerator,
      label: `${accelerator} 0.25`,
      device: 'ideal',
      keptShare: 0.25,
      accuracy: { lossIncreasePercent: 1.5, recall: 0.8, softmaxMass: 0.9 },
    });
    const evaluated = {
      schemaVersion,
      command: 'evaluate',
      model: { name: 'small' },
      text: 'a text',
      runs: [run('hardsea'), run('charge')],
    } as unknown as EvaluatedRuns;
    const { rows } = validate(evaluated);
    const losses = (id: string) =>
      rows
        .find((row) => row.id === id)!
        .ours.filter(({ figure }) => figure.name.startsWith('loss increase'))
        .map(({ figure }) => [figure.name, figure.value, figure.standing]);
    expect(losses('H1')).toEqual([['loss increase, hardsea 0.25', 1.5, 'measured']]);
    expect(losses('C6')).toEqual([['loss increase, charge 0.25', 1.5, 'measured']]);
    expect(losses('S4')).toEqual([]);
    const caught = rows.find((row) => row.id === 'H1')!.ours.slice(1);
    expect(caught.map(({ figure }) => figure.value)).toEqual([0.8, 0.9]);
    expect(rows.find((row) => row.id === 'H1')!.outcome).toBe('not comparable');
  });
});

describe('parseEvaluated', () => {
  it.each([[null], [{}], [{ command: 'attend', runs: [] }], [{ command: 'evaluate', runs: [], schemaVersion: 0 }]])(
    'rejects %j',
    (json) => {
      expect(() => parseEvaluated(json, 'x.json')).toThrow(expect.objectContaining({ code: 'EVALUATED' }));
    },
  );
});
