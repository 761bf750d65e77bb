import { beforeAll, describe, expect, it } from 'vitest';
import { type ButterflyConfig, spanOf } from '../../src/accelerator/butterfly-config.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { pruneBalanced } from '../../src/kernel/sparse-weights/prune.ts';
import { attendReference, quantizeReference } from '../../src/reference/attend.ts';
import { inSpan, spanAttendReference } from '../../src/reference/span-attend.ts';
import { projectionMacs, type SpanCounts, spanCounts } from '../../src/reference/span-counts.ts';
import { attend } from '../../src/study/attend.ts';
import { attendButterfly, type ButterflyAttendInput } from '../../src/study/attend-butterfly.ts';
import type { AttendInput } from '../../src/study/result.ts';
import { assertClose, assertEqual, normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await nodeGpu();
});

const windows = { spans: [[5, 17, 40]] } as const;

describe('projections and attention', () => {
  it.each<[string, Partial<ButterflyAttendInput>, ButterflyConfig]>([
    ['causal, a window per head', {}, windows],
    ['to both sides', { causal: false }, windows],
    ['every key', {}, { spans: { share: 1 } }],
    ['keys that are the queries', { causal: false }, { ...windows, qkSharing: true }],
    ['weights anywhere, blocks packed', {}, { ...windows, packing: 4 }],
    ['sizes that divide nothing', { model: 43, tokens: 35, columns: 3 * 7 }, windows],
    ['one token', { batch: 1, tokens: 1 }, { spans: 1 }],
    ['projections in float32', { model: 43 }, { ...windows, linearBits: 32 }],
  ])('are exact integers, then attention over the keys of the span: %s', async (_, sizes, config) => {
    const input = call(sizes, { ...config, operandBits: 32 }, 'packing' in config ? 'anywhere' : 'balanced');
    const { out, selection, kept } = await attendButterfly(gpu, input);
    const problem = problemOf(input);
    const { q, k, v } = projected(input);
    const most = v.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    // Projections are within 2 roundings of scales; a score's error moves the output by at most twice itself.
    const score = scoreBound(q, k, problem.dim);
    const allowed = most * (16 * (8 + Math.sqrt(input.tokens)) * 2 ** -24 + 2 * 2 * 4 * 2 ** -22 * score);
    assertClose(out, spanAttendReference(problem, q, k, v), { absolute: allowed, relative: 1e-5 }, 'output');
    const words = Math.ceil(input.tokens / 32);
    for (let row = 0; row < problem.heads * input.tokens; row++) {
      const [head, query] = [Math.floor(row / input.tokens), row % input.tokens];
      let count = 0;
      for (let key = 0; key < input.tokens; key++) {
        const bit = (selection[row * words + (key >> 5)]! >>> (key & 31)) & 1;
        expect(bit === 1, `row ${row}, key ${key}`).toBe(inSpan(problem, head, query, key));
        count += bit;
      }
      expect(kept[row]).toBe(count);
    }
  });

  it('attends on 8-bit operands like the float64 reference on their codes', async () => {
    const sizes = { batch: 2, heads: 3, queries: 40, keys: 70, dim: 24, causal: true };
    const [q, k, v] = [40, 70, 70].map((tokens, i) => normals(2 * 3 * tokens * 24, i + 1));
    const input = { accelerator: 'butterfly', config: windows, q, k, v, ...sizes, chips: 1, seed: 1 } as AttendInput;
    const { out, summary } = await attend(gpu, input);
    const back = (x: Float32Array) => {
      const { codes, scales } = quantizeReference(x, 6);
      return Float64Array.from(codes, (code, i) => code * scales[Math.floor(i / (x.length / 6))]!);
    };
    const problem = { ...sizes, heads: 6, spans: windows.spans[0] };
    const expected = attendReference(problem, back(q!), back(k!), back(v!), (h, i, j) => inSpan(problem, h, i, j));
    assertClose(out, expected, { absolute: 16 * (8 + Math.sqrt(70)) * 2 ** -24 * 4, relative: 1e-5 }, 'output');
    expect(summary.accuracy!.softmaxMass).toBeGreaterThan(0);
    expect(summary.accuracy!.softmaxMass).toBeLessThan(1);
  });

  it('catches all there is to catch within a span of everything', async () => {
    const { summary } = await attendButterfly(gpu, call({}, { spans: 1000 }));
    expect(summary.accuracy!.recall).toBe(1);
    expect(summary.accuracy!.softmaxMass).toBeCloseTo(1, 5);
    expect(summary.keptShare).toBe(1);
  });

  it('stays near float32 with all arithmetic in 8 bits', async () => {
    const input = call({}, windows);
    const { out } = await attendButterfly(gpu, input);
    const { q, k, v } = projected(input);
    const plain = spanAttendReference(problemOf(input), q, k, v);
    const rms = (values: ArrayLike<number>) => Math.sqrt(Array.from(values, (x) => x * x).reduce((a, b) => a + b, 0));
    const error = rms(out.map((value, i) => value - plain[i]!)) / rms(plain);
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.05);
  });

  it('has chips that are all alike, behind one another', async () => {
    const one = await attendButterfly(gpu, call({}, windows));
    const two = await attendButterfly(gpu, { ...call({}, windows), chips: 2 });
    for (const name of ['out', 'selection', 'kept'] as const) {
      const [part, length] = [two[name], one[name].length];
      assertEqual(part.subarray(0, length), one[name], name);
      assertEqual(part.subarray(length), one[name], name);
    }
    expect(two.summary.counts).toEqual(one.summary.counts);
  });
});

