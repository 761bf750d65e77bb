import { readdirSync, readFileSync } from 'node:fs';
import type { Row, WorkloadResult } from './peers/compare.ts';
import { ourNames, type PeersResult } from './peers/run.ts';
import { msText, noiseText, ratioText, shareText, versionText } from './peers/table.ts';
import { markdownTable, peakLines } from './table.ts';

const folder = new URL('./results/', import.meta.url);

/** The page that `speedPage` is written to. */
export const speedPagePath = new URL('../docs/speed.md', import.meta.url);

/** Results of comparisons with peers that are kept in `bench/results`, by file name. */
export function keptResults(): readonly PeersResult[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as PeersResult);
}

/** `docs/speed.md`: for each adapter the newest measurement of every workload among the results. */
export function speedPage(results: readonly PeersResult[]): string {
  const adapters = [...new Set(results.map(({ adapter }) => adapter.description))];
  const hardware = results.some(({ adapter }) => adapter.class === 'hardware');
  return `${[
    '# Speed against other WebGPU packages',
    '',
    'Written by `npx tsx bench/markdown.ts` from the results in `bench/results`; `bench/README.md` tells how they are measured and',
    'what the columns mean. The ratio is the best right peer over this package, in pairs; in brackets stands the target of this project.',
    'Without subgroups half of a target counts. A share of the limit above 100 % is masking, which reads less than the rows that are counted for',
    'gathering. tfjs makes normals on the host.',
    '',
    hardware
      ? 'Figures of CPU renderers compare packages on one adapter and say nothing about GPUs.'
      : 'No hardware GPU was measured: none was at hand. Figures of CPU renderers compare packages on one adapter and say nothing about GPUs.',
    '',
    "The peer to watch is onnxruntime's `DynamicSparseAttention`, attention over keys chosen per query, which is in its sources and in none of",
    'its released packages for the web yet. None of the peers has noisy crossbars, converters, winner-take-all or a check of sizes before a launch.',
    ...adapters.flatMap((description) => section(results.filter(({ adapter }) => adapter.description === description))),
  ].join('\n')}\n`;
}

function section(results: readonly PeersResult[]): string[] {
  const runs = [...results].sort((a, b) => (a.date < b.date ? 1 : -1));
  const newest = runs[0]!;
  const workloads = new Map<string, Dated>();
  for (const { workloads: some, date } of runs)
    for (const result of some) if (!workloads.has(result.name)) workloads.set(result.name, { ...result, date });
  const { adapter, processor, clock, versions, peaks } = newest;
  const { noise } = runs.find((run) => run.noise.length > 0) ?? newest;
  const measured = [...workloads.values()];
  return [
    '',
    `## ${adapter.description}`,
    '',
    `${adapter.runtime}; ${versionText(versions)}. ${processor.model}, ${processor.cores} cores; ${clock}.`,
    '',
    ...peakLines(peaks).map((line) => `- ${line}`),
    '',
    ...markdownTable(shortHeader, [0, 3], measured.map(shortCells)),
    ...noise.flatMap((one) => ['', `${noiseText(one)}.`]),
    '',
    `### Every row, ${adapter.description}`,
    '',
    ...markdownTable(
      header,
      [0, 1, 7],
      measured.flatMap((result) => result.rows.map((row, i) => cells(result, row, i === 0))),
    ),
  ];
}

type Dated = WorkloadResult & { readonly date: string };

const shortHeader = ['workload', 'ms', 'of limit', 'best right peer', 'its ms', 'ratio (target)', 'without subgroups'];

function shortCells({ name, rows, best }: Dated): string[] {
  const [first, plain] = [ourNames.subgroups, ourNames.plain].map((who) => rows.find((row) => row.who === who));
  const peer = best && rows.find(({ who, way }) => who === best.who && way === best.way);
  return [
    name,
    msOf(first),
    first?.share === undefined ? '' : shareText(first.share),
    best ? `${best.who}, ${best.way}` : 'none',
    msOf(peer),
    first ? ratioText(first) : '',
    plain ? ratioText(plain) : '',
  ];
}

const header = ['workload', 'who, by what', 'ms', 'spread', 'runs', 'of limit', 'ratio (target)', 'measured'];

function cells({ name, best, date }: Dated, row: Row, first: boolean): string[] {
  const start = [first ? name : '', `${row.who}, ${row.way}`];
  const day = first ? date.slice(0, 10) : '';
  if (!row.turns) {
    const error = row.state === 'wrong' ? `, error ${row.error!.toPrecision(2)}` : '';
    return [...start, row.state + error, '', '', '', '', day];
  }
  const { spread, samplesMs, times } = row.turns;
  return [
    ...start,
    msOf(row),
    `${Math.round(spread * 100)} %`,
    times === 1 ? `${samplesMs.length}` : `${samplesMs.length} x ${times}`,
    shareText(row.share!),
    best?.who === row.who && best.way === row.way ? 'best peer' : ratioText(row),
    day,
  ];
}

const msOf = (row: Row | undefined) => (row?.turns ? msText(row.turns.medianMs) : '');
