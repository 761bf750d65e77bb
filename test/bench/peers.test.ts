import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { verdict } from '../../bench/peers/check.ts';
import { compareWorkload } from '../../bench/peers/compare.ts';
import { flatLists, headsOutermost, tokensOutermost, transposed } from '../../bench/peers/layout.ts';
import { onnxModel } from '../../bench/peers/onnx-model.ts';
import { ours } from '../../bench/peers/ours.ts';
import { type Peer, peerVersions } from '../../bench/peers/peer.ts';
import { adapterFamily, kindsOf, targetRatio, workloadKinds, workloadsFor } from '../../bench/peers/plan.ts';
import { isPeersBroken, ratioText } from '../../bench/peers/table.ts';
import { ratioInPairs, takeTurns } from '../../bench/peers/turns.ts';
import { inputsOf, type Workload, workloadName, workOf } from '../../bench/peers/workload.ts';
import { openWithoutSubgroups } from '../../bench/plain-device.ts';
import { hasBroadcast } from '../../src/kernel/shared-lanes.ts';
import { nodeGpu } from '../support/node-gpu.ts';

const heads = { heads: 2, tokens: 64, dim: 32 } as const;
const small: readonly Workload[] = [
  { kind: 'matmul', rows: 20, inner: 64, columns: 24 },
  { kind: 'attention', ...heads, causal: false },
  { kind: 'attention', ...heads, causal: true },
  { kind: 'top-k', rows: 9, columns: 96, keep: 20 },
  { kind: 'sparse', ...heads, keep: 8 },
  { kind: 'gathered', ...heads, keep: 8 },
  { kind: 'normals', count: 2 ** 16 },
];

describe('a comparison with peers', () => {
  it("finds every output of the package right, with subgroups and without, and a peer's near miss wrong", async () => {
    const gpu = await nodeGpu();
    const plain = await openWithoutSubgroups(gpu.parent!, gpu.adapter.class === 'bundled-software');
    expect(hasBroadcast(plain)).toBe(false);
    const own = [ours(gpu, 'ours'), ours(plain, 'plain')];
    const before = gpu.memory.bytes;
    for (const work of small) {
      const near = nearMiss(ours(gpu, 'near'), work.kind);
      const none: Peer = {
        name: 'none',
        ways: () => [{ name: 'x', prepare: () => Promise.reject(new Error('no way')) }],
      };
      const same = ours(gpu, 'same');
      const hasty = { leastMs: 0, rounds: 1, slowMs: 1e9 };
      const { rows, best } = await compareWorkload(gpu, work, own, [near, none, same], peaks, () => {}, hasty);
      const states = rows.map(({ who, state }) => `${who} ${state}`);
      expect(states, workloadName(work)).toEqual([
        'ours right',
        'plain right',
        'near wrong',
        'none failed',
        'same right',
      ]);
      // What is wrong or failed is not compared with.
      expect(best!.who).toBe('same');
      expect(rows[2]!.turns).toBeUndefined();
      expect(rows[0]!.ratio).toBeCloseTo(rows[4]!.turns!.samplesMs[0]! / rows[0]!.turns!.samplesMs[0]!, 9);
      expect(isPeersBroken({ workloads: [{ rows } as never] })).toBe(false);
      expect(isPeersBroken({ workloads: [{ rows: [{ ...rows[2]!, own: true }] } as never] })).toBe(true);
    }
    expect(gpu.memory.bytes).toBe(before);
    plain.device.destroy();
  });
});