describe('counts of a run', () => {
  it.each<[string, boolean, ButterflyConfig]>([
    ['full attention', true, { spans: 1000, spanReuse: false }],
    ['windows, keys loaded for every tile', true, { ...windows, spanReuse: false, tileQueries: 16 }],
    ['windows, keys kept in a circular buffer', true, windows],
    ['windows to both sides', false, { ...windows, tileQueries: 16 }],
    ['QK sharing', false, { ...windows, qkSharing: true }],
    ['QK sharing looking back', true, { ...windows, qkSharing: true }],
  ])('are the closed forms: %s', async (_, causal, config) => {
    const input = call({ causal }, config, 'none');
    const { heads, batch, tokens, model, dim } = { ...input, ...problemOf(input), heads: 3 };
    const { summary } = await attendButterfly(gpu, input);
    const { tileQueries = 64, qkSharing = false, spanReuse = true } = config;
    const sum = (pick: (counts: SpanCounts) => number) => {
      let total = 0;
      for (let head = 0; head < heads; head++) {
        const span = spanOf(config.spans!, 0, head, tokens);
        total += pick(spanCounts({ queries: tokens, keys: tokens, span, causal, tileQueries }));
      }
      return total;
    };
    const rows = batch * sum((counts) => (spanReuse ? counts.reusedRows : counts.reloadedRows));
    const scores = sum(({ pairs, mirroredPairs }) => pairs - (qkSharing ? mirroredPairs : 0));
    const projections = heads * projectionMacs(batch * tokens, model, dim, qkSharing);
    expect(summary.counts['cells']!['writeBit']).toBe(2 * rows * dim * 8);
    expect(summary.counts['mac']!['mac8']).toBeCloseTo(
      projections + batch * dim * (scores + sum(({ pairs }) => pairs)),
      6,
    );
    const spared = summary.figures.find(({ name }) => name === 'rows of keys spared by the spans')!;
    expect(spared.value).toBeCloseTo(1 - sum(({ residentRows }) => residentRows) / (heads * tokens), 12);
  });

  it('are, seeing both ways, N rows a tile without spans or reuse, N with reuse, and half the products with shared queries', async () => {
    const [tile, N] = [16, 70];
    const counted = async (config: ButterflyConfig) => {
      const input = call({ causal: false }, { ...config, tileQueries: tile }, 'none');
      const { counts, figures } = (await attendButterfly(gpu, input)).summary;
      const { batch, model, columns } = input;
      const spared = figures.find(({ name }) => name === 'rows of keys spared by the spans')!.value as number;
      return {
        rows: counts['cells']!['writeBit']! / (2 * batch * columns * 8),
        // Products of scores and outputs; both of a pair take as many as a head has dimensions.
        pairs: (projected: number) => counts['mac']!['mac8']! / (batch * columns) - projected * N * model,
        resident: 1 - spared,
      };
    };
    const full = await counted({ spans: N, spanReuse: false });
    expect([full.rows, full.pairs(3), full.resident]).toEqual([N * Math.ceil(N / tile), 2 * N * N, 1]);
    const kept = await counted({ spans: N });
    expect([kept.rows, kept.pairs(3), kept.resident]).toEqual([N, 2 * N * N, 1]);
    const shared = await counted({ spans: N, qkSharing: true });
    expect(shared.rows).toBe(N);
    expect(shared.pairs(2)).toBeCloseTo((N * (N + 1)) / 2 + N * N, 6);
    // 1 + 2 (w - 1) keys of a row, less what lies beyond both ends.
    const w = 6;
    const narrow = await counted({ spans: w });
    expect([narrow.rows, narrow.pairs(3)]).toEqual([N, 2 * (N * (2 * w - 1) - w * (w - 1))]);
    expect(narrow.resident).toBeCloseTo((2 * w - 1) / N, 12);
  });

  it('follow the kept weights with the skipper and all of them without, and the numbers do not', async () => {
    const [on, off] = await Promise.all([
      attendButterfly(gpu, call({}, windows)),
      attendButterfly(gpu, call({}, { ...windows, skipper: false })),
    ]);
    for (const name of ['out', 'selection', 'kept'] as const) assertEqual(off[name], on[name], name);
    const { batch, tokens, model, columns } = call({}, windows);
    const macs = (run: typeof on) => run.summary.counts['mac']!['mac8']!;
    // 4 of every 16 weights are kept.
    expect(macs(off) - macs(on)).toBe((3 / 4) * 3 * batch * tokens * model * columns);
    expect(on.summary.counts['skipper']!['hop']).toBe((1 / 4) * 3 * batch * tokens * model * columns * 4);
    expect(off.summary.counts['skipper']!['hop']).toBe(0);
    const energy = (run: typeof on) => run.summary.energy.reduce((total, { energyPj }) => total + energyPj, 0);
    expect(energy(off)).toBeGreaterThan(energy(on));
  });

  it('know no linear layers where these are left in float32', async () => {
    const { summary } = await attendButterfly(gpu, call({}, { ...windows, linearBits: 32 }));
    expect(summary.counts['skipper']!['hop']).toBe(0);
    expect(summary.figures.find(({ name }) => name === 'energy per window')!.basis.note).toContain('no linear layers');
  });

  it('are those of 4 of 16 after pruning to that, and of a share after pruning to it', async () => {
    const hops = async (prune: 'balanced' | number) => {
      const { summary } = await attendButterfly(gpu, call({}, { ...windows, prune }, 'none'));
      return summary.counts['skipper']!['hop']!;
    };
    const { batch, tokens, model, columns } = call({}, windows);
    const all = 3 * batch * tokens * model * columns * 4;
    expect(await hops('balanced')).toBe(all / 4);
    expect(await hops(0.5)).toBe(all / 2);
  });
});

