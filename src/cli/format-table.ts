import { formatQuantity, formatShare } from '../study/report/scale-unit.ts';
import type { AcceleratorRun, EvaluateResult } from '../study/result.ts';

/** The result of `evaluate` as lines for a terminal of 100 columns; energy and latency are per window. */
export function evaluateTable(result: EvaluateResult): string {
  const { model, dense, windows, tokens, adapter, runs } = result;
  const header = ['attention', 'keep', 'cell', 'loss', 'increase', 'kept', 'recall', 'mass', 'energy', 'latency'];
  const rows = runs.map((run) => rowOf(run, windows));
  const denseRow = ['dense', '', '', dense.loss.toFixed(4), '', '100.0 %', '', '', '', ''];
  const lines = [
    `${shorten(model.name, 32)}: ${windows} ${windows === 1 ? 'window' : 'windows'} of ${shorten(result.text, 24)}, ${tokens} predicted tokens`,
    `on ${shorten(adapter.description, 60)} (${adapter.class})`,
    '',
    ...alignColumns([header, denseRow, ...rows]),
  ];
  if (runs.length > 0) {
    lines.push(
      '',
      'loss in nats per token; kept = share of the visible pairs; mass = exact attention on the kept keys;',
      'energy and latency are calculated for the attention of one window, stages overlapped.',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Pads every column to its widest cell; the first and third to the left, numbers to the right. */
function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]!.map((_, c) => c).filter((c) => rows.slice(1).some((row) => row[c] !== ''));
  const width = (c: number) => Math.max(...rows.map((row) => row[c]!.length));
  return rows.map((row) =>
    columns
      .map((c) => (c === 0 || c === 2 ? row[c]!.padEnd(width(c)) : row[c]!.padStart(width(c))))
      .join('  ')
      .trimEnd(),
  );
}

function rowOf(run: AcceleratorRun, windows: number): string[] {
  const { accuracy, latency, energy } = run;
  const totalPj = energy.reduce((sum, row) => sum + row.energyPj, 0);
  const spread = accuracy.chips ? `±${accuracy.chips.standardDeviation.toFixed(4)}` : '';
  return [
    shorten(run.accelerator, 12),
    shorten(run.setting, 14),
    shorten(run.device, 14),
    `${accuracy.loss.toFixed(4)}${spread}`,
    signedPercent(accuracy.lossIncreasePercent),
    formatShare(run.keptShare),
    formatShare(accuracy.recall),
    formatShare(accuracy.softmaxMass),
    formatQuantity(totalPj / windows, 'pJ'),
    formatQuantity(latency.overlappedNs / windows, 'ns'),
  ];
}

function signedPercent(percent: number): string {
  const text = Math.abs(percent) >= 1000 ? percent.toExponential(1).replace('e+', 'e') : percent.toFixed(2);
  return `${percent < 0 ? '' : '+'}${text} %`;
}

function shorten(text: string, length: number): string {
  const clean = text.replace(/\p{C}/gu, '?');
  return clean.length <= length ? clean : `${clean.slice(0, length - 3)}...`;
}
