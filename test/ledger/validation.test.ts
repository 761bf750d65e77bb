import { describe, expect, it } from 'vitest';
import type { TechnologyChange } from '../../src/ledger/elasticity.ts';
import { calibratedFigure, type Figure, predictedFigure, publishedFigure } from '../../src/ledger/figure.ts';
import { quantity } from '../../src/ledger/quantity.ts';
import type { Technology } from '../../src/ledger/technology.ts';
import { ownFigures, validationRow } from '../../src/ledger/validation.ts';
import { source } from '../../src/source.ts';

const from = source('B', 'a paper', 'table 1');
const toy: Technology = {
  name: 'toy',
  nodeNm: 65,
  supplyV: 1,
  description: 'one lane',
  components: {
    mac: {
      label: 'lane',
      instances: 1,
      areaUm2: quantity(3, 'um2', from),
      actions: { mac8: { energyPj: quantity(2, 'pJ', from, { fittedTo: ['peak'] }) } },
    },
  },
  timing: { clock: quantity(1, 'ns', from) },
};
const ledger = (change: TechnologyChange) => {
  const technology = change(toy);
  const energy = technology.components['mac']!.actions['mac8']!.energyPj.value;
  return {
    technology,
    figures: [
      predictedFigure('energy', energy, 'pJ', {}, technology),
      predictedFigure('latency', technology.timing['clock']!.value, 'ns', {}, technology),
      calibratedFigure('peak', 1 / energy, 'TOPS/W', {}, technology, 'mac8'),
    ],
  };
};
const published = (value: Figure['value'], unit = 'ns') => publishedFigure('theirs', value, unit, {}, from);
const row = (value: Figure['value'], ...names: string[]) =>
  validationRow({
    id: 'X1',
    claim: 'something',
    published: [published(value)],
    reason: 'because',
    ours: ownFigures(ledger, names),
  });

describe('validationRow', () => {
  it('gives the relative distance from a value or from a range, and what the figure hangs on', () => {
    expect(row(0.8, 'latency')).toMatchObject({
      standing: 'predicted',
      outcome: 'apart',
      ours: [{ deviation: 0.25, hangsOn: [{ constant: 'timing.clock' }] }],
    });
    expect(row([0.5, 2], 'latency')).toMatchObject({ outcome: 'near', ours: [{ deviation: 0 }] });
    expect(row([1.05, 2], 'latency').outcome).toBe('near');
    expect(row([2, 4], 'latency').ours[0]!.deviation).toBe(-0.5);
    expect(row([0.1, 0.5], 'latency').ours[0]!.deviation).toBe(1);
  });

  it('is around where ours lie on either side', () => {
    const own = (value: number) => ({ figure: predictedFigure('a', value, 'ns', {}, toy) });
    const parts = { id: 'X', claim: 'c', published: [published(1)], reason: 'r' };
    expect(validationRow({ ...parts, ours: [own(0.5), own(2)] }).outcome).toBe('around');
    expect(validationRow({ ...parts, ours: [own(1.5), own(2)] }).outcome).toBe('apart');
  });

  it('is calibrated as soon as one figure is, whatever the deviation', () => {
    const parts = { id: 'X', claim: 'c', published: [published(0.5, 'TOPS/W')], reason: 'r' };
    expect(validationRow({ ...parts, ours: ownFigures(ledger, ['peak']) })).toMatchObject({
      standing: 'calibrated',
      outcome: 'calibrated',
      ours: [{ deviation: 0 }],
    });
  });

  it('shows no deviation where units differ or nothing is to be compared, and no figure where there is none', () => {
    const parts = { id: 'X', claim: 'c', reason: 'r', ours: ownFigures(ledger, ['latency']) };
    for (const more of [
      { published: [published(1, 'x')] },
      { published: [published(1)], comparable: false },
      { published: [] },
    ]) {
      const found = validationRow({ ...parts, ...more });
      expect(found.outcome).toBe('not comparable');
      expect(found.ours[0]).not.toHaveProperty('deviation');
    }
    expect(validationRow({ ...parts, ours: [], published: [published(1)] })).toMatchObject({
      standing: 'published',
      outcome: 'none',
    });
  });

  it('refuses a prediction that hangs on a fitted constant', () => {
    expect(() => row(1, 'energy')).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FITTED', what: expect.stringContaining('mac.mac8.energyPj') }),
    );
  });
});

it('ownFigures finds a figure by its name or its beginning, and misses none', () => {
  expect(ownFigures(ledger, ['lat'])[0]!.figure.name).toBe('latency');
  expect(() => ownFigures(ledger, ['area'])).toThrow(expect.objectContaining({ code: 'VALIDATION_FIGURE' }));
});
