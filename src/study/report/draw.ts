import { parse, View } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { escapeHtml, type Markup, trusted } from './markup.ts';

/** Colours of series, in order; the style sheet gives them a value for light and for dark. */
export const seriesColours = [
  'var(--c1)',
  'var(--c2)',
  'var(--c3)',
  'var(--c4)',
  'var(--c5)',
  'var(--c6)',
  'var(--c7)',
  'var(--c8)',
];

let drawn = 0;

/** Draws a chart as inline SVG that scales with its place; `label` is what a screen reader says. Numbers ids on. */
export async function drawChart(spec: TopLevelSpec, label: string): Promise<Markup> {
  const view = new View(parse(compile(spec, { config }).spec), { renderer: 'none', logLevel: 1 });
  const svg = await view.toSVG();
  view.finalize();
  const [, width, height] = /<svg[^>]*? width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  const id = `d${drawn++}-`;
  const body = svg
    .replace(/^.*?<svg[^>]*>/s, '')
    .replace(/ (id|clip-path|fill|stroke)="(url\(#)?((?:clip|gradient)[\w-]*)(\)?)"/g, ` $1="$2${id}$3$4"`)
    // Single shapes of a chart are no use to a screen reader: the chart has one label, and a table stands beside it.
    .replace(/ (role|aria-roledescription|aria-label|aria-hidden)="[^"]*"/g, '');
  const box = `viewBox="0 0 ${width} ${height}" style="max-width:${Math.round(1.15 * Number(width))}px"`;
  return trusted(`<div class="chart"><svg ${box} role="img" aria-label="${escapeHtml(label)}">${body}</div>`);
}

/** Lets a report begin its ids anew, so that the same result gives the same bytes. */
export function restartDrawing(): void {
  drawn = 0;
}

const font = 'system-ui, -apple-system, Segoe UI, Roboto, sans-serif';
const config: Config = {
  background: 'transparent',
  font,
  padding: 4,
  view: { stroke: null },
  range: { category: seriesColours },
  axis: {
    labelColor: 'var(--muted)',
    titleColor: 'var(--muted)',
    titleFontWeight: 'normal',
    titlePadding: 10,
    labelFontSize: 12,
    titleFontSize: 12,
    gridColor: 'var(--line)',
    domainColor: 'var(--faint)',
    tickColor: 'var(--faint)',
    labelLimit: 320,
  },
  legend: {
    labelColor: 'var(--ink)',
    titleColor: 'var(--muted)',
    titleFontWeight: 'normal',
    labelFontSize: 12,
    titleFontSize: 12,
    orient: 'bottom',
    columns: 4,
    labelLimit: 260,
    symbolStrokeWidth: 2,
  },
  text: { fontSize: 12 },
} as Config;
