import type { Figure } from '../../ledger/figure.ts';
import type { EvaluateResult } from '../result.ts';
import { figureValue } from './headline.ts';
import { html, type Markup } from './markup.ts';

/** Every figure with what it counts, how it came about, where it is from and how far to trust it. */
export function figuresSection({ dense, runs, published }: EvaluateResult): Markup {
  const groups: [string, readonly Figure[]][] = [
    ['dense attention', dense.figures],
    ...runs.map((run): [string, readonly Figure[]] => [run.label, run.figures]),
    ['published, for reference', published],
  ];
  const filled = groups.filter(([, figures]) => figures.length > 0);
  return html`<div class="panel">${filled.map(
    (
      [name, figures],
      i,
    ) => html`<details${i === 0 && html` open`}><summary>${name} <span class="small">${figures.length} ${figures.length === 1 ? 'figure' : 'figures'}</span></summary>
      <div class="scroll"><table><thead><tr><th scope="col">figure</th><th scope="col" class="number">value</th><th scope="col">standing</th>
        <th scope="col">counts</th><th scope="col">source</th><th scope="col">grade</th></tr></thead>
        <tbody>${figures.map(figureRow)}</tbody></table></div></details>`,
  )}
  <p class="small">Grade: A the authors' own, B a third party that read them, C derived by arithmetic, D an assumption of this package. A figure
    has the grade of the least trusted constant in it.</p></div>`;
}

function figureRow(figure: Figure): Markup {
  const { name, basis, standing, source } = figure;
  const counts = [
    basis.operations,
    basis.bits !== undefined && `${basis.bits} bits`,
    basis.scope,
    basis.supplyV !== undefined && `${basis.supplyV} V`,
    basis.sparsity !== undefined && `${(100 * basis.sparsity).toFixed(0)} % skipped`,
    basis.note,
  ].filter(Boolean);
  return html`<tr><th scope="row">${name}</th><td class="number">${figureValue(figure)}</td><td><span class="badge ${standing}">${standing}</span></td>
    <td>${counts.join(', ')}</td><td>${source.ref}; ${source.where}</td><td>${source.grade}</td></tr>`;
}

/** The resolved configuration of every run, folded away. */
export function configSection({ runs }: EvaluateResult): Markup {
  return html`<div class="panel">${runs.map(
    (run) => html`<details><summary>${run.label}</summary><pre>${JSON.stringify(run.config, null, 2)}</pre></details>`,
  )}</div>`;
}
