import { beforeAll, describe, expect, it } from 'vitest';
import { fitCodebooks } from '../../src/accelerator/fit-codebooks.ts';
import { Hardsea } from '../../src/accelerator/hardsea.ts';
import { resolveHardsea } from '../../src/accelerator/hardsea-config.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { visibleKeys, visiblePairs } from '../../src/kernel/attend-problem.ts';
import { bytesSource } from '../../src/model/byte-source.ts';
import { openSafetensors } from '../../src/model/safetensors.ts';
import { attendReference } from '../../src/reference/attend.ts';
import { attend } from '../../src/study/attend.ts';
import { encodeCodebooks } from '../../src/study/codebook-file.ts';
import { assertClose, assertEqual, normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { attendInput, type HardseaInput, keptKeys } from './attend-data.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await nodeGpu();
});

const lossless = { subspaces: 4, centroids: 256, tableBits: 0, encoder: { dacBits: 0 } };

describe('hardsea selects', () => {
  it.each([
    { causal: true, queries: 40, keys: 40 },
    { causal: false, queries: 40, keys: 40 },
    { causal: true, queries: 25, keys: 60 },
  ])('exactly the exact top-k with as many centroids as distinct vectors: %o', async (sizes) => {
    const keep = 7;
    const input = attendInput({ ...sizes, config: { ...lossless, keep } });
    const { selection } = await attend(gpu, input);
    forEachRow(input, (row, h, i) => {
      const scores = Array.from({ length: visibleKeys(input, i) }, (_, j) => [dot(input, h, i, j), j] as const);
      const best = scores.sort((a, b) => b[0] - a[0]).slice(0, keep);
      expect(keptKeys(selection, row, input.keys)).toEqual(best.map(([, j]) => j).sort((a, b) => a - b));
    });
  });

  it('the same keys whatever order they come in', async () => {
    const input = attendInput({ causal: false, config: { keepRatio: 0.3, operandBits: 32 } });
    const order = Array.from({ length: input.keys }, (_, j) => (j * 7 + 3) % input.keys);
    const shuffled = (x: Float32Array) => {
      const out = new Float32Array(x.length);
      for (let h = 0; h < input.heads; h++) {
        order.forEach((from, to) => {
          out.set(
            x.subarray((h * input.keys + from) * input.dim, (h * input.keys + from + 1) * input.dim),
            (h * input.keys + to) * input.dim,
          );
        });
      }
      return out;
    };
    // Table scores tie often, and ties go by index: an exact table of real-valued products does not.
    const config = { ...input.config, tableBits: 0, centroids: 64 };
    const codebooks = await savedBooks(input, config);
    const plain = await attend(gpu, { ...input, config, codebooks });
    const moved = await attend(gpu, { ...input, config, codebooks, k: shuffled(input.k), v: shuffled(input.v) });
    forEachRow(input, (row) => {
      const there = keptKeys(moved.selection, row, input.keys).map((j) => order[j]!);
      expect(there.sort((a, b) => a - b)).toEqual(keptKeys(plain.selection, row, input.keys));
    });
    assertClose(moved.out, plain.out, { absolute: 1e-5, relative: 1e-5 }, 'output');
  });

  it('worse, on average, the noisier its columns are', async () => {
    const input = attendInput({ heads: 4, queries: 128, keys: 128, causal: false });
    const recalls: number[] = [];
    for (const capacitorMismatch of [0, 0.05, 0.5]) {
      const config = { keepRatio: 0.2, centroids: 64, selector: { wta: { preset: 'ideal', capacitorMismatch } } };
      recalls.push((await attend(gpu, { ...input, config })).summary.accuracy!.recall);
    }
    expect(recalls[0]).toBeGreaterThan(recalls[1]! + 0.02);
    expect(recalls[1]).toBeGreaterThan(recalls[2]! + 0.05);
  });
});

