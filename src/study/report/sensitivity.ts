import type { TopLevelSpec } from 'vega-lite';
import type { Elasticities, Elasticity } from '../../ledger/elasticity.ts';
import { constantsOf } from '../../ledger/technology.ts';
import type { AcceleratorRun } from '../result.ts';
import { drawChart } from './draw.ts';
import { html, type Markup } from './markup.ts';

/** Constants that a chart shows of a figure, and the smallest elasticity that is worth a bar. */
const mostBars = 5;
const leastShown = 0.01;

/** Figures that hang on the same constants to the same degree, or to its opposite: an energy and the efficiency by it. */
export interface FigureGroup {
  readonly figures: readonly string[];
  /** Those that move the other way. */
  readonly inverse: readonly string[];
  /** Of the first figure, largest first. */
  readonly constants: readonly Elasticity[];
}

/** Joins figures that one chart can stand for, in the order of their first ones; figures that hang on nothing are left out. */
export function groupFigures(elasticities: Elasticities): readonly FigureGroup[] {
  const groups = new Map<string, { figures: string[]; inverse: string[]; constants: readonly Elasticity[] }>();
  for (const [figure, rows] of Object.entries(elasticities)) {
    const constants = rows.filter((row) => Math.abs(row.elasticity) >= leastShown);
    if (constants.length === 0) continue;
    const words = (sign: number) =>
      constants
        .map(({ constant, elasticity }) => `${constant} ${(sign * elasticity).toFixed(3)}`)
        .sort()
        .join();
    const [same, opposite] = [groups.get(words(1)), groups.get(words(-1))];
    if (same) same.figures.push(figure);
    else if (opposite) opposite.inverse.push(figure);
    else groups.set(words(1), { figures: [figure], inverse: [], constants });
  }
  return [...groups.values()];
}

/** A bar per constant from 0 to its elasticity, coloured by how far its source can be trusted. */
export function elasticitySpec(constants: readonly Elasticity[]): TopLevelSpec {
  const values = constants.slice(0, mostBars).map(({ constant, elasticity, grade }) => ({
    name: `${constantName(constant)} (${grade})`,
    elasticity,
    grade,
    label: elasticity.toFixed(2).replace('-', '−'),
  }));
  const y = {
    field: 'name',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { domain: false, ticks: false, labelPadding: 8, labelLimit: 300, minExtent: 165, maxExtent: 165 },
  } as const;
  const x = {
    field: 'elasticity',
    type: 'quantitative',
    title: null,
    scale: { domain: sidesOf(values.map((row) => row.elasticity)), nice: false },
    axis: { tickCount: 5 },
  } as const;
  const label = (align: 'left' | 'right', dx: number) =>
    ({
      mark: { type: 'text', align, dx, color: 'var(--ink)' },
      encoding: { x, y, text: { field: 'label', type: 'nominal' } },
    }) as const;
  return {
    width: 330,
    height: { step: 22 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: 13 },
        encoding: {
          x,
          y,
          color: {
            field: 'grade',
            type: 'nominal',
            title: null,
            scale: { domain: Object.keys(gradeColours), range: Object.values(gradeColours) },
            legend: null,
          },
        },
      },
      { mark: { type: 'rule', color: 'var(--faint)' }, encoding: { x: { datum: 0 } } },
      { transform: [{ filter: 'datum.elasticity >= 0' }], ...label('left', 5) },
      { transform: [{ filter: 'datum.elasticity < 0' }], ...label('right', -5) },
    ],
  };
}

/** What the figures of a run hang on: a chart for each group of them. */
export async function sensitivitySection(runs: readonly AcceleratorRun[]): Promise<Markup | undefined> {
  const parts: Markup[] = [];
  for (const run of runs) {
    const groups = groupFigures(run.elasticities);
    if (groups.length === 0) continue;
    const sources = new Map([...constantsOf(run.costTable)].map(([path, { source }]) => [path, source.ref]));
    const panels: Markup[] = [];
    for (const group of groups) panels.push(await panelOf(run, group, sources));
    parts.push(html`<p class="lead">${run.label}.</p><div class="grid">${panels}</div>`);
  }
  if (parts.length === 0) return undefined;
  return html`<section><h2>What the figures hang on</h2>
<p class="lead">Elasticity: by how many per cent a figure moves when a constant moves by one. The largest five; a letter is the grade of the
constant's source: ${Object.entries(gradeMeaning).map(
    ([grade, meaning], i) =>
      html`${i > 0 && ', '}<span class="swatch" style="background:${gradeColours[grade as 'A']}"></span>${grade} ${meaning}`,
  )}.</p>${parts}</section>`;
}

const gradeColours = { A: 'var(--c3)', B: 'var(--c1)', C: 'var(--c4)', D: 'var(--c2)' } as const;
const gradeMeaning = { A: "the authors' own", B: 'read by a third party', C: 'derived', D: 'assumed' } as const;

async function panelOf(
  run: AcceleratorRun,
  { figures, inverse, constants }: FigureGroup,
  sources: ReadonlyMap<string, string>,
): Promise<Markup> {
  const [first, ...others] = figures;
  const shown = constants.slice(0, mostBars);
  const chart = await drawChart(elasticitySpec(constants), `${run.label}, elasticities of ${first}`);
  const also = [
    ...(others.length > 0 ? [`The same: ${others.join('; ')}.`] : []),
    ...(inverse.length > 0 ? [`The opposite: ${inverse.join('; ')}.`] : []),
  ];
  const from = [...new Set(shown.map(({ constant }) => sources.get(constant)).filter((ref) => ref !== undefined))];
  return html`<div class="panel"><h3>${first}</h3>${also.length > 0 && html`<p>${also.join(' ')}</p>`}${chart}
<p class="small">From ${from.join('; ')}.</p></div>`;
}

/** `mac: mac8` for an energy, `mac: area`, `time: passNs`, as the cost charts name their parts. */
function constantName(path: string): string {
  const [component, ...rest] = path.split('.');
  if (component === 'timing') return `time: ${rest.join('.')}`;
  return `${component}: ${rest[0] === 'areaUm2' ? 'area' : rest[0]}`;
}

/** A whole unit and room for a number on each side that has bars. */
function sidesOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return [low < 0 ? Math.min(-1, low) - 0.3 : 0, high > 0 ? Math.max(1, high) + 0.2 : 0];
}
