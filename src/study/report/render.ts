import type { OffsetPoint } from '../comparator-offset.ts';
import type { AcceleratorRun, EvaluateResult } from '../result.ts';
import { configSection, figuresSection } from './appendix.ts';
import { chipsSpec, headsSpec, lossSpec, offsetsSpec, partsSpec } from './charts.ts';
import { drawChart, restartDrawing } from './draw.ts';
import { cards, headlineTable, leadingRuns } from './headline.ts';
import { mapsSection } from './maps.ts';
import { html, jsonForScript, type Markup, trusted } from './markup.ts';
import { provenanceSection } from './provenance.ts';
import { sensitivitySection } from './sensitivity.ts';
import { style } from './style.ts';

/**
 * An evaluation as one HTML file that needs nothing else: style, drawings and data are inside, no script runs and nothing
 * is fetched. Texts from outside are escaped. The same result gives the same bytes.
 */
export async function renderReport(result: EvaluateResult): Promise<string> {
  restartDrawing();
  const { model, adapter, runs } = result;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${model.name}: attention in memory</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
<header>
<div class="kicker">cim-attention ${result.version}</div>
<h1>${model.name} with attention in memory</h1>
<p>${model.architecture.toUpperCase()}, ${model.layers} layers of ${model.heads} heads, ${millions(model.parameters)} parameters.
${result.windows} ${result.windows === 1 ? 'window' : 'windows'} of ${result.text}, ${result.tokens} predicted tokens, seed ${result.seed}.<br>
Computed on ${adapter.description} (${adapter.class}, ${adapter.runtime}) in ${(result.timing.wallMs / 1000).toFixed(1)} s.</p>
</header>
${cards(result)}
<section><h2>Accuracy and cost</h2>
<p class="lead">Loss in nats per predicted token on the same windows. Energy and latency are calculated for the attention of one window on one chip.</p>
${headlineTable(result)}</section>
${runs.length > 0 && (await accuracySection(runs))}
${runs.length > 0 && (await headsSection(result))}
${runs.length > 0 && (await costSection(result))}
${await sensitivitySection(leadingRuns(runs))}
${result.comparatorOffsets && (await offsetsSection(result.comparatorOffsets))}
<section><h2>Figures and where they come from</h2>${figuresSection(result)}</section>
${runs.length > 0 && html`<section><h2>Resolved configuration</h2>${configSection(result)}</section>`}
<section><h2>What is published, what is ours</h2>${provenanceSection(result)}</section>
<footer>The whole result is in this file as JSON, in the element with the id "result".</footer>
</main>
<script type="application/json" id="result">${jsonForScript(result)}</script>
</body>
</html>
`;
  return page.text;
}

async function accuracySection(runs: readonly AcceleratorRun[]): Promise<Markup> {
  const spread = runs.filter((run) => run.accuracy.chips);
  const loss = await drawChart(
    lossSpec(runs),
    'Loss increase over dense attention against the kept share, a line per cell',
  );
  const chips = spread.length > 0 && (await drawChart(chipsSpec(spread), 'Loss of every simulated chip, by run'));
  return html`<section><h2>What keeping fewer keys costs</h2>
<div class="panel"><h3>Loss against kept share</h3>
<p>Down and to the left is better; the dashed line is dense attention.</p>${loss}</div>
${chips && html`<div class="panel"><h3>From chip to chip</h3><p>Every dot is a chip with its own device errors; the bar is the mean.</p>${chips}</div>`}
</section>`;
}

async function headsSection(result: EvaluateResult): Promise<Markup> {
  const parts: Markup[] = [];
  for (const run of leadingRuns(result.runs)) parts.push(await headsPart(run));
  return html`<section><h2>Layer by layer, head by head</h2>${parts}
${result.maps && result.maps.length > 0 && html`<h2>Where one head looks</h2><p class="lead">Query down, key across. Good selection covers what the exact map shows.</p>${mapsSection(result.maps)}`}</section>`;
}

async function headsPart(run: AcceleratorRun): Promise<Markup> {
  const cells = (field: 'keptShare' | 'recall' | 'softmaxMass') =>
    run.accuracy.perLayer.flatMap(({ layer, heads }) =>
      heads.map((head, index) => ({ layer, head: index, value: head[field] })),
    );
  const panels: Markup[] = [];
  for (const [field, title, note] of [
    ['keptShare', 'Kept share', 'of the visible pairs'],
    ['recall', 'Recall', 'share of the exact top keys that was selected'],
    ['softmaxMass', 'Attention caught', 'exact probability on the selected keys'],
  ] as const) {
    if (cells(field).length === 0) continue;
    const chart = await drawChart(headsSpec(cells(field)), `${run.label}, ${title} per layer and head: ${note}`);
    panels.push(html`<div class="panel"><h3>${title}</h3><p>${note}</p>${chart}</div>`);
  }
  return html`<p class="lead">${run.label}.</p><div class="grid three">${panels}</div>`;
}

async function costSection({ runs, windows }: EvaluateResult): Promise<Markup> {
  const energy = runs.flatMap((run) =>
    run.energy.map((row) => ({
      run: run.label,
      part: `${row.component}: ${row.action}`,
      value: row.energyPj / windows,
    })),
  );
  const latency = runs.flatMap((run) =>
    run.latency.stages.map((stage) => ({ run: run.label, part: stage.stage, value: stage.timeNs / windows })),
  );
  const energyChart = await drawChart(
    partsSpec(mergeSmall(energy), 'pJ', 'energy per window', largestFirst(mergeSmall(energy))),
    'Energy by component, a bar per run',
  );
  const latencyChart = await drawChart(
    partsSpec(mergeSmall(latency), 'ns', 'time per window'),
    'Time by stage, a bar per run',
  );
  return html`<section><h2>Where energy and time go</h2>
<div class="panel"><h3>Energy by component</h3><p>Attention of one window.</p>${energyChart}</div>
<div class="panel"><h3>Time by stage</h3><p>Stages one after another. Overlapped, the longest decides.</p>${latencyChart}</div></section>`;
}

async function offsetsSection(points: readonly OffsetPoint[]): Promise<Markup> {
  const chart = await drawChart(offsetsSpec(points), 'Share of the wanted keys kept against comparator offset');
  return html`<section><h2>What comparator offsets do to a charge array</h2>
<div class="panel"><p>Synthetic rows of 512 keys, a quarter of them wanted, without calibration. Passive sharing brings a score down to a few
millivolts, which offsets drown; converting every event by itself does not.</p>${chart}</div></section>`;
}

/** Keeps the seven largest parts and adds the others up, so that every colour means one thing. */
function mergeSmall<Row extends { readonly run: string; readonly part: string; readonly value: number }>(
  rows: readonly Row[],
) {
  const named = largestFirst(rows.filter((row) => row.value > 0));
  const kept = new Set(named.slice(0, named.length > 8 ? 7 : 8));
  const merged = new Map<string, { run: string; part: string; value: number }>();
  for (const { run, part: full, value } of rows) {
    if (value <= 0) continue;
    const part = kept.has(full) ? full : 'other';
    const key = JSON.stringify([run, part]);
    merged.set(key, { run, part, value: value + (merged.get(key)?.value ?? 0) });
  }
  return [...merged.values()];
}

function largestFirst(rows: readonly { readonly part: string; readonly value: number }[]): string[] {
  const sizes = new Map<string, number>();
  for (const row of rows) sizes.set(row.part, (sizes.get(row.part) ?? 0) + row.value);
  const parts = [...sizes].sort((a, b) => b[1] - a[1]).map(([part]) => part);
  return [...parts.filter((part) => part !== 'other'), ...parts.filter((part) => part === 'other')];
}

function millions(count: number): string {
  return count >= 1e6 ? `${(count / 1e6).toFixed(2)} M` : String(count);
}