describe('hardsea attends', () => {
  it.each([
    { heads: 2, queries: 33, keys: 33, dim: 16, causal: true },
    { heads: 3, queries: 77, keys: 77, dim: 40, causal: false },
    { heads: 1, queries: 20, keys: 65, dim: 64, causal: true },
  ])('bit for bit like dense 8-bit attention when it keeps everything: %o', async (sizes) => {
    const input = attendInput({ ...sizes, config: { keepRatio: 1, operandBits: 8 } });
    const all = await attend(gpu, input);
    const dense = await attend(gpu, { ...input, accelerator: 'dense' });
    assertEqual(all.selection, dense.selection, 'selection');
    assertEqual(all.out, dense.out, 'output');
  });

  it.each([
    { heads: 12, queries: 1024, keys: 1024, dim: 64, causal: true },
    { heads: 12, queries: 1024, keys: 1024, dim: 64, causal: false },
    { heads: 3, queries: 77, keys: 77, dim: 40, causal: true },
    { heads: 2, queries: 50, keys: 133, dim: 24, causal: true },
  ])('like the float64 reference over the keys it selected: %o', async (sizes) => {
    const input = attendInput({ ...sizes, config: { keepRatio: 0.25, operandBits: 32, iterations: 3 } });
    const { out, selection, kept, summary } = await attend(gpu, input);
    const words = Math.ceil(input.keys / 32);
    const bit = (h: number, i: number, j: number) =>
      ((selection[(h * input.queries + i) * words + (j >> 5)]! >>> (j & 31)) & 1) === 1;
    const expected = attendReference(input, input.q, input.k, input.v, bit);
    // Scores of size s carry dim products' rounding; the weights move by as much, the outputs are sums of weights of 1.
    const allowed = 16 * (input.dim + Math.sqrt(input.keys)) * 2 ** -24;
    assertClose(out, expected, { absolute: allowed, relative: 1e-5 }, 'output');
    const limit = Math.ceil(0.25 * input.keys);
    forEachRow(input, (row, _h, i) => {
      if (kept[row] !== Math.min(limit, visibleKeys(input, i))) throw new Error(`row ${row} keeps ${kept[row]}`);
    });
    expect(summary.keptShare).toBeCloseTo(kept.reduce((a, b) => a + b, 0) / (input.heads * visiblePairs(input)), 6);
  });

  it('as chip 2 of a population bit for bit as alone', async () => {
    const input = attendInput({ config: { device: 'hfox-milo', keepRatio: 0.3 } });
    const books = await savedBooks(input, input.config);
    const population = await attend(gpu, { ...input, codebooks: books, chips: 3 });
    const config = resolveHardsea(input.config);
    const codebooks = await fitFor(input);
    const alone = await Hardsea.program(gpu, { config, codebooks, chips: 1, firstChip: 2, seed: input.seed });
    const batch = gpu.batch();
    const { heads, queries, keys, dim, causal } = input;
    const out = gpu.empty('f32', [1, heads, queries, dim]);
    const [q, k, v] = [input.q, input.k, input.v].map((x) => gpu.tensor(x));
    alone.recordCall(batch, {
      layer: 0,
      sequences: 1,
      chips: 1,
      firstWindow: 0,
      heads,
      queries,
      keys,
      headDim: dim,
      causal,
      q: q!,
      k: k!,
      v: v!,
      out,
    });
    const read = batch.read<Float32Array>(out);
    await batch.submit();
    alone.destroy();
    assertEqual(population.out.subarray(2 * read.values().length), read.values(), 'chip 2');
    expect(population.out.subarray(0, read.values().length)).not.toEqual(read.values());
  });
});

describe("hardsea's ledger", () => {
  it.each(['integrate', 'ramp'] as const)('takes energy and time from when the last winner came (%s)', async (form) => {
    const wta = { form, rampNs: 30 };
    const run = async (keepRatio: number) => {
      const config = { keepRatio, selector: { wta }, encoder: { wta } };
      const { summary } = await attend(
        gpu,
        attendInput({ heads: 1, queries: 33, keys: 33, dim: 16, causal: false, config }),
      );
      const row = summary.energy.find(
        ({ component, action }) => component.startsWith('wta-select') && action === 'charge',
      );
      const select = summary.latency!.stages.find(({ stage }) => stage === 'select')!.timeNs;
      // A look-up of 1 ns for each of 8 sub-spaces and query comes before the race.
      return { charges: row!.count, raceNs: select - 33 * 8, energyPj: row!.energyPj };
    };
    const [few, many] = [await run(0.1), await run(0.7)];
    expect(many.raceNs).toBeGreaterThan(few.raceNs);
    expect(many.charges).toBeGreaterThan(few.charges);
    for (const { charges, raceNs, energyPj } of [few, many]) {
      expect(energyPj).toBeCloseTo(charges * 0.05, 6);
      // A ramp charges each of 33 x 33 columns once beforehand, and drives all of them as far as it ran in each row.
      if (form === 'ramp') expect(charges).toBeCloseTo(33 * 33 + 33 * (raceNs / 30), 1);
    }
  });

  it('counts what the run did', async () => {
    const input = attendInput({ heads: 3, queries: 77, keys: 77, dim: 40, config: { keepRatio: 0.2 } });
    const { kept, summary } = await attend(gpu, input);
    const total = kept.reduce((a, b) => a + b, 0);
    const visible = 3 * visiblePairs(input);
    const { counts } = summary;
    expect(counts['softmax']).toEqual({ exp: total, divide: 3 * 77 * 40 });
    expect(counts['mac']).toEqual({ mac8: total * 2 * 40 });
    expect(counts['sram']).toMatchObject({ boundaryBit: total * 2 * 40 * 8, readBit: 3 * 77 * 40 * 8 });
    expect(counts['table']).toEqual({ lookup: visible * 8 });
    expect(counts['wta-select']!['column']).toBe(visible);
    expect(counts['wta-encode']!['column']).toBe(3 * 2 * 77 * 8 * 16);
    expect(counts['crossbar']!['cellRead']).toBe(counts['dac']!['drive']! * 16 * 2);
    // A column that the stop cut short has charged in part: no more than all columns, no fewer than the winners.
    expect(counts['wta-select']!['charge']).toBeGreaterThanOrEqual(total * 0.999);
    expect(counts['wta-select']!['charge']).toBeLessThanOrEqual(visible);
    expect(summary.latency!.overlappedNs).toBeLessThanOrEqual(summary.latency!.sequentialNs);
    expect(Math.max(...summary.latency!.stages.map((stage) => stage.timeNs))).toBeLessThanOrEqual(
      summary.latency!.overlappedNs + 1e-6,
    );
    expect(summary.energy.every((row) => row.energyPj >= 0)).toBe(true);
  });

  it('spends less when it keeps less', async () => {
    const energies: number[] = [];
    for (const keepRatio of [0.1, 0.4, 1]) {
      const { summary } = await attend(gpu, attendInput({ queries: 100, keys: 100, config: { keepRatio } }));
      energies.push(summary.energy.reduce((sum, row) => sum + row.energyPj, 0));
    }
    expect(energies[0]).toBeLessThan(energies[1]!);
    expect(energies[1]).toBeLessThan(energies[2]!);
  });
});