describe('the check against float64', () => {
  it('lets rounding pass and nothing more', () => {
    const work = { kind: 'matmul', rows: 1, inner: 2, columns: 1 } as const;
    const inputs = {
      values: { a: Float32Array.of(3, -3), b: Float32Array.of(1, 1 - 2 ** -20) },
      lists: new Int32Array(0),
    };
    // 3 - 3 (1 - 2^-20); four roundings of sums of size 6 are 1.4e-6.
    const exact = 3 * 2 ** -20;
    expect(verdict(work, inputs, Float32Array.of(exact)).wrong).toBeUndefined();
    expect(verdict(work, inputs, Float32Array.of(exact + 1e-6)).wrong).toBeUndefined();
    expect(verdict(work, inputs, Float32Array.of(exact + 2e-6)).wrong).toBeDefined();
    expect(verdict(work, inputs, Float32Array.of(Number.NaN))).toMatchObject({ wrong: expect.stringContaining('NaN') });
  });

  it('takes either of two equal keys, and no key twice', () => {
    const work = { kind: 'top-k', rows: 1, columns: 4, keep: 2 } as const;
    const inputs = { values: { x: Float32Array.of(5, 1, 7, 5) }, lists: new Int32Array(0) };
    for (const [keys, right] of [
      [[2, 0], true],
      [[3, 2], true],
      [[2, 2], false],
      [[0, 3], false],
      [[2, -1], false],
    ] as const)
      expect(verdict(work, inputs, Int32Array.from(keys)).wrong === undefined, `${keys}`).toBe(right);
  });

  it('tells normals from uniforms of the same variance', () => {
    const uniforms = Float32Array.from({ length: 65536 }, (_, i) => Math.sqrt(12) * ((i + 0.5) / 65536 - 0.5));
    expect(
      verdict({ kind: 'normals', count: 65536 }, { values: {}, lists: new Int32Array(0) }, uniforms).wrong,
    ).toBeDefined();
  });
});

describe('turns', () => {
  it('alternate, repeat what is short, and give what is slow three rounds', async () => {
    let now = 0;
    const order: string[] = [];
    const costing = (name: string, ms: number) => ({
      triedMs: ms,
      run: async (times: number) => {
        order.push(name);
        now += ms * times;
      },
    });
    const clock = { name: 'wall clock', now: () => now } as const;
    const patience = { leastMs: 20, rounds: 5, slowMs: 100 };
    const [quick, slow] = await takeTurns([costing('quick', 2), costing('slow', 300)], clock, patience);
    expect(quick).toMatchObject({ medianMs: 2, spread: 0, times: 12 });
    expect(slow!.samplesMs).toEqual([300, 300, 300]);
    expect(order.slice(2).join(' ')).toBe('quick slow quick slow quick slow quick quick');
    expect(ratioInPairs(slow!, quick!)).toBe(150);
    // Pairs by round: 4, 3, and no third.
    expect(ratioInPairs({ samplesMs: [8, 9] }, { samplesMs: [2, 3, 1] })).toBe(3.5);
  });
});

describe('what is compared', () => {
  it('is counted from the mathematics', () => {
    expect(workOf({ kind: 'matmul', rows: 2, inner: 3, columns: 4 })).toEqual({ flops: 48, bytes: 4 * 26 });
    // 1 + 2 + 3 pairs a head.
    const causal = workOf({ kind: 'attention', heads: 2, tokens: 3, dim: 8, causal: true });
    expect(causal).toEqual({ flops: 4 * 8 * 12, exponentials: 12, bytes: 4 * 4 * 48 });
    const gathered = workOf({ kind: 'gathered', heads: 1, tokens: 4, dim: 8, keep: 2 });
    expect(gathered).toEqual({ flops: 4 * 8 * 8, exponentials: 8, bytes: 4 * (64 + 2 * 8 * 8) });
  });

  it('has targets on the two software adapters, and names that --only takes', () => {
    expect(adapterFamily({ description: 'llvmpipe: Mesa 25.0.7', vendor: 'mesa' })).toBe('lavapipe');
    expect(adapterFamily({ description: 'SwiftShader Device (LLVM 16.0.0)', vendor: 'google' })).toBe('SwiftShader');
    const causal = { kind: 'attention', heads: 12, tokens: 256, dim: 64, causal: true } as const;
    expect([targetRatio(causal, 'SwiftShader'), targetRatio({ ...causal, causal: false }, 'lavapipe')]).toEqual([5, 5]);
    expect(targetRatio(causal, 'other')).toBeUndefined();
    for (const family of ['SwiftShader', 'lavapipe', 'other'] as const)
      for (const quick of [false, true])
        for (const work of workloadsFor(family, quick)) expect(workloadKinds).toContain(work.kind);
    expect(kindsOf('topk, matmul')).toEqual(['top-k', 'matmul']);
    expect(() => kindsOf('matmull')).toThrow('did you mean matmul?');
    expect(ratioText({ ratio: 2.49, target: 2.5 } as never)).toBe('2.49x (2.5x not met)');
  });

  it('is refused with the command that installs the peers when they are not there', () => {
    const empty = pathToFileURL(`${mkdtempSync(join(tmpdir(), 'peers-'))}/`);
    expect(() => peerVersions(empty)).toThrow('npm ci --prefix bench/peers');
  });
});

