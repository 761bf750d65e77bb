import { samples } from '../kernel.ts';
import type { Inputs, Workload } from './workload.ts';

/** What became of an output: its largest error, and why it is wrong if it is. */
export interface Verdict {
  /** Largest difference from float64 over the largest sampled value; for top-k the share of keys that do not belong. */
  readonly error: number;
  readonly wrong?: string;
}

/** An output on the host: values row by row, or for top-k the chosen columns of each row in any order. */
export type Output = Float32Array | Int32Array;

/** Half a unit in the last place of a float32. */
const rounding = 2 ** -24;

/**
 * Compares sampled rows of an output with float64. The bounds are those of float32 arithmetic in any order of the sums, with the
 * exponential as exact as WGSL asks for; an output within them is right.
 */
export function verdict(work: Workload, inputs: Inputs, output: Output): Verdict {
  switch (work.kind) {
    case 'matmul':
      return judge(samples(work.rows, 8).flatMap((row) => productRow(work, inputs, output, row)));
    case 'top-k':
      return topKeys(work, inputs, output);
    case 'normals':
      return normality(output);
    default: {
      const rows = samples(work.heads * work.tokens, 24).flatMap((row) => attendRow(work, inputs, output, row) ?? []);
      return rows.length === 0 ? { error: 1, wrong: 'no row could be compared' } : judge(rows);
    }
  }
}

interface Compared {
  readonly got: number;
  readonly want: number;
  readonly bound: number;
}

function judge(values: readonly Compared[]): Verdict {
  const largest = values.reduce((most, { want }) => Math.max(most, Math.abs(want)), 0);
  const off = ({ got, want }: Compared) => Math.abs(got - want);
  const error = values.reduce((most, value) => Math.max(most, Number.isNaN(value.got) ? 1 : off(value)), 0) / largest;
  const bad = values.find((value) => !(off(value) <= value.bound));
  return bad
    ? { error, wrong: `a value is ${bad.got}, by float64 ${bad.want} +- ${bad.bound.toExponential(1)}` }
    : { error };
}

function productRow(
  { inner, columns }: { readonly inner: number; readonly columns: number },
  { values: { a, b } }: Inputs,
  output: Output,
  row: number,
): Compared[] {
  return Array.from({ length: columns }, (_, column) => {
    let [want, size] = [0, 0];
    for (let i = 0; i < inner; i++) {
      const product = a![row * inner + i]! * b![i * columns + column]!;
      want += product;
      size += Math.abs(product);
    }
    return { got: output[row * columns + column]!, want, bound: (inner + 2) * rounding * size };
  });
}

/** A row of attention, or nothing where float32 may choose other keys than float64 does. */
function attendRow(
  work: Extract<Workload, { kind: 'attention' | 'sparse' | 'gathered' }>,
  { values: { q, k, v }, lists }: Inputs,
  output: Output,
  row: number,
): Compared[] | undefined {
  const { tokens, dim } = work;
  const head = Math.floor(row / tokens);
  const dot = (key: number) => {
    let [sum, size] = [0, 0];
    for (let d = 0; d < dim; d++) {
      const product = q![row * dim + d]! * k![(head * tokens + key) * dim + d]!;
      sum += product;
      size += Math.abs(product);
    }
    return { key, score: sum / Math.sqrt(dim), slack: ((dim + 3) * rounding * size) / Math.sqrt(dim) };
  };
  let keys = Array.from(
    { length: work.kind === 'attention' && work.causal ? (row % tokens) + 1 : tokens },
    (_, j) => j,
  );
  if (work.kind === 'gathered') keys = [...lists.subarray(row * work.keep, (row + 1) * work.keep)];
  let pairs = keys.map(dot);
  if (work.kind === 'sparse') {
    pairs.sort((one, other) => other.score - one.score);
    const [last, next] = [pairs[work.keep - 1]!, pairs[work.keep]];
    if (next && last.score - next.score <= last.slack + next.slack) return undefined;
    pairs = pairs.slice(0, work.keep);
  }
  const top = pairs.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const weights = pairs.map(({ score }) => Math.exp(score - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // An exponent off by d makes a weight off by d of itself; WGSL's exp(x) may be off by 3 + 2 |x| units of 2^-23. Weights that
  // are off by a share each make the quotient of two sums of them off by twice that share.
  const range = pairs.reduce((most, { score }) => Math.max(most, top - score), 0);
  const slack = 2 * pairs.reduce((most, pair) => Math.max(most, pair.slack), 0);
  const share = 2 * (slack + (3 + 2 * range) * 2 * rounding) + (2 * pairs.length + 8) * rounding;
  return Array.from({ length: dim }, (_, d) => {
    let [want, size] = [0, 0];
    pairs.forEach(({ key }, i) => {
      const part = (weights[i]! / total) * v![(head * tokens + key) * dim + d]!;
      want += part;
      size += Math.abs(part);
    });
    return { got: output[row * dim + d]!, want, bound: share * size };
  });
}

/** Chosen columns against the largest values of their row; of equal values either may be chosen. */
function topKeys(
  { rows, columns, keep }: Extract<Workload, { kind: 'top-k' }>,
  { values: { x } }: Inputs,
  output: Output,
): Verdict {
  let [wrong, seen] = [0, 0];
  for (const row of samples(rows, 200)) {
    const own = x!.subarray(row * columns, (row + 1) * columns);
    const want = Float32Array.from(own).sort().reverse();
    const chosen = new Set(output.subarray(row * keep, (row + 1) * keep));
    const got = Float32Array.from(chosen, (column) => own[column] ?? Number.NEGATIVE_INFINITY)
      .sort()
      .reverse();
    for (let i = 0; i < keep; i++) if (got[i] !== want[i]) wrong++;
    seen += keep;
  }
  const error = wrong / seen;
  return wrong === 0 ? { error } : { error, wrong: `${wrong} of ${seen} sampled keys are not among the largest` };
}

/** Kolmogorov and Smirnov's distance of 65,536 of the values from the normal; 2.5 is passed by chance once in 100,000 times. */
function normality(output: Output): Verdict {
  const picked = samples(output.length, 65536).map((i) => output[i]!);
  const sorted = Float64Array.from(picked).sort();
  let distance = 0;
  sorted.forEach((value, i) => {
    const below = normalBelow(value);
    distance = Math.max(distance, Math.abs(below - i / sorted.length), Math.abs(below - (i + 1) / sorted.length));
  });
  const scaled = distance * Math.sqrt(sorted.length);
  return scaled <= 2.5
    ? { error: distance }
    : { error: distance, wrong: `${scaled.toFixed(1)} from the normal distribution` };
}

/** Abramowitz and Stegun 26.2.17, within 7.5e-8. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z >= 0 ? 1 - above : above;
}
