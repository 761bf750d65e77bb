import { afterEach, describe, expect, it } from 'vitest';
import { callCost } from '../../bench/calls.ts';
import { resolveHardsea } from '../../src/accelerator/hardsea-config.ts';
import { fitCodebooks, Hardsea } from '../../src/index.ts';
import { normals } from '../support/kernel-case.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { affineLaunch } from './sample-launch.ts';

const gpu = await nodeGpu();

afterEach(() => expect(gpu.memory.bytes).toBe(0));

/** Counts what is made and sent on the device while a job runs. */
async function made(job: () => Promise<unknown>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const restore: (() => void)[] = [];
  const watch = (object: object, name: string) => {
    const original = (object as Record<string, (...args: unknown[]) => unknown>)[name]!;
    Object.defineProperty(object, name, {
      configurable: true,
      value: (...args: unknown[]) => {
        counts[name] = (counts[name] ?? 0) + 1;
        return original.apply(object, args);
      },
    });
    restore.push(() => delete (object as Record<string, unknown>)[name]);
  };
  const { device } = gpu;
  for (let proto = Object.getPrototypeOf(device); proto !== Object.prototype; proto = Object.getPrototypeOf(proto))
    for (const name of Object.getOwnPropertyNames(proto)) if (name.startsWith('create')) watch(device, name);
  watch(device.queue, 'submit');
  try {
    await job();
  } finally {
    for (const step of restore) step();
  }
  return counts;
}

/** What a batch can not do without: an encoder can be used once. */
const leanest = { createCommandEncoder: 1, submit: 1 };

describe('a series of batches', () => {
  it('makes nothing on the device after its first batch, and gives each batch its own parameters and values', async () => {
    const series = gpu.series('affine');
    const x = gpu.tensor(Float32Array.of(1, 2, 3));
    const step = async (shift: number) => {
      const batch = series.batch();
      const [y, z] = ['y', 'z'].map((label) => batch.temporary('f32', [3], label));
      batch.mark('both').run(affineLaunch(3, { params: { factor: 1, shift, count: 3 } }), { source: x, result: y! });
      batch.run(affineLaunch(3), { source: y!, result: z! });
      const [first, second] = [batch.snapshot(y!), batch.read(z!)];
      const times = await batch.submit();
      expect([first.values()[0], second.values()[0]]).toEqual([1 + shift, 2 * (1 + shift) - 1]);
      expect(Object.keys(times)).toEqual(gpu.device.features.has('timestamp-query') ? ['both'] : []);
    };
    const first = await made(() => step(5));
    expect(first['createBuffer']).toBeGreaterThan(3);
    expect(first['createBindGroup']).toBe(2);
    for (const shift of [6, 7]) expect(await made(() => step(shift))).toEqual(leanest);
    series.destroy();
    x.destroy();
  });

  it('makes anew what differs: another tensor, a longer temporary, more to read', async () => {
    const series = gpu.series('growing');
    const step = async (length: number) => {
      const x = gpu.tensor(new Float32Array(length).fill(3));
      const batch = series.batch();
      const y = batch.temporary('f32', [length], 'y');
      const reading = batch.run(affineLaunch(length), { source: x, result: y }).read(y);
      await batch.submit();
      expect(reading.values()).toEqual(new Float32Array(length).fill(5));
      x.destroy();
    };
    for (const length of [4, 100, 7]) await step(length);
    series.destroy();
  });

  it('goes on after a batch that failed, whatever that one could not make', async () => {
    const series = gpu.series('failing');
    const x = gpu.tensor(Float32Array.of(1, 2, 3));
    const step = async (length = 3, readings = 1) => {
      const batch = series.batch();
      const y = batch.temporary('f32', [length], 'y');
      batch.run(affineLaunch(3), { source: x, result: y });
      const [reading] = Array.from({ length: readings }, () => batch.read(y));
      await batch.submit();
      expect(reading!.values()).toEqual(Float32Array.of(1, 3, 5));
    };
    await step();
    await expect(step(2 ** 40)).rejects.toThrow(expect.objectContaining({ code: 'BUFFER_TOO_LARGE' }));
    await step();
    const most = gpu.device.limits.maxBufferSize;
    const long = 2 ** 22;
    await expect(step(long, Math.ceil(most / (4 * long)) + 1)).rejects.toThrow(
      expect.objectContaining({ code: 'GPU_VALIDATION' }),
    );
    await step();
    series.destroy();
    x.destroy();
  });

  it('has one batch at a time, until that is submitted or discarded', async () => {
    const series = gpu.series('alone');
    const batch = series.batch();
    expect(() => series.batch()).toThrow(expect.objectContaining({ code: 'SERIES_BUSY' }));
    batch.discard();
    const next = series.batch();
    const sent = next.submit();
    expect(() => series.batch()).toThrow(expect.objectContaining({ code: 'SERIES_BUSY' }));
    await sent;
    series.batch().discard();
    series.destroy();
  });

  it('runs a machine with other draws each time and nothing made, to the bit as batches of their own do', async () => {
    const [heads, tokens, dim] = [2, 40, 16];
    const values = [1, 2, 3].map((seed) => normals(heads * tokens * dim, seed));
    const [q, k, v] = values.map((data) => gpu.tensor(data, [1, heads, tokens, dim]));
    const out = gpu.empty('f32', [1, heads, tokens, dim], 'out');
    const config = resolveHardsea({ subspaces: 4, centroids: 8, iterations: 2, device: 'hfox-neurram' });
    const sizes = { layers: 1, sets: 1, heads, queries: tokens, keys: tokens, dim, causal: false };
    const fit = { ...sizes, subspaces: 4, centroids: 8, iterations: 2, seed: 1 };
    const codebooks = await fitCodebooks(gpu, [{ q: values[0]!, k: values[1]! }], fit);
    const machine = await Hardsea.program(gpu, { config, codebooks, chips: 1, seed: 1, keepSelection: () => true });
    const series = gpu.series('machine');
    const run = async (firstWindow: number, batch = series.batch()) => {
      const call = { layer: 0, sequences: 1, chips: 1, firstWindow, heads, tokens, headDim: dim, causal: false };
      machine.record(batch, { ...call, q: q!, k: k!, v: v!, out });
      const reading = batch.read(out);
      await batch.submit();
      return { values: reading.values(), ...machine.takeActivity() };
    };
    const first = await run(0);
    const inSeries: unknown[] = [];
    for (const window of [1, 2]) expect(await made(async () => inSeries.push(await run(window)))).toEqual(leanest);
    expect(inSeries).toEqual([await run(1, gpu.batch()), await run(2, gpu.batch())]);
    expect(inSeries[0]).not.toEqual(first);
    series.destroy();
    machine.destroy();
    for (const tensor of [q!, k!, v!, out]) tensor.destroy();
  });

  it('costs at most twice the time of the device for a thousand small calls', async (context) => {
    context.skip(gpu.adapter.class === 'hardware', 'too short for the wall clock of a GPU');
    expect((await callCost(gpu, 1000, 3)).seriesRatio).toBeLessThan(2);
  });
});