describe("what the peers' formats take", () => {
  it('one operator is these bytes as an ONNX model', () => {
    const value = { type: 'float32', shape: [2] } as const;
    const node = { op: 'Neg', inputs: ['a'], outputs: ['b'], attributes: { axis: -1 } };
    const bytes = onnxModel({ inputs: { a: value }, outputs: { b: value }, nodes: [node] });
    const whole = [8, 1, 18, 4, 10, 2, 8, 2];
    expect([...bytes]).toEqual([
      ...[8, 8, 58, 85], // version 8 of the format, a graph of 85 bytes
      ...[10, 42, 10, 1, 97, 18, 1, 98, 26, 5, ...text('node0'), 34, 3, ...text('Neg')],
      ...[42, 20, 10, 4, ...text('axis'), 24, ...Array(9).fill(255), 1, 160, 1, 2, 58, 0],
      ...[18, 5, ...text('graph')],
      ...[90, 15, 10, 1, 97, 18, 10, 10, 8, ...whole],
      ...[98, 15, 10, 1, 98, 18, 10, 10, 8, ...whole],
      ...[66, 4, 10, 0, 16, 18, 66, 17, 10, 13, ...text('com.microsoft'), 16, 1],
    ]);
  });

  it('layouts go back and forth', () => {
    const x = Float32Array.from({ length: 24 }, (_, i) => i);
    const moved = tokensOutermost(x, 2, 3, 4);
    expect([...moved.subarray(0, 8)]).toEqual([0, 1, 2, 3, 12, 13, 14, 15]);
    expect(headsOutermost(moved, 2, 3, 4)).toEqual(x);
    expect([...transposed(x, 2, 3, 4).subarray(0, 4)]).toEqual([0, 4, 8, 1]);
    expect(transposed(transposed(x, 2, 3, 4), 2, 4, 3)).toEqual(x);
    // 2 heads of 2 tokens with one key each.
    expect([...flatLists(Int32Array.of(1, 0, 0, 1), 2, 1)]).toEqual([1, 0, 2, 3]);
    const { lists } = inputsOf({ kind: 'gathered', heads: 1, tokens: 8, dim: 4, keep: 3 });
    for (let row = 0; row < 8; row++) expect(new Set(lists.subarray(3 * row, 3 * row + 3)).size).toBe(3);
  });
});

const text = (value: string) => [...new TextEncoder().encode(value)];
const peaks = { flops: 1e10, byteOps: 1e10, exponentials: 1e9, randomWords: 1e9, hotBytes: 1e9 } as never;

/** The same peer with one value off by a little: a hundredth, another key, or for normals a shift of all. */
function nearMiss(peer: Peer, kind: Workload['kind']): Peer {
  return {
    name: peer.name,
    ways: (work) =>
      peer.ways(work).map(({ name, prepare }) => ({
        name,
        async prepare(inputs) {
          const ready = await prepare(inputs);
          const output = async () => {
            const values = await ready.output();
            if (kind === 'normals') return (values as Float32Array).map((value) => value + 0.05);
            if (kind === 'top-k') values[0] = values[1]!;
            else values[0]! += 0.01;
            return values;
          };
          return { ...ready, output };
        },
      })),
  };
}