describe('refusals', () => {
  const none = new Proxy({} as Gpu, {
    get: () => {
      throw new Error('the GPU was used');
    },
  });

  it.each<[string, Partial<ButterflyAttendInput>, object, string]>([
    ['BUTTERFLY_CONFIG', {}, { spans: 0 }, 'butterfly.spans is 0'],
    ['SPANS', {}, { spans: [[1, 2]] }, 'layer 0 has 2 spans for 3 heads'],
    ['SPANS', {}, { spans: [3, 4] }, '2 spans for 1 layers'],
    ['BUTTERFLY_HEADS', {}, { heads: undefined }, 'butterfly.heads is missing'],
    ['BUTTERFLY_HEADS', {}, { heads: 5 }, '24 columns for 5 heads'],
    ['ATTEND_SIZE', { tokens: 0 }, {}, 'tokens is 0'],
    ['ATTEND_SIZE', { model: 3 }, {}, 'x holds'],
    ['ATTEND_VALUE', { wv: new Float32Array(48 * 24).fill(Number.NaN) }, {}, 'wv[0] is NaN'],
  ])('%s before any GPU work', async (code, changes, config, what) => {
    const input = call({}, windows);
    const wrong = { ...input, ...changes, config: { ...input.config, ...config } };
    await expect(attendButterfly(none, wrong)).rejects.toMatchObject({
      code,
      kind: 'input',
      what: expect.stringContaining(what),
    });
  });

  it('of a block that keeps too much where balanced weights are asked for, with its column and inputs', async () => {
    const failure = {
      code: 'SPARSE_BLOCK',
      what: expect.stringContaining('output 0 keeps 16 weights of inputs 0 to 15'),
    };
    await expect(attendButterfly(gpu, call({}, { ...windows, fork: 'balanced' }, 'none'))).rejects.toMatchObject(
      failure,
    );
  });
});

