import type { Figure, Standing } from '../../ledger/figure.ts';
import type { AcceleratorRun, EvaluateResult } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { formatNumber, formatQuantity, formatShare } from './scale-unit.ts';

/** Energy of a run's attention (pJ), over all windows. */
export function energyPj(run: AcceleratorRun): number {
  return run.energy.reduce((sum, row) => sum + row.energyPj, 0);
}

/** The run that the report leads with: the one that keeps least at a loss of at most 1 %, else the one that loses least. */
export function leadingRun(runs: readonly AcceleratorRun[]): AcceleratorRun | undefined {
  const good = runs.filter((run) => run.accuracy.lossIncreasePercent <= 1);
  if (good.length > 0) return good.reduce((best, run) => (run.keptShare < best.keptShare ? run : best));
  return runs.length === 0
    ? undefined
    : runs.reduce((best, run) => (run.accuracy.lossIncreasePercent < best.accuracy.lossIncreasePercent ? run : best));
}

/** The run to lead with of every accelerator, in the order of their first runs. */
export function leadingRuns(runs: readonly AcceleratorRun[]): readonly AcceleratorRun[] {
  const names = [...new Set(runs.map((run) => run.accelerator))];
  return names.map((name) => leadingRun(runs.filter((run) => run.accelerator === name))!);
}

/** The few numbers that matter most, as cards. */
export function cards(result: EvaluateResult): Markup {
  const { dense, windows } = result;
  const run = leadingRun(result.runs);
  const list = [card('Dense loss', dense.loss.toFixed(4), 'nats per predicted token, float32')];
  if (run) {
    list.push(
      card(
        'Loss increase',
        percent(run.accuracy.lossIncreasePercent),
        `${run.label}: loss ${run.accuracy.loss.toFixed(4)}`,
      ),
      card(
        'Pairs kept',
        formatShare(run.keptShare),
        `catching ${formatShare(run.accuracy.softmaxMass)} of the exact attention`,
      ),
      card(
        'Energy per window',
        formatQuantity(energyPj(run) / windows, 'pJ'),
        `${standingOf(run, 'energy per window')}, attention only`,
      ),
      card(
        'Latency per window',
        formatQuantity(run.latency.overlappedNs / windows, 'ns'),
        `${standingOf(run, 'latency per window, stages overlapped')}, stages overlapped`,
      ),
    );
  }
  return html`<div class="cards">${list}</div>`;
}

/** How a figure of a run came about; predicted where the run does not say. */
function standingOf({ figures }: AcceleratorRun, name: string): Standing {
  return figures.find((figure) => figure.name === name)?.standing ?? 'predicted';
}

/** Dense attention and every run, one row each. */
export function headlineTable(result: EvaluateResult): Markup {
  const { dense, runs, windows, adapter } = result;
  const timed = dense.attentionMs !== undefined;
  const rows = runs.map((run) => {
    const { accuracy, latency } = run;
    const overlapped = latency.overlappedNs / windows;
    const spread = accuracy.chips && html` <span class="small">± ${accuracy.chips.standardDeviation.toFixed(4)}</span>`;
    const speed = timed && overlapped > 0 ? `${formatNumber((dense.attentionMs! * 1e6) / overlapped)}×` : '';
    return html`<tr><th scope="row">${run.label}${run.chips > 1 && html` <span class="badge">${run.chips} chips</span>`}</th>
      ${number(html`${accuracy.loss.toFixed(4)}${spread}`)}${number(percent(accuracy.lossIncreasePercent))}
      ${number(formatShare(run.keptShare))}${number(formatShare(accuracy.recall))}${number(formatShare(accuracy.softmaxMass))}
      ${number(formatQuantity(energyPj(run) / windows, 'pJ'))}
      ${number(formatQuantity(overlapped, 'ns'))}${number(formatQuantity(latency.sequentialNs / windows, 'ns'))}${timed && number(speed)}</tr>`;
  });
  const head = [
    'loss',
    'increase',
    'pairs kept',
    'recall of top keys',
    'attention caught',
    'energy per window',
    'latency, overlapped',
    'latency, in sequence',
    ...(timed ? ['speed-up over dense here'] : []),
  ];
  return html`<div class="panel scroll"><table class="headline">
    <thead><tr><th scope="col">attention</th>${head.map((text) => html`<th scope="col" class="number">${text}</th>`)}</tr></thead>
    <tbody><tr><th scope="row">dense</th>${number(dense.loss.toFixed(4))}${number('')}${number('100.0 %')}${number('')}${number('')}
      ${number('')}${number(timed ? html`${formatNumber(dense.attentionMs!)} ms<br><span class="small">measured</span>` : '')}${number('')}${timed && number('')}</tr>${rows}</tbody>
  </table></div>
  ${timed && runs.length > 0 && speedNote(adapter.description, result.published)}`;
}

function speedNote(adapter: string, published: readonly Figure[]): Markup {
  const bands = published.filter(
    (figure) => figure.name.includes('speedup') || figure.name.includes('energy-efficiency-over-gpu'),
  );
  return html`<p class="small"><span class="badge measured">measured</span> The last column divides the time of dense attention
    measured on this adapter (${adapter}) by the accelerator's calculated time: it says nothing about any other machine.
    ${bands.map((band) => html`<br><span class="badge published">published</span> ${band.name}: ${figureValue(band)} (${band.basis.note ?? band.source.ref}).`)}</p>`;
}

/** A figure's value or range with its unit. */
export function figureValue({ value, unit }: Figure): string {
  const text =
    typeof value === 'number' ? formatNumber(value) : `${formatNumber(value[0])} to ${formatNumber(value[1])}`;
  return unit === 'x' ? `${text}×` : `${text} ${unit}`;
}

/** A change in percent with its sign. */
export function percent(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1000 ? formatNumber(value) : value.toFixed(size >= 10 ? 1 : 2);
  return `${value > 0 ? '+' : ''}${text.replace('-', '−')} %`;
}

function number(content: string | Markup): Markup {
  return html`<td class="number">${content}</td>`;
}

function card(label: string, value: string, note: string): Markup {
  return html`<div class="card"><div class="label">${label}</div><div class="value">${value}</div><div class="note">${note}</div></div>`;
}
