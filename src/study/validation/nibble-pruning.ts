import { type Basis, measuredFigure } from '../../ledger/figure.ts';
import type { OwnFigure } from '../../ledger/validation.ts';
import { attendReference, quantizeReference } from '../../reference/attend.ts';
import { philoxWords, streams, toNormals } from '../../reference/rng.ts';

const [heads, tokens, dim] = [2, 256, 64];
const keepShare = 0.25;
/** Standard deviation of the scores: with 3, a query's ten largest of 256 hold most of its probability. */
const spread = 3;

const basis: Basis = {
  bits: 8,
  note: `${heads} synthetic heads of ${tokens} normal tokens and ${dim} dimensions, scores spread by ${spread}, ${100 * keepShare} % kept by the products of upper nibbles, no circuit errors`,
};

/**
 * What pruning by the upper four bits of queries and keys does to attention outputs, with the kept scores computed again or
 * taken from the nibbles; and the worst query's error as a share of what the lost probability allows, 2 eps max |v|.
 */
export function nibblePruning(): readonly OwnFigure[] {
  const { recomputed, estimated, bound } = outputs();
  const figure = (name: string, value: number, unit: string) => ({
    figure: measuredFigure(name, value, unit, basis, 'float64 on the CPU'),
  });
  return [
    figure('output error, kept scores computed again', 100 * recomputed, '%'),
    figure('output error, kept scores from the nibbles', 100 * estimated, '%'),
    figure('largest output error over its bound', bound, 'share'),
  ];
}

function outputs() {
  const [q, k, v] = [0, 1, 2].map((operand) => operandCodes(operand));
  const problem = { heads, queries: tokens, keys: tokens, dim, causal: false };
  // The scale that gives the codes' products the spread of their values'.
  const scale = (spread * q!.scale * k!.scale) / Math.sqrt(dim);
  const upper = (codes: Int8Array) => codes.map((code) => code >> 4);
  const [qUpper, kUpper] = [upper(q!.codes), upper(k!.codes)];
  const kept = selection(qUpper, kUpper);
  const isKept = (head: number, query: number, key: number) => kept.has((head * tokens + query) * tokens + key);
  const exact = attendReference({ ...problem, scale }, q!.codes, k!.codes, v!.codes);
  const recomputed = attendReference({ ...problem, scale }, q!.codes, k!.codes, v!.codes, isKept);
  const estimated = attendReference({ ...problem, scale: scale * 256 }, qUpper, kUpper, v!.codes, isKept);
  const lost = lostProbability(q!.codes, k!.codes, scale, isKept);
  const most = largestNorm(v!.codes);
  let bound = 0;
  for (let row = 0; row < heads * tokens; row++) {
    const error = Math.sqrt(squares(exact, recomputed, row * dim, (row + 1) * dim));
    if (lost[row]! > 0) bound = Math.max(bound, error / (2 * lost[row]! * most));
  }
  const relative = (other: Float64Array) =>
    Math.sqrt(squares(exact, other, 0, exact.length) / squares(exact, new Float64Array(exact.length), 0, exact.length));
  return { recomputed: relative(recomputed), estimated: relative(estimated), bound };
}

/** Normal values in 8 bits with one scale for all heads. */
function operandCodes(operand: number): { codes: Int8Array; scale: number } {
  const values = new Float32Array(heads * tokens * dim);
  for (let i = 0; i < values.length; i += 4) {
    values.set(toNormals(philoxWords(1, 0, streams.syntheticHeads, i / 4, operand)), i);
  }
  const { codes, scales } = quantizeReference(values, 1);
  return { codes, scale: scales[0]! };
}

/** The quarter of keys with the largest nibble products of each row, lower index first among equals. */
function selection(qUpper: Int8Array, kUpper: Int8Array): ReadonlySet<number> {
  const kept = new Set<number>();
  for (let row = 0; row < heads * tokens; row++) {
    const scores = rowScores(qUpper, kUpper, row);
    const best = Array.from(scores, (score, key) => ({ score, key })).sort(
      (a, b) => b.score - a.score || a.key - b.key,
    );
    for (const { key } of best.slice(0, keepShare * tokens)) kept.add(row * tokens + key);
  }
  return kept;
}

function lostProbability(
  q: Int8Array,
  k: Int8Array,
  scale: number,
  isKept: (head: number, query: number, key: number) => boolean,
): Float64Array {
  return Float64Array.from({ length: heads * tokens }, (_, row) => {
    const scores = rowScores(q, k, row);
    const top = Math.max(...scores);
    let [all, lost] = [0, 0];
    scores.forEach((score, key) => {
      const weight = Math.exp(scale * (score - top));
      all += weight;
      if (!isKept(Math.floor(row / tokens), row % tokens, key)) lost += weight;
    });
    return lost / all;
  });
}

function rowScores(q: Int8Array, k: Int8Array, row: number): Float64Array {
  const head = Math.floor(row / tokens) * tokens;
  return Float64Array.from({ length: tokens }, (_, key) => {
    let dot = 0;
    for (let d = 0; d < dim; d++) dot += q[row * dim + d]! * k[(head + key) * dim + d]!;
    return dot;
  });
}

function largestNorm(v: Int8Array): number {
  let most = 0;
  for (let row = 0; row < heads * tokens; row++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += v[row * dim + d]! ** 2;
    most = Math.max(most, sum);
  }
  return Math.sqrt(most);
}

function squares(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