describe('hardsea refuses', () => {
  it.each<[string, Partial<HardseaInput>, string]>([
    ['more winners than keys', { config: { keep: 34 } }, 'KEEP_TOO_LARGE'],
    ['more sub-spaces than dimensions', { config: { subspaces: 17 } }, 'PQ_SUBSPACES'],
    ['a share of 0', { config: { keepRatio: 0 } }, 'HARDSEA_CONFIG'],
    ['NaN', { q: new Float32Array(2 * 33 * 16).fill(Number.NaN) }, 'ATTEND_VALUE'],
    ['a wrong length', { q: new Float32Array(7) }, 'ATTEND_SIZE'],
    ['causal attention with fewer keys than queries', { queries: 40, keys: 33 }, 'ATTEND_CAUSAL'],
    ['a head that is too wide', { dim: 200 }, 'ATTEND_DIM'],
    ['no chips', { chips: 0 }, 'ATTEND_SIZE'],
  ])('%s', async (_what, changes, code) => {
    await expect(attend(gpu, attendInput(changes))).rejects.toMatchObject({ code, kind: 'input' });
  });

  it('codebooks of another shape', async () => {
    const input = attendInput();
    const codebooks = await savedBooks(input, input.config);
    await expect(attend(gpu, { ...input, codebooks, config: { subspaces: 4 } })).rejects.toMatchObject({
      code: 'CODEBOOK_SHAPE',
    });
  });
});

it('leaves no memory behind', async () => {
  await attend(gpu, attendInput());
  const before = gpu.memory.bytes;
  await attend(gpu, attendInput({ config: { device: 'hfox-neurram' }, chips: 2 }));
  expect(gpu.memory.bytes).toBe(before);
});

function forEachRow({ heads, queries }: HardseaInput, check: (row: number, head: number, query: number) => void): void {
  for (let row = 0; row < heads * queries; row++) check(row, Math.floor(row / queries), row % queries);
}

function dot({ q, k, dim, queries, keys }: HardseaInput, h: number, i: number, j: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += q[(h * queries + i) * dim + d]! * k[(h * keys + j) * dim + d]!;
  return sum;
}

async function fitFor(input: HardseaInput) {
  const { subspaces, centroids, iterations } = resolveHardsea(input.config);
  const { heads, queries, keys, dim, seed } = input;
  return fitCodebooks(gpu, [{ q: input.q, k: input.k }], {
    sets: 1,
    heads,
    queries,
    keys,
    dim,
    subspaces,
    centroids,
    iterations,
    seed,
  });
}

async function savedBooks(input: HardseaInput, config: HardseaInput['config']) {
  return openSafetensors(bytesSource('codebooks', encodeCodebooks(await fitFor({ ...input, config }))));
}

describe('codebooks', () => {
  it('survive a file', async () => {
    const input = attendInput();
    const books = await fitFor(input);
    const { decodeCodebooks } = await import('../../src/study/codebook-file.ts');
    expect(await decodeCodebooks(await openSafetensors(bytesSource('c', encodeCodebooks(books))))).toEqual(books);
  });

  it('come closer to the vectors round by round', async () => {
    const q = normals(200 * 8, 3);
    const k = normals(200 * 8, 4);
    const errors: number[] = [];
    for (const iterations of [0, 1, 12]) {
      const books = await fitCodebooks(gpu, [{ q, k }], {
        sets: 1,
        heads: 1,
        queries: 200,
        keys: 200,
        dim: 8,
        subspaces: 1,
        centroids: 12,
        iterations,
        seed: 2,
      });
      let error = 0;
      for (const x of [q, k]) {
        for (let i = 0; i < 200; i++) {
          let nearest = Number.POSITIVE_INFINITY;
          for (let c = 0; c < 12; c++) {
            let sum = 0;
            for (let r = 0; r < 8; r++) sum += (x[i * 8 + r]! - books.values[r * 12 + c]!) ** 2;
            nearest = Math.min(nearest, sum);
          }
          error += nearest;
        }
      }
      errors.push(error);
    }
    expect(errors[1]).toBeLessThan(errors[0]! * 0.95);
    expect(errors[2]).toBeLessThan(errors[1]!);
  });
});
