import { errorFunction } from 'simple-statistics';

/** Standard normal distribution function. */
export function normalCdf(x: number): number {
  return 0.5 * (1 + errorFunction(x / Math.SQRT2));
}

/** Density of the standard normal distribution. */
export function normalPdf(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** Kolmogorov-Smirnov distance between samples and a distribution function. */
export function ksDistance(samples: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(samples).sort();
  let distance = 0;
  sorted.forEach((x, i) => {
    const expected = cdf(x);
    distance = Math.max(distance, expected - i / sorted.length, (i + 1) / sorted.length - expected);
  });
  return distance;
}

/** Kolmogorov-Smirnov distance between two samples. */
export function ksDistanceOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  const a = Float64Array.from(one).sort();
  const b = Float64Array.from(other).sort();
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const x = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === x) i++;
    while (j < b.length && b[j] === x) j++;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  return distance;
}

/** Distance that `n` samples of a right law (or two samples of `n` and `m`) pass once in a thousand times. */
export function ksLimit(n: number, m = Number.POSITIVE_INFINITY): number {
  return 1.95 * Math.sqrt(1 / n + 1 / m);
}

/** Mean and standard deviation. */
export function moments(samples: ArrayLike<number>): { readonly mean: number; readonly std: number } {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]!;
  const mean = sum / samples.length;
  let squares = 0;
  for (let i = 0; i < samples.length; i++) squares += (samples[i]! - mean) ** 2;
  return { mean, std: Math.sqrt(squares / samples.length) };
}

/** Mean and standard deviation of a normal deviate clamped from below at `low`. */
export function clampedMoments(
  mean: number,
  std: number,
  low: number,
): { readonly mean: number; readonly std: number } {
  const a = (low - mean) / std;
  const above = 1 - normalCdf(a);
  const first = low * (1 - above) + mean * above + std * normalPdf(a);
  const second =
    low * low * (1 - above) + (mean * mean + std * std) * above + (2 * mean * std + a * std * std) * normalPdf(a);
  return { mean: first, std: Math.sqrt(second - first * first) };
}

/** A fast generator of standard normals (xorshift128), independent of the package's own. */
export function normalSource(seed: number): () => number {
  const state = Uint32Array.of(seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162);
  const word = () => {
    let t = state[3]!;
    const s = state[0]!;
    state.copyWithin(1, 0, 3);
    t ^= t << 11;
    t ^= t >>> 8;
    state[0] = t ^ s ^ (s >>> 19);
    return state[0]!;
  };
  for (let i = 0; i < 64; i++) word();
  const uniform = () => (word() + 0.5) / 2 ** 32;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
