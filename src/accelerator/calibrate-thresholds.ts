import { fail } from '../errors.ts';
import { visibleKeys } from '../kernel/attend-problem.ts';
import type { LayerSamples } from './fit-codebooks.ts';
import type { Thresholds } from './thresholds.ts';

/** Rows of a head and set that a threshold is set by, evenly spread; it bounds the time of a calibration. */
const mostRows = 64;

/** Shape of the samples, and what share of the visible pairs is to be kept by what. */
export interface CalibrateOptions {
  readonly sets: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
  /** Target share of the visible pairs, the diagonal included, above 0 and up to 1. */
  readonly keepRatio: number;
  /** One threshold for all heads of a layer, or one for each. */
  readonly per: 'layer' | 'head';
}

/**
 * Sets thresholds so that the ideal 4-bit estimate keeps the target share of the samples' visible pairs. A model that was
 * not trained with thresholds suffers badly from these: rows differ too much. Throws `CALIBRATE` without samples.
 */
export function calibrateThresholds(layers: readonly LayerSamples[], options: CalibrateOptions): Thresholds {
  const { sets, heads, queries, keepRatio, per } = options;
  if (layers.length === 0 || sets < 1 || queries < 1)
    throw fail('CALIBRATE', 'no scores to set thresholds by', 'give at least one window of calibration text');
  const values = new Float32Array(layers.length * heads);
  layers.forEach((samples, layer) => {
    const byHead = Array.from({ length: heads }, (_, head) => headEstimates(samples, head, options));
    const groups = per === 'head' ? byHead.map((one) => [one]) : [byHead];
    groups.forEach((group, g) => {
      const threshold = quantileFor(group, keepRatio);
      if (per === 'head') values[layer * heads + g] = threshold;
      else values.fill(threshold, layer * heads, (layer + 1) * heads);
    });
  });
  return { layers: layers.length, heads, values, origin: 'calibrated' };
}

/** Estimates of one head's sampled pairs off the diagonal, and how many diagonal pairs they leave out. */
interface Estimates {
  readonly values: Float32Array;
  readonly diagonal: number;
}

function headEstimates({ q, k }: LayerSamples, head: number, options: CalibrateOptions): Estimates {
  const { sets, heads, queries, keys, dim } = options;
  const rows = Math.min(mostRows, queries);
  const at = Array.from({ length: rows }, (_, r) => Math.floor(((r + 0.5) * queries) / rows));
  const perSet = at.reduce((sum, i) => sum + visibleKeys(options, i) - 1, 0);
  const values = new Float32Array(sets * perSet);
  let next = 0;
  for (let s = 0; s < sets; s++) {
    const a = nibbles(q.subarray((s * heads + head) * queries * dim, (s * heads + head + 1) * queries * dim));
    const b = nibbles(k.subarray((s * heads + head) * keys * dim, (s * heads + head + 1) * keys * dim));
    const scale = (a.scale * b.scale) / Math.sqrt(dim);
    for (const i of at) {
      const visible = visibleKeys(options, i);
      const diagonal = i + keys - queries;
      for (let j = 0; j < visible; j++) {
        if (j === diagonal) continue;
        let sum = 0;
        for (let d = 0; d < dim; d++) sum += a.codes[i * dim + d]! * b.codes[j * dim + d]!;
        values[next++] = sum * scale;
      }
    }
  }
  return { values, diagonal: sets * rows };
}

/** 8-bit codes cut to their upper four bits and put in the middle of the step: 16 floor(code / 16) + 7.5. */
function nibbles(x: Float32Array): { codes: Float32Array; scale: number } {
  const scale = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
  const codes = x.map((value) => (scale > 0 ? 16 * Math.floor(Math.round(value / scale) / 16) + 7.5 : 7.5));
  return { codes, scale };
}

/** The estimate that the target share of all pairs reaches; the diagonal is kept whatever it scores. */
function quantileFor(group: readonly Estimates[], keepRatio: number): number {
  const total = group.reduce((sum, one) => sum + one.values.length, 0);
  const diagonal = group.reduce((sum, one) => sum + one.diagonal, 0);
  const all = new Float32Array(total);
  let next = 0;
  for (const { values } of group) {
    all.set(values, next);
    next += values.length;
  }
  all.sort();
  const wanted = Math.min(total, Math.max(0, Math.round(keepRatio * (total + diagonal) - diagonal)));
  if (total === 0) return 0;
  // Halfway between the last that is kept and the first that is not, so that rounding does not decide.
  const first = all[total - wanted] ?? all[total - 1]! + 1;
  const before = all[total - wanted - 1] ?? all[0]! - 1;
  return (first + before) / 2;
}
