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

/** What is taken from publications, what is ours, and what the numbers do not say. */
export function provenanceSection({ adapter, text, calibration }: EvaluateResult): Markup {
  const fitted =
    calibration === undefined ? 'were read from a file' : `were fitted on ${calibration}, never on ${text}`;
  return html`<div class="panel"><ul>
    <li>From the HARDSEA abstract: relevance by product quantisation in analog ReRAM arrays, time-domain winner-take-all in place of
      converters, exact sparse attention in digital SRAM beside the memory, 12 to 33 % of the entries kept.</li>
    <li>Ours, because the paper is not public: static codebooks per layer, head and sub-space, their size, the rule from codes to relevance,
      a fixed number of keys per row, the bank model of the exact stage, and every component's energy, time and area. All of it can be
      configured.</li>
    <li>Codebooks ${fitted}.</li>
    <li>Energy and latency are predictions for attention alone: counts of this run times a table of constants, without leakage, routing,
      control, or the model's linear layers.</li>
    <li>Rows with fewer visible tokens than the number to keep, keep them all; so the share of the visible pairs is above the keep ratio in a
      causal model.</li>
    <li>Times called measured are of ${adapter.description} (${adapter.class}) under ${adapter.runtime}. No figure for any other GPU is made up.</li>
  </ul></div>`;
}
