import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { auditLedger } from '../../src/ledger/audit.ts';
import { type FigureLedger, ledgerElasticities, type TechnologyChange } from '../../src/ledger/elasticity.ts';
import { calibratedFigure, predictedFigure } from '../../src/ledger/figure.ts';
import type { Quantity } from '../../src/ledger/quantity.ts';
import { constantsOf, mapConstants } from '../../src/ledger/technology.ts';
import { source } from '../../src/source.ts';
import { sampleLedgers } from '../support/sample-ledgers.ts';

type Ledger = (change?: TechnologyChange) => FigureLedger;

const ledgers: Readonly<Record<string, Ledger>> = {
  hardsea: sampleLedgers.hardsea(),
  'sprint M without recomputation': sampleLedgers.sprint({ size: 'M', recompute: false }),
  sprint: sampleLedgers.sprint(),
  charge: sampleLedgers.charge(),
  'charge under definition III with converters': sampleLedgers.charge({
    definition: 'III',
    array: { preset: 'charge-65nm', combine: 'bitplane' },
  }),
  butterfly: sampleLedgers.butterfly(),
  'butterfly at a clock of its own': sampleLedgers.butterfly({ clockMhz: 250 }),
  crossbar: sampleLedgers.crossbar(),
  'crossbar with embedded converters at 28 nm': sampleLedgers.crossbar({
    adc: { bits: 6 },
    cost: { adcModel: 'embedded', nodeNm: 28 },
  }),
};

describe.each(Object.entries(ledgers))('the ledger of %s', (_, ledger) => {
  it('has a source, a grade and the right unit for every constant, and predicts nothing by a fitted one', () => {
    expect(auditLedger(ledger)).toEqual([]);
    expect([...constantsOf(ledger((same) => same).technology)].length).toBeGreaterThan(10);
  });

  it('is caught when what hangs on a constant is called predicted and the constant was fitted to something', () => {
    const { technology, figures } = ledger();
    const predicted = figures.filter(({ standing }) => standing === 'predicted' || standing === 'calibrated');
    const found = ledgerElasticities((change) => ({
      technology: change(technology),
      figures: ledger(change).figures,
    }));
    const used = new Set(
      Object.values(found)
        .flatMap((rows) => rows.filter((row) => row.elasticity !== 0))
        .map((row) => row.constant),
    );
    const path = [...used][0]!;
    const planted: Ledger = (change = (same) => same) => {
      const changed = ledger(change);
      const fit = mapConstants(changed.technology, (other, constant) =>
        other === path ? { ...constant, fittedTo: ['a figure of another name'] } : constant,
      );
      return {
        technology: fit,
        figures: changed.figures.map((figure) => ({
          ...figure,
          standing: figure.standing === 'published' ? 'published' : 'predicted',
        })),
      };
    };
    const hung = predicted.filter(({ name }) =>
      found[name]?.some((row) => row.constant === path && row.elasticity !== 0),
    );
    const complaints = auditLedger(planted);
    for (const { name } of hung) {
      expect(complaints).toContain(
        `${name} is called predicted, but hangs on ${path}, which was fitted to a figure of another name`,
      );
    }
    expect(hung.length).toBeGreaterThan(0);
  });

  it.each<[string, Partial<Quantity>]>([
    ['has no source', { source: source('B', ' ', 'somewhere') }],
    ['has no source', { source: { ref: 'a paper', where: 'table 1', grade: 'E' as 'D' } }],
    ['is in "fJ"', { unit: 'fJ' }],
  ])('is caught with a constant that %s', (complaint, change) => {
    const [path] = [...constantsOf(ledger().technology)].map(([name]) => name);
    const planted: Ledger = (other = (same) => same) => {
      const { technology, figures } = ledger(other);
      const bad = (name: string, constant: Quantity) => (name === path ? { ...constant, ...change } : constant);
      return { figures, technology: mapConstants(technology, bad) };
    };
    expect(auditLedger(planted)).toEqual([expect.stringContaining(`${path} ${complaint}`)]);
  });
});

it('a figure calibrated by a fitted constant passes where a prediction does not', () => {
  const { technology } = sampleLedgers.charge()();
  const of =
    (make: typeof predictedFigure): Ledger =>
    (change = (same) => same) => {
      const table = change(technology);
      const value = 2 / table.components['line']!.actions['event']!.energyPj.value;
      return { technology: table, figures: [make('how well lines do', value, 'TOPS/W', {}, table)] };
    };
  expect(auditLedger(of(predictedFigure))).toEqual([expect.stringContaining('hangs on line.event.energyPj')]);
  const calibrated = (...given: Parameters<typeof predictedFigure>) =>
    calibratedFigure(...given, 'line.event was fitted');
  expect(auditLedger(of(calibrated))).toEqual([]);
});

it('every constant that a module of the ledger or of the devices hands out has a unit, a source and a grade', async () => {
  let seen = 0;
  for (const folder of ['ledger', 'ledger/technology', 'ledger/published', 'device/presets', 'device']) {
    const root = new URL(`../../src/${folder}/`, import.meta.url);
    for (const file of await readdir(root)) {
      if (!file.endsWith('.ts')) continue;
      const module: Record<string, unknown> = await import(new URL(file, root).href);
      for (const [name, value] of Object.entries(module)) {
        for (const { unit, source: from } of quantitiesIn(value)) {
          seen++;
          const where = `${folder}/${file}: ${name}`;
          expect(unit, where).toMatch(/\S/);
          expect(from?.ref, where).toMatch(/\S/);
          expect(from?.where, where).toMatch(/\S/);
          expect(['A', 'B', 'C', 'D'], where).toContain(from?.grade);
        }
      }
    }
  }
  expect(seen).toBeGreaterThan(100);
});

function* quantitiesIn(value: unknown): Generator<Partial<Quantity>> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if ('value' in value && 'unit' in value) yield value as Partial<Quantity>;
  for (const part of Object.values(value)) yield* quantitiesIn(part);
}
