import type { Peaks } from './peaks.ts';
import type { BenchResult } from './run.ts';

/** A result as lines for a terminal of 120 columns. */
export function benchTable(result: BenchResult): string {
  const lines = columnsOf([kernelHeader, ...kernelRows(result)], [0, kernelHeader.length - 1]);
  return `${[...adapterLines(result), '', ...lines, '', ...remarks(result)].join('\n')}\n`;
}

/** Rows of cells as lines of aligned columns; numbers to the right, the columns named in `left` to the left. */
export function columnsOf(rows: readonly (readonly string[])[], left: readonly number[]): string[] {
  const width = (c: number) => Math.max(...rows.map((row) => row[c]!.length));
  return rows.map((row) =>
    row
      .map((cell, c) => (left.includes(c) ? cell.padEnd(width(c)) : cell.padStart(width(c))))
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of a Markdown table; the columns named in `left` to the left, the others to the right. */
export function markdownTable(
  head: readonly string[],
  left: readonly number[],
  rows: readonly (readonly string[])[],
): string[] {
  const sides = head.map((_, c) => (left.includes(c) ? '---' : '---:'));
  return [head, sides, ...rows].map((row) => `| ${row.join(' | ')} |`);
}

/** A result as a Markdown file, labelled with its adapter and date. */
export function benchMarkdown(result: BenchResult): string {
  return `${[
    `# Bench of ${result.date.slice(0, 10)} on ${result.adapter.description}`,
    '',
    'Generated from the JSON of `npm run bench -- --json FILE` by `npx tsx bench/markdown.ts FILE`; see README.md for what the',
    'figures mean.',
    '',
    ...adapterLines(result).map((line) => `- ${line}`),
    '',
    ...markdownTable(kernelHeader, [0], kernelRows(result)),
    '',
    ...remarks(result),
  ].join('\n')}\n`;
}

const kernelHeader = ['kernel', 'ms', 'spread', 'GFLOP/s', 'GB/s', 'of limit', 'held by', 'sizes'];

function kernelRows({ kernels, absent }: BenchResult): string[][] {
  const measured = kernels.map(({ name, timing, gflops, gbytes, share, limit, sizes, wrong }) => [
    wrong === undefined ? name : `${name} WRONG`,
    timing.medianMs.toPrecision(3),
    percent(timing.spread),
    gflops === 0 ? '-' : gflops.toFixed(2),
    gbytes.toFixed(2),
    wrong === undefined ? percent(share) : '-',
    limit.by,
    wrong ?? sizesText(sizes),
  ]);
  const without = absent.map(({ name, reason, failed }) => [
    failed ? `${name} FAILED` : name,
    ...Array(6).fill('-'),
    reason,
  ]);
  return [...measured, ...without];
}

/** Sizes as `rows 256, causal`; what is false is left out. */
export function sizesText(sizes: Readonly<Record<string, number | string | boolean>>): string {
  const named = Object.entries(sizes).filter(([, value]) => value !== false);
  return named.map(([name, value]) => (value === true ? name : `${name} ${value}`)).join(', ');
}

function adapterLines({ adapter, clock, processor, versions, peaks, date }: BenchResult): string[] {
  const software =
    adapter.class === 'hardware'
      ? ''
      : ': figures of a CPU renderer, good for comparing kernels with each other and with their limits, not for GPUs';
  return [
    `adapter: ${adapter.description} (${adapter.vendor}, ${adapter.architecture}), class ${adapter.class}${software}`,
    `runtime: ${adapter.runtime}; ${Object.entries(versions)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    `host: ${processor.model}, ${processor.cores} cores; ${clock}; ${date}`,
    ...peakLines(peaks),
  ];
}

/** The adapter's peaks in words. */
export function peakLines(peaks: Peaks): string[] {
  const giga = (rate: number) => (rate / 1e9).toPrecision(3);
  const half = peaks.halfFlops === undefined ? '' : `, f16 ${giga(peaks.halfFlops)}`;
  const stamps = peaks.timestampNs === undefined ? 'no timestamps' : `timestamps in steps of ${peaks.timestampNs} ns`;
  return [
    `f32 scalar ${giga(peaks.scalarFlops)}, vec4 ${giga(peaks.vec4Flops)}${half} GFLOP/s; packed 8-bit ${giga(peaks.byteOps)} Gop/s; exp ${giga(peaks.exponentials)}, log ${giga(peaks.logarithms)} G/s; random ${giga(peaks.randomWords)}, Philox ${giga(peaks.philoxWords)} Gword/s`,
    `reads: cached ${giga(peaks.hotBytes)} GB/s, from memory ${giga(peaks.coldBytes)} GB/s, random 256-byte rows ${giga(peaks.rowBytes)} GB/s; workgroup memory ${giga(peaks.workgroupBytes)} GB/s, atomics ${giga(peaks.atomics)} G/s`,
    `overhead: dispatch ${peaks.dispatchUs.toFixed(1)} us, submit ${peaks.submitUs.toFixed(0)} us, submit and read back ${peaks.roundTripUs.toFixed(0)} us; ${stamps}`,
  ];
}

function remarks({ kernels }: BenchResult): string[] {
  const busy = kernels.filter(({ timing }) => timing.spread > 0.2).length;
  const lines = [
    'of limit: time that the work takes at the peaks above, measured in the same run, over the time taken.',
  ];
  if (busy > 0)
    lines.push(
      `${busy} of ${kernels.length} kernels spread by more than 20 %: the machine was busy, run again for better figures.`,
    );
  return lines;
}

const percent = (share: number) => (share < 0.0995 ? `${(share * 100).toFixed(1)} %` : `${Math.round(share * 100)} %`);
