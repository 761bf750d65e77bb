import { type AttendProblem, visibleKeys } from '../kernel/attend-problem.ts';

/**
 * Attention in float64 over the kept and visible keys. `kept(head, query, key)` says what is selected; without it all
 * visible keys count. q, k, v are `[heads, tokens, dim]`; a row that keeps nothing gives zeros.
 */
export function attendReference(
  problem: Omit<AttendProblem, 'operandBits'>,
  q: ArrayLike<number>,
  k: ArrayLike<number>,
  v: ArrayLike<number>,
  kept: (head: number, query: number, key: number) => boolean = () => true,
): Float64Array {
  const { heads, queries, keys, dim, scale = 1 / Math.sqrt(dim) } = problem;
  const out = new Float64Array(heads * queries * dim);
  for (let h = 0; h < heads; h++) {
    for (let i = 0; i < queries; i++) {
      const row = (h * queries + i) * dim;
      const scores: [number, number][] = [];
      for (let j = 0; j < visibleKeys(problem, i); j++) {
        if (!kept(h, i, j)) continue;
        let dot = 0;
        for (let d = 0; d < dim; d++) dot += q[row + d]! * k[(h * keys + j) * dim + d]!;
        scores.push([j, dot * scale]);
      }
      const top = Math.max(...scores.map(([, s]) => s));
      const total = scores.reduce((sum, [, s]) => sum + Math.exp(s - top), 0);
      for (const [j, s] of scores) {
        const p = Math.exp(s - top) / total;
        for (let d = 0; d < dim; d++) out[row + d]! += p * v[(h * keys + j) * dim + d]!;
      }
    }
  }
  return out;
}

/** Symmetric 8-bit quantisation with one scale per head, as `quantize-rows` does it: codes as numbers, and the scales. */
export function quantizeReference(x: ArrayLike<number>, heads: number): { codes: Int8Array; scales: Float32Array } {
  const size = x.length / heads;
  const codes = new Int8Array(x.length);
  const scales = new Float32Array(heads);
  for (let h = 0; h < heads; h++) {
    let most = 0;
    for (let i = 0; i < size; i++) most = Math.max(most, Math.abs(x[h * size + i]!));
    scales[h] = most / 127;
    const inverse = most === 0 ? 0 : Math.fround(127 / most);
    for (let i = 0; i < size; i++) codes[h * size + i] = roundEven(Math.fround(x[h * size + i]! * inverse));
  }
  return { codes, scales };
}

function roundEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}
