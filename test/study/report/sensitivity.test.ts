import { describe, expect, it } from 'vitest';
import { usedElasticities } from '../../../src/ledger/elasticity.ts';
import { renderReport } from '../../../src/study/report/render.ts';
import { elasticitySpec, groupFigures } from '../../../src/study/report/sensitivity.ts';
import { sampleLedgers } from '../../support/sample-ledgers.ts';
import { sampleResult } from './sample-result.ts';

describe('groupFigures', () => {
  it('joins figures that hang on the same constants, and their inverses', () => {
    const groups = groupFigures(usedElasticities(sampleLedgers.hardsea()));
    expect(groups[0]).toMatchObject({
      figures: ['energy per window'],
      inverse: ['efficiency', 'efficiency, executed'],
    });
    const named = groups.flatMap(({ figures, inverse }) => [...figures, ...inverse]);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toEqual(expect.arrayContaining(['latency per window, stages in turn', 'area', 'throughput']));
  });

  it('leaves out what hangs on nothing', () => {
    const idle = { constant: 'mac.mac8.energyPj', elasticity: 0, value: 1, unit: 'pJ', grade: 'B' } as const;
    expect(groupFigures({ idle: [idle], none: [] })).toEqual([]);
  });
});

it('elasticitySpec shows the five largest with name, grade and number', () => {
  const [group] = groupFigures(usedElasticities(sampleLedgers.hardsea()));
  expect(group!.constants.length).toBeGreaterThan(5);
  const { values } = elasticitySpec(group!.constants).data as { values: readonly { name: string; label: string }[] };
  expect(values).toHaveLength(5);
  expect(values[0]).toMatchObject({ name: 'sram: writeBit (C)', label: group!.constants[0]!.elasticity.toFixed(2) });
});

it('the report has a chart for every group of figures of the run it leads with', async () => {
  const page = await renderReport(sampleResult());
  const section = /<h2>What the figures hang on<\/h2>.*?<\/section>/s.exec(page)![0];
  const charts = [...section.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label);
  expect(charts).toEqual(['hardsea 0.12 ideal, elasticities of energy', 'hardsea 0.12 ideal, elasticities of area']);
  expect(section).toContain('The opposite: efficiency.');
  expect(section).toContain('MNSIM 2.0 buffer model');
  expect(await renderReport(sampleResult({ runs: [], maps: undefined }))).not.toContain('What the figures hang on');
});
