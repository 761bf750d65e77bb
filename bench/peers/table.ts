import { columnsOf, peakLines } from '../table.ts';
import type { Row, WorkloadResult } from './compare.ts';
import type { NoiseResult } from './noise.ts';
import type { PeersResult } from './run.ts';

/** A comparison as lines for a terminal. */
export function peersTable(result: PeersResult): string {
  const { adapter, versions, clock, processor, date } = result;
  return `${[
    `adapter: ${adapter.description}, class ${adapter.class}; ${adapter.runtime}; ${clock}; ${date}`,
    `host: ${processor.model}, ${processor.cores} cores; ${versionText(versions)}`,
    ...peakLines(result.peaks),
    '',
    ...columnsOf([header, ...result.workloads.flatMap(rowsOf)], [0, 1, 7]),
    '',
    ...result.noise.map(noiseText),
    'ratio: how many times as long the fastest peer with a right result takes, in pairs; of limit: see README.md.',
  ].join('\n')}\n`;
}

/** Whether a row of this package failed or was wrong; the exit code is then 1. */
export function isPeersBroken({ workloads }: Pick<PeersResult, 'workloads'>): boolean {
  return workloads.some(({ rows }) => rows.some(({ own, state }) => own && state !== 'right'));
}

/** The package's version and those of the peers, in words. */
export function versionText(versions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return pairs.join(', ');
}

/** `2.20x the time, at most 2.2x wanted: met`, with a name in front. */
export function noiseText({ name, ratio, most }: NoiseResult): string {
  return `${name}: ${ratio.toFixed(2)}x the time, at most ${most}x wanted: ${ratio <= most ? 'met' : 'not met'}`;
}

/** `3.2x (2.5x met)`, or `best`, or nothing for other peers. */
export function ratioText({ ratio, target }: Row): string {
  if (ratio === undefined) return '';
  const text = `${ratio.toPrecision(3)}x`;
  return target === undefined ? text : `${text} (${target}x ${ratio >= target ? 'met' : 'not met'})`;
}

/** Three digits, and never `1.15e+3`. */
export function msText(ms: number): string {
  return `${Number(ms.toPrecision(3))}`;
}

/** `4.6 %`, `27 %`, `118 %`. */
export function shareText(share: number): string {
  return `${share < 0.1 ? (share * 100).toPrecision(2) : Math.round(share * 100)} %`;
}

const header = ['workload', 'who', 'ms', 'spread', 'runs', 'of limit', 'ratio', 'by'];

function rowsOf({ name, rows, best }: WorkloadResult): string[][] {
  return rows.map((row, i) => {
    const first = i === 0 ? name : '';
    if (!row.turns) return [first, row.who, row.state.toUpperCase(), '', '', '', '', `${row.way}: ${row.reason}`];
    const { medianMs, spread, samplesMs, times } = row.turns;
    return [
      first,
      row.who,
      msText(medianMs),
      `${Math.round(spread * 100)} %`,
      times === 1 ? `${samplesMs.length}` : `${samplesMs.length} x ${times}`,
      shareText(row.share!),
      best?.who === row.who && best.way === row.way ? 'best peer' : ratioText(row),
      row.way,
    ];
  });
}
