import { beforeAll, describe, expect, it } from 'vitest';
import { auditFigures } from '../../src/ledger/audit.ts';
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
    for (const id of ['H1', 'H2', 'H3', 'B1-conflict', 'B3', 'B4', 'B6']) expect(rowOf(id).outcome, id).toBe('none');
    for (const id of ['H4', 'H5', 'B5', 'S4', 'C6']) {
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
      accuracy: { lossIncreasePercent: 1.5 },
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