type Zeros = 'balanced' | 'anywhere' | 'none';

/** Inputs and weights whose 8-bit codes are known: multiples of 1/128, with 127 of them in every row and column. */
function call(changes: Partial<ButterflyAttendInput>, config: ButterflyConfig, zeros: Zeros = 'balanced') {
  const sizes = { batch: 2, tokens: 70, model: 48, columns: 24, causal: true, ...changes };
  const { batch, tokens, model, columns } = sizes;
  const code = (i: number, seed: number) => ((i * 73 + (i >> 5) * 31 + seed * 57) % 253) - 126 || 1;
  const x = Float32Array.from({ length: batch * tokens * model }, (_, i) => (i % model === 0 ? 127 : code(i, 0)) / 128);
  const weights = (seed: number) => {
    const all = Float32Array.from({ length: model * columns }, (_, i) => (i < columns ? 127 : code(i, seed)) / 128);
    if (zeros === 'none') return all;
    if (zeros === 'balanced') return pruneBalanced({ inputs: model, outputs: columns, block: 16, lanes: 4 }, all);
    return all.map((value, i) => (i < columns || (i * 2654435761) % 4294967296 < 2 ** 30 ? value : 0));
  };
  return {
    x,
    wq: weights(1),
    wk: weights(2),
    wv: weights(3),
    ...sizes,
    config: { heads: 3, ...config },
    chips: 1,
    seed: 1,
  };
}

function problemOf(input: ButterflyAttendInput) {
  const { batch, tokens, columns, causal, config } = input;
  const spans = Array.from({ length: config.heads }, (_, head) => spanOf(config.spans!, 0, head, tokens));
  return { heads: batch * config.heads, queries: tokens, keys: tokens, dim: columns / config.heads, causal, spans };
}

/** Exact projections, by head. */
function projected(input: ButterflyAttendInput) {
  const { x, wq, wk, wv, batch, tokens, model, columns, config } = input;
  const dim = columns / config.heads;
  const product = (w: Float32Array) => {
    const out = new Float64Array(batch * tokens * columns);
    for (let row = 0; row < batch * tokens; row++) {
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let i = 0; i < model; i++) sum += x[row * model + i]! * w[i * columns + c]!;
        const [sequence, token, head] = [Math.floor(row / tokens), row % tokens, Math.floor(c / dim)];
        out[((sequence * config.heads + head) * tokens + token) * dim + (c % dim)] = sum;
      }
    }
    return out;
  };
  return { q: product(wq), k: product(config.qkSharing ? wq : wk), v: product(wv) };
}

function scoreBound(q: Float64Array, k: Float64Array, dim: number): number {
  const norm = (x: Float64Array) => {
    let most = 0;
    for (let at = 0; at < x.length; at += dim) most = Math.max(most, Math.hypot(...x.subarray(at, at + dim)));
    return most;
  };
  return (norm(q) * norm(k)) / Math.sqrt(dim);
}
