import type { TopLevelSpec } from 'vega-lite';
import type { OffsetPoint } from '../comparator-offset.ts';
import type { AcceleratorRun } from '../result.ts';
import { seriesColours } from './draw.ts';
import { scaleFor } from './scale-unit.ts';

/** The loss that runs cost against the share of pairs that they keep, a line per cell; dense attention at no cost. */
export function lossSpec(runs: readonly AcceleratorRun[]): TopLevelSpec {
  const values = runs.map((run) => ({
    kept: run.keptShare,
    increase: run.accuracy.lossIncreasePercent,
    cell: `${run.accelerator}, ${run.device}`,
    low: run.accuracy.lossIncreasePercent - spreadPercent(run),
    high: run.accuracy.lossIncreasePercent + spreadPercent(run),
  }));
  const x = {
    field: 'kept',
    type: 'quantitative',
    title: 'kept share of the visible pairs',
    scale: { zero: false, nice: true },
    axis: { format: '.0%', tickCount: 6 },
  } as const;
  const color = { field: 'cell', type: 'nominal', title: null, sort: null } as const;
  const y = {
    field: 'increase',
    type: 'quantitative',
    title: 'loss increase over dense (%)',
    axis: { tickCount: 6 },
  } as const;
  return {
    width: 720,
    height: 290,
    data: { values },
    layer: [
      { mark: { type: 'rule', color: 'var(--faint)', strokeDash: [4, 4] }, encoding: { y: { datum: 0 } } },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      ...(values.some((value) => value.high > value.low)
        ? [
            {
              mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 },
              encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' }, color },
            } as const,
          ]
        : []),
      { mark: { type: 'point', filled: true, size: 70, opacity: 1 }, encoding: { x, y, color } },
    ],
  };
}

/** Standard deviation over chips as percent of the dense loss; 0 for one chip. */
function spreadPercent({ accuracy }: AcceleratorRun): number {
  return accuracy.chips ? (100 * accuracy.chips.standardDeviation) / accuracy.denseLoss : 0;
}

/** Parts of a total as one bar per run; `rows` in pJ or ns. Parts lie in the order of `parts`. */
export function partsSpec(
  rows: readonly { readonly run: string; readonly part: string; readonly value: number }[],
  unit: 'pJ' | 'ns',
  title: string,
  parts: readonly string[] = [...new Set(rows.map((row) => row.part))],
): TopLevelSpec {
  const runs = [...new Set(rows.map((row) => row.run))];
  const totals = runs.map((run) => rows.filter((row) => row.run === run).reduce((sum, row) => sum + row.value, 0));
  const scale = scaleFor(Math.max(...totals, 0), unit);
  const values = rows.map((row) => ({ ...row, value: row.value * scale.factor, order: parts.indexOf(row.part) }));
  return {
    width: 720,
    height: { step: 30 },
    data: { values },
    mark: { type: 'bar', height: 18 },
    encoding: {
      y: {
        field: 'run',
        type: 'nominal',
        sort: null,
        title: null,
        axis: { domain: false, ticks: false, labelPadding: 8 },
      },
      x: {
        field: 'value',
        type: 'quantitative',
        stack: 'zero',
        title: `${title} (${scale.unit})`,
        axis: { tickCount: 5 },
      },
      color: {
        field: 'part',
        type: 'nominal',
        title: null,
        sort: [...parts],
        scale: { domain: [...parts], range: parts.map((_, i) => seriesColours[i % seriesColours.length]!) },
        legend: { columns: 4, symbolType: 'square' },
      },
      order: { field: 'order', type: 'quantitative' },
    },
  };
}

/** One number per layer and head, as a field of squares with the number in it where there is room. */
export function headsSpec(
  cells: readonly { readonly layer: number; readonly head: number; readonly value: number }[],
): TopLevelSpec {
  const heads = 1 + Math.max(...cells.map((cell) => cell.head));
  const layers = 1 + Math.max(...cells.map((cell) => cell.layer));
  const step = Math.max(18, Math.min(62, 280 / heads));
  const rowStep = layers > 6 ? Math.min(step, 30) : Math.min(step, 44);
  const x = {
    field: 'head',
    type: 'ordinal',
    title: 'head',
    axis: { labelAngle: 0, domain: false, ticks: false },
  } as const;
  const y = { field: 'layer', type: 'ordinal', title: 'layer', axis: { domain: false, ticks: false } } as const;
  const values = cells.map((cell) => ({ ...cell, strong: cell.value > 0.7 }));
  return {
    width: { step },
    height: { step: rowStep },
    data: { values },
    encoding: { x, y },
    layer: [
      {
        mark: { type: 'rect', color: 'var(--c1)', cornerRadius: 3, stroke: 'var(--panel)', strokeWidth: 2 },
        // Opacity and not a colour scheme: it reads the same on a light and on a dark page.
        encoding: {
          opacity: {
            field: 'value',
            type: 'quantitative',
            scale: { domain: [0, 1], range: [0.06, 1] },
            legend: null,
          },
        },
      },
      ...(step >= 34
        ? [
            {
              mark: { type: 'text', fontSize: 12 },
              encoding: {
                text: { field: 'value', type: 'quantitative', format: '.0%' },
                color: { condition: { test: 'datum.strong', value: 'var(--panel)' }, value: 'var(--ink)' },
              },
            } as const,
          ]
        : []),
    ],
  };
}

/** The loss of every simulated chip: a dot per chip, a bar at the mean. */
export function chipsSpec(runs: readonly AcceleratorRun[]): TopLevelSpec {
  const values = runs.flatMap((run) => (run.accuracy.chips?.values ?? []).map((loss) => ({ run: run.label, loss })));
  const y = {
    field: 'run',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { domain: false, ticks: false, labelPadding: 8 },
  } as const;
  return {
    width: 720,
    height: { step: 30 },
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: { type: 'point', filled: true, size: 55, opacity: 0.55, color: 'var(--c1)' },
        encoding: {
          x: { field: 'loss', type: 'quantitative', scale: { zero: false }, title: 'loss (nats per token)' },
        },
      },
      {
        mark: { type: 'tick', thickness: 2, size: 20, color: 'var(--c2)' },
        encoding: { x: { aggregate: 'mean', field: 'loss', type: 'quantitative' } },
      },
    ],
  };
}

/** Share of the wanted keys that charge arrays keep against the offset of their comparators, a line per way of combining. */
export function offsetsSpec(points: readonly OffsetPoint[]): TopLevelSpec {
  const cells = new Map<string, OffsetPoint[]>();
  for (const point of points) {
    const key = `${point.combine} ${point.offsetMv}`;
    cells.set(key, [...(cells.get(key) ?? []), point]);
  }
  const values = [...cells.values()].map((group) => ({
    combine: group[0]!.combine,
    offset: group[0]!.offsetMv,
    recall: group.reduce((sum, point) => sum + point.recall, 0) / group.length,
  }));
  return {
    width: 720,
    height: 240,
    data: { values },
    mark: { type: 'line', point: { filled: true, size: 60 }, strokeWidth: 2 },
    encoding: {
      x: { field: 'offset', type: 'quantitative', title: 'comparator offset, standard deviation (mV)' },
      y: {
        field: 'recall',
        type: 'quantitative',
        title: 'wanted keys kept',
        scale: { domain: [0, 1] },
        axis: { format: '.0%', tickCount: 5 },
      },
      color: { field: 'combine', type: 'nominal', title: null, sort: null },
    },
  };
}
