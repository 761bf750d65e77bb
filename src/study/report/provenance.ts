import type { EvaluateResult } from '../result.ts';
import { html, type Markup } from './markup.ts';

/** What the papers say and what had to be made up, by accelerator. */
const notes: Readonly<Record<string, readonly [published: string, ours: string]>> = {
  hardsea: [
    'From the HARDSEA abstract: relevance by product quantisation in analog ReRAM arrays, time-domain winner-take-all in place of converters, exact sparse attention in digital SRAM beside the memory, 12 to 33 % of the entries kept.',
    "HARDSEA, ours because the paper is not public: static codebooks per layer, head and sub-space, their size, the rule from codes to relevance, a fixed number of keys per row, the bank model of the exact stage, and every component's energy, time and area.",
  ],
  sprint: [
    'From the SPRINT abstract and digests of the paper: the four upper bits of every key in transposable ReRAM, one comparator per key in place of converters, survivors scored again on chip in 8 bits, vectors of the query before reused, 16, 32 or 64 KB of buffer.',
    'SPRINT, ours: four bits of the query, cells, offsets, banks, eviction, the softmax and its energy. Its headline ratios are compared, not reproduced.',
  ],
  charge: [
    'From the abstract of the charge-domain hybrid (ESSERC 2024, 65 nm): 16 Kb of capacitor cells that prune, about 25 % of the tokens scored again digitally, and four peak figures.',
    'Charge-domain hybrid, ours: nibbles, array shape, capacitors, comparators and their calibration. Its energies are fitted to the published peaks and say nothing new at that point.',
  ],
  butterfly: [
    'From the title and abstract of ISSCC 2023 16.2 (28 nm): a butterfly network that skips zeros of pruned weights, a local-attention engine with a span per head, query and key sharing, 8 bits, 53.8 TOPS/W at its peak.',
    'Butterfly, ours: block and lane counts, packing, macro shape, supply and clock, every energy from a gate model.',
  ],
};

/** What is taken from publications, what is ours, and what the numbers do not say. */
export function provenanceSection({ adapter, text, calibration, runs }: EvaluateResult): Markup {
  const fitted =
    calibration === undefined
      ? 'are read from files'
      : `that are not given are fitted on ${calibration}, never on ${text}`;
  const names = [...new Set(runs.map((run) => run.accelerator))];
  return html`<div class="panel"><ul>
    ${names.flatMap((name) => (notes[name] ?? []).map((note) => html`<li>${note}</li>`))}
    <li>All of what is ours can be configured. Codebooks and thresholds ${fitted}.</li>
    <li>Energy and latency are counts of this run times a table of constants, without leakage, routing or control: predicted, or calibrated
      where one of the constants was fitted to a published figure. They are for attention alone unless a figure says that the model's linear layers are in it.</li>
    <li>Where a fixed number of keys is kept, rows with fewer visible tokens keep them all; so the share of the visible pairs is above the
      keep ratio in a causal model.</li>
    <li>Recall compares with the keys of the highest exact scores, as many as were to be kept, or, where a threshold selects, with the keys
      whose exact score reaches it.</li>
    <li>Times called measured are of ${adapter.description} (${adapter.class}) under ${adapter.runtime}. No figure for any other GPU is made up.</li>
  </ul></div>`;
}
