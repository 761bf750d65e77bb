import { philoxWords, streams, toNormals } from '../reference/rng.ts';

/** Synthetic queries, each with keys of its own, packed as the kernels read them. */
export interface CorrelatedOperands {
  /** 8-bit codes, 4 a word in rows of whole blocks of 32 dimensions: `[queries, 1, row]` and `[queries, keys + 1, row]`. */
  readonly q: Uint32Array<ArrayBuffer>;
  readonly k: Uint32Array<ArrayBuffer>;
  /** Score that lies between the last wanted and the first unwanted key of each query, of q.k / sqrt(dim) in codes. */
  readonly thresholds: Float32Array<ArrayBuffer>;
  /** 1 for each query's wanted keys, those of the highest exact scores. */
  readonly wanted: readonly Uint8Array[];
}

/**
 * Standard deviation of the codes: 127 is then 4.2 of them, about what the largest of some ten thousand normal operands takes,
 * which share a scale in a head.
 */
const codeSigma = 30;

/** Draws normal queries and keys that are correlated with them, as 8-bit codes. The last key of each query is zero. */
export function correlatedOperands(sizes: {
  /** Index of the first query; query i is the same in any part. */
  readonly first: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly correlation: number;
  /** Keys of the highest scores that are wanted. */
  readonly wanted: number;
  readonly seed: number;
}): CorrelatedOperands {
  const { first, queries, keys, dim, correlation, wanted, seed } = sizes;
  const row = 32 * Math.ceil(dim / 32);
  const [q, k] = [new Int8Array(queries * row), new Int8Array(queries * (keys + 1) * row)];
  const thresholds = new Float32Array(queries);
  const marks: Uint8Array[] = [];
  const rest = Math.sqrt(1 - correlation ** 2);
  for (let i = 0; i < queries; i++) {
    const query = normalRow(seed, first + i, keys, dim);
    q.set(query.map(codeOf), i * row);
    const scores = new Float64Array(keys);
    for (let j = 0; j < keys; j++) {
      const noise = normalRow(seed, first + i, j, dim);
      for (let n = 0; n < dim; n++) {
        const code = codeOf(correlation * query[n]! + rest * noise[n]!);
        k[(i * (keys + 1) + j) * row + n] = code;
        scores[j]! += q[i * row + n]! * code;
      }
    }
    const sorted = scores.slice().sort().reverse();
    const limit = (sorted[wanted - 1]! + sorted[wanted]!) / 2;
    thresholds[i] = limit / Math.sqrt(dim);
    marks.push(Uint8Array.from(scores, (score) => (score > limit ? 1 : 0)));
  }
  return { q: new Uint32Array(q.buffer), k: new Uint32Array(k.buffer), thresholds, wanted: marks };
}

function normalRow(seed: number, query: number, line: number, dim: number): Float64Array {
  const normals = new Float64Array(4 * Math.ceil(dim / 4));
  for (let n = 0; n < dim; n += 4) {
    normals.set(toNormals(philoxWords(seed, query, streams.correlatedOperands, n >> 2, line)), n);
  }
  return normals.subarray(0, dim);
}

const codeOf = (x: number) => Math.max(-127, Math.min(127, Math.round(codeSigma * x)));
