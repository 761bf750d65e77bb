import { describe, expect, it } from 'vitest';
import { ChargeHybrid } from '../../src/accelerator/charge.ts';
import { resolveCharge } from '../../src/accelerator/charge-config.ts';
import type { Codebooks } from '../../src/accelerator/codebook.ts';
import { Hardsea } from '../../src/accelerator/hardsea.ts';
import { resolveHardsea } from '../../src/accelerator/hardsea-config.ts';
import type { Machine, MachineCall, MachineOptions } from '../../src/accelerator/machine.ts';
import { Sprint } from '../../src/accelerator/sprint.ts';
import { resolveSprint, type SprintConfig } from '../../src/accelerator/sprint-config.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { keptCounts } from '../../src/study/attend-output.ts';
import { assertClose, normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { paperGpu } from '../support/paper-gpu.ts';

const gpu = await nodeGpu();

interface Sizes {
  readonly sequences: number;
  readonly chips: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
  readonly causal: boolean;
}

type Name = 'hardsea' | 'sprint' | 'charge';
const names: readonly Name[] = ['hardsea', 'sprint', 'charge'];

/** Machines with everything that is not ideal. */
async function programmed(
  device: Gpu,
  name: Name,
  { heads, dim }: Sizes,
  options: MachineOptions,
  sprint: SprintConfig = {},
): Promise<Machine> {
  const thresholds = { layers: 2, heads, values: Float32Array.from({ length: 2 * heads }, (_, i) => 0.3 + 0.1 * i) };
  const rest = { ...options, thresholds: { ...thresholds, origin: 'learned' as const }, dim };
  if (name === 'charge')
    return ChargeHybrid.program(device, { ...rest, config: resolveCharge({ array: 'charge-65nm' }) });
  if (name === 'sprint') {
    const comparator = { preset: 'sprint-assumed', noiseSigmaLsb: 0.1 };
    return Sprint.program(device, {
      ...rest,
      config: resolveSprint({ device: 'hfox-neurram', comparator, ...sprint }),
    });
  }
  const config = resolveHardsea({ device: 'hfox-neurram', subspaces: 4, centroids: 8 });
  return Hardsea.program(device, { ...options, config, codebooks: codebooksOf(heads, dim) });
}

/** Any vectors are codebooks. */
function codebooksOf(heads: number, dim: number): Codebooks {
  const arrays = 2 * heads * 4;
  const ranges = (low: number, high: number, count: number) =>
    Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? low : high));
  return {
    ...{ layers: 2, heads, dim, subspaces: 4, centroids: 8 },
    values: normals((arrays * dim * 8) / 4, 21),
    inputRange: new Float32Array(arrays).fill(3),
    similarityRange: ranges(-20, 10, arrays),
    relevanceRange: ranges(-60, 60, 2 * heads),
  };
}

function callOf(
  device: Gpu,
  sizes: Sizes,
  filled = true,
): MachineCall & Readonly<Record<'q' | 'k' | 'v' | 'out', Tensor>> {
  const { sequences, chips, heads, queries, keys, dim, causal } = sizes;
  const put = (tokens: number, seed: number) => {
    const shape = [sequences, heads, tokens, dim];
    return filled
      ? device.tensor(normals(sequences * heads * tokens * dim, seed), shape)
      : device.empty('f32', shape, 'operand');
  };
  const tensors = { q: put(queries, 1), k: put(keys, 2), v: put(keys, 3), out: put(queries, 4) };
  return { layer: 1, sequences, chips, firstWindow: 3, heads, queries, keys, headDim: dim, causal, ...tensors };
}

async function run(name: Name, sizes: Sizes, options: Partial<MachineOptions> = {}) {
  const machine = await programmed(gpu, name, sizes, { chips: sizes.chips, firstChip: 5, seed: 9, ...options });
  const call = callOf(gpu, sizes);
  const batch = gpu.batch(name);
  machine.recordCall(batch, call);
  const out = batch.read<Float32Array>(call.out);
  await batch.submit();
  const done = machine.takeActivity();
  machine.destroy();
  for (const tensor of [call.q, call.k, call.v, call.out]) tensor.destroy();
  return { out: out.values(), ...done };
}

describe.each(names)('%s on long sequences', (name) => {
  it.each([true, false])('does head by head and piece by piece what it does at once, causal %s', async (causal) => {
    const sizes = { sequences: 4, chips: 2, heads: 2, queries: 136, keys: 160, dim: 16, causal };
    const keepSelection = () => true;
    const whole = await run(name, sizes, { keepSelection });
    // Pieces of 64, 64 and 8 queries.
    const parts = await run(name, sizes, { keepSelection, selectionBytes: 1 });
    expect(parts.selections).toEqual(whole.selections);
    expect(parts.activity).toEqual(whole.activity);
    expect(parts.keptPairs).toEqual(whole.keptPairs);
    // Weights of a row add up to 1, and values are below 5.
    assertClose(parts.out, whole.out, { absolute: 1e-5, relative: 0 }, 'output');
    expect(gpu.memory.bytes).toBe(0);
  });

  it('takes memory that grows with the tokens: 16,384 by 12 heads in less than 1 GiB, 65,536 within the least limits', async () => {
    const bytes = new Map<number, number>();
    for (const tokens of [16384, 32768, 65536]) {
      const sizes = { sequences: 1, chips: 1, heads: 12, queries: tokens, keys: tokens, dim: 64, causal: true };
      const { gpu: paper } = paperGpu();
      const machine = await programmed(paper, name, sizes, { chips: 1, seed: 9 });
      const batch = paper.batch('long');
      // Every launch and buffer is checked against 128 MiB a binding and 256 MiB a buffer.
      machine.recordCall(batch, callOf(paper, sizes, false));
      bytes.set(tokens, paper.memory.peakBytes);
      batch.discard();
    }
    expect(bytes.get(16384)).toBeLessThan(2 ** 30);
    expect(bytes.get(32768)! / bytes.get(16384)!).toBeLessThan(2.1);
    expect(bytes.get(65536)! / bytes.get(32768)!).toBeLessThan(2.1);
  });

  it('runs queries over 65,536 keys', async () => {
    const sizes = { sequences: 1, chips: 1, heads: 1, queries: 16, keys: 65536, dim: 32, causal: true };
    const { selections, activity, out } = await run(name, sizes, { keepSelection: () => true });
    const kept = keptCounts(selections[0]!, 65536);
    if (name === 'hardsea') expect([...new Set(kept)]).toEqual([16384]);
    else for (const count of kept) expect(count / 65536).toBeCloseTo(0.33, 0);
    expect(activity[1]![0]!.keptPairs).toBe(kept.reduce((sum, count) => sum + count, 0));
    expect(out.every((value) => Math.abs(value) < 0.2)).toBe(true);
  });
});

it('refuses a traffic model that looks back over all queries of a head in pieces, before anything runs', async () => {
  const sizes = { sequences: 1, chips: 1, heads: 12, queries: 32768, keys: 32768, dim: 64, causal: true };
  const { gpu: paper } = paperGpu();
  const machine = await programmed(paper, 'sprint', sizes, { chips: 1, seed: 9 }, { eviction: 'lru' });
  const batch = paper.batch('long');
  expect(() => machine.recordCall(batch, callOf(paper, sizes, false))).toThrow(
    expect.objectContaining({ code: 'LOCALITY_PARTS' }),
  );
});
