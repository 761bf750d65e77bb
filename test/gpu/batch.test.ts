import { afterEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../src/gpu/batch.ts';
import type { Launch } from '../../src/gpu/launch.ts';
import { paddedBytes, type Tensor } from '../../src/gpu/tensor.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { paperGpu } from '../support/paper-gpu.ts';
import { affine, affineLaunch, lengthProgram } from './sample-launch.ts';

const gpu = await nodeGpu();
const tensors: Tensor[] = [];
const made = (tensor: Tensor) => {
  tensors.push(tensor);
  return tensor;
};
const source = (values = [1, 2, 3]) => made(gpu.tensor(Float32Array.from(values)));
const result = (length = 3) => made(gpu.tensor(new Float32Array(length).fill(-99), [length], 'result'));

// Every test here leaves the device as it was.
afterEach(() => {
  for (const tensor of tensors.splice(0)) tensor.destroy();
  expect(gpu.memory.bytes).toBe(0);
});

describe('a batch', () => {
  it('runs, copies, fills and reads in the order of recording', async () => {
    const [x, y, z] = [source(), result(), result()];
    const batch = gpu.batch();
    batch.run(affineLaunch(3), { source: x, result: y }).copy(y, z);
    batch.run(affineLaunch(3, { params: { factor: 1, shift: 10, count: 3 } }), { source: z, result: y }).zero(z);
    const [first, second] = [batch.read(y), batch.read(z)];
    await batch.submit();
    expect([...first.values()]).toEqual([11, 13, 15]);
    expect([...second.values()]).toEqual([0, 0, 0]);
  });

  it('gives each of many launches its own parameters', async () => {
    const x = source();
    const outs = Array.from({ length: 20 }, () => result());
    const batch = gpu.batch();
    outs.forEach((y, shift) => {
      batch.run(affineLaunch(3, { params: { factor: 1, shift, count: 3 } }), { source: x, result: y });
    });
    const readings = outs.map((y) => batch.read(y));
    await batch.submit();
    expect(readings.map((reading) => reading.values()[0])).toEqual(outs.map((_, shift) => 1 + shift));
  });

  it('leaves out a launch with a grid of zero', async () => {
    const [x, y] = [source(), result()];
    const batch = gpu.batch().run(affineLaunch(3, { workgroups: [3, 0, 1] }), { source: x, result: y });
    const reading = batch.read(y);
    await batch.submit();
    expect([...reading.values()]).toEqual([-99, -99, -99]);
  });

  it('may be empty, and may read nothing', async () => {
    const batch = gpu.batch();
    const reading = batch.read(made(gpu.empty('u32', [0])));
    expect(await batch.submit()).toEqual({});
    expect(reading.values()).toEqual(new Uint32Array(0));
    await gpu.batch().submit();
  });

  it('shows a shader what the plan asks for, and no more of a longer tensor', async () => {
    const seen = made(gpu.empty('u32', [1000]));
    const launch: Launch = {
      ...affineLaunch(1),
      program: lengthProgram,
      params: {},
      elements: { seen: 5 },
    };
    const batch = gpu.batch().run(launch, { seen });
    const reading = batch.read(seen);
    await batch.submit();
    expect(reading.values()[0]).toBe(paddedBytes(5) / 4);
  });

  it('runs beside another one', async () => {
    const outs = [result(), result(), result()];
    const x = source();
    const values = await Promise.all(
      outs.map(async (y, shift) => {
        // A constant of its own makes each of them wait for a compile.
        const launch = affineLaunch(3, { constants: { EXTRA: 40 + shift }, params: { factor: 0, shift, count: 3 } });
        const batch = gpu.batch(`number ${shift}`).run(launch, { source: x, result: y });
        const reading = batch.read(y);
        await batch.submit();
        return reading.values()[2];
      }),
    );
    expect(values).toEqual([40, 42, 44]);
  });

  it('tells programs of one name apart by their text', async () => {
    const [x, y, z] = [source(), result(), result()];
    const other = { ...affine, code: affine.code.replace('params.factor *', '100.0 + params.factor *') };
    const batch = gpu.batch().run(affineLaunch(3), { source: x, result: y });
    batch.run(affineLaunch(3, { program: other }), { source: x, result: z });
    const [first, second] = [batch.read(y), batch.read(z)];
    await batch.submit();
    expect([first.values()[0], second.values()[0]]).toEqual([1, 101]);
  });

  it('is refused a second time', async () => {
    const batch = gpu.batch('once');
    await batch.submit();
    await expect(batch.submit()).rejects.toMatchObject({
      code: 'SUBMITTED_TWICE',
      what: expect.stringContaining('once'),
    });
  });

  it('has no values before it was submitted', () => {
    const reading = gpu.batch().read(result());
    expect(() => reading.values()).toThrow(expect.objectContaining({ code: 'NOT_SUBMITTED' }));
  });

  it('refuses a copy between different lengths', () => {
    expect(() => gpu.batch().copy(source(), result(4))).toThrow(
      expect.objectContaining({ code: 'TENSOR_COPY', what: expect.stringMatching(/3 elements.*has 4/) }),
    );
  });

  it('refuses a launch that does not fit while it is recorded', () => {
    const [x, y] = [source(), result()];
    const batch = gpu.batch();
    const tall = affineLaunch(3, { workgroups: [1, 65536, 1] });
    expect(() => batch.run(tall, { source: x, result: y })).toThrow(
      expect.objectContaining({ code: 'GRID_TOO_LARGE' }),
    );
    expect(() => batch.run(affineLaunch(3), { source: x })).toThrow(
      expect.objectContaining({ code: 'MISSING_BINDING' }),
    );
  });
});

describe('temporaries', () => {
  const failing: readonly [string, Partial<Launch>, string][] = [
    ['its parameters', { params: { factor: 1, shift: 0.5, count: 3 } }, 'BAD_PARAM'],
    ['an unknown constant', { constants: { OTHER: 1 } }, 'UNKNOWN_CONSTANT'],
    [
      'code that does not compile',
      { program: { ...affine, code: affine.code.replace('f32(EXTRA)', 'EXTRA') } },
      'COMPILE',
    ],
  ];

  it('live until the batch has run', async () => {
    const x = source();
    const batch = gpu.batch();
    const y = batch.temporary('f32', [3], 'scratch');
    const before = gpu.memory.bytes;
    const reading = batch.run(affineLaunch(3), { source: x, result: y }).read(y);
    await batch.submit();
    expect([...reading.values()]).toEqual([1, 3, 5]);
    expect(gpu.memory.bytes).toBe(before - 16);
  });

  it.each(failing)('are given back when a batch fails for %s', async (_, changes, code) => {
    const x = source();
    const batch = gpu.batch();
    batch.run(affineLaunch(3, changes), { source: x, result: batch.temporary('f32', [3], 'scratch') });
    await expect(batch.submit()).rejects.toMatchObject({ code });
    expect(gpu.memory.bytes).toBe(16);
    // The device still works, and no error of the failed batch turns up in the next.
    const y = result();
    const reading = gpu.batch().run(affineLaunch(3), { source: x, result: y });
    const values = reading.read(y);
    await reading.submit();
    expect([...values.values()]).toEqual([1, 3, 5]);
  });

  it.each<[string, (batch: Batch) => unknown, string]>([
    ['a launch that does not fit', (batch) => batch.run(affineLaunch(3), {}), 'MISSING_BINDING'],
    ['a temporary that is too large', (batch) => batch.temporary('f32', [2 ** 40], 'huge'), 'BUFFER_TOO_LARGE'],
  ])('are given back when recording fails at %s', async (_, record, code) => {
    const batch = gpu.batch();
    batch.temporary('f32', [100], 'scratch');
    expect(() => record(batch)).toThrow(expect.objectContaining({ code }));
    expect(gpu.memory.bytes).toBe(0);
    await expect(batch.submit()).rejects.toMatchObject({ code: 'SUBMITTED_TWICE' });
  });

  it('are given back when the batch is discarded', async () => {
    const batch = gpu.batch('half');
    batch.temporary('f32', [100], 'scratch');
    expect(gpu.memory.bytes).toBe(400);
    batch.discard();
    batch.discard();
    expect(gpu.memory.bytes).toBe(0);
    await expect(batch.submit()).rejects.toMatchObject({ code: 'SUBMITTED_TWICE' });
  });

  it('stay when a batch is discarded after it was sent', async () => {
    const batch = gpu.batch();
    const scratch = batch.temporary('f32', [4], 'scratch');
    const reading = batch.zero(scratch).read(scratch);
    const sent = batch.submit();
    batch.discard();
    await sent;
    expect([...reading.values()]).toEqual([0, 0, 0, 0]);
  });

  it('are refused where they are too large, before any command', () => {
    const paper = paperGpu({ maxBufferSize: 64 });
    const batch = paper.gpu.batch();
    expect(() => batch.temporary('f32', [17], 'scratch')).toThrow(
      expect.objectContaining({ code: 'BUFFER_TOO_LARGE' }),
    );
    expect(paper.gpu.memory.bytes).toBe(0);
  });
});

describe('the compiler', () => {
  it('is quoted with the line that it complains about', async () => {
    const program = { ...affine, code: affine.code.replace('f32(EXTRA)', 'unheard_of') };
    const batch = gpu.batch().run(affineLaunch(3, { program }), { source: source(), result: result() });
    await expect(batch.submit()).rejects.toMatchObject({
      code: 'COMPILE',
      kind: 'run',
      what: expect.stringMatching(/affine\.main.*line 8.*unheard_of/s),
    });
  });

  it('is asked once for launches that are prepared at the same time', async () => {
    const launch = affineLaunch(3, { constants: { EXTRA: 7 } });
    await gpu.prepare([launch, { ...launch, params: { factor: 9, shift: 0, count: 1 } }]);
    expect(gpu.pipelines.get(launch)).toBe(gpu.pipelines.get({ ...launch, workgroups: [1, 1, 1] }));
    expect(gpu.pipelines.get(launch)).not.toBe(gpu.pipelines.get({ ...launch, constants: { EXTRA: 8 } }));
  });

  it('is not asked for what can not run', async () => {
    await expect(gpu.prepare([affineLaunch(3, { workgroups: [65536, 1, 1] })])).rejects.toMatchObject({
      code: 'GRID_TOO_LARGE',
    });
    await expect(gpu.prepare([affineLaunch(3, { entry: 'other' })])).rejects.toMatchObject({ code: 'UNKNOWN_ENTRY' });
  });
});

describe('sections', () => {
  it.runIf(gpu.device.features.has('timestamp-query'))('are timed by name, each on its own', async () => {
    const [x, y] = [source(), result()];
    const batch = gpu.batch().run(affineLaunch(3), { source: x, result: y });
    batch.mark('double').run(affineLaunch(3), { source: x, result: y }).zero(y);
    batch.run(affineLaunch(3), { source: x, result: y });
    batch.mark('idle').zero(y).mark('again').run(affineLaunch(3), { source: x, result: y });
    const times = await batch.submit();
    expect(Object.keys(times).sort()).toEqual(['again', 'double', 'start']);
    for (const ms of Object.values(times)) expect(ms).toBeGreaterThan(0);
  });

  it('cost nothing where nothing runs in them', async () => {
    expect(await gpu.batch().mark('empty').zero(result()).submit()).toEqual({});
  });
});
