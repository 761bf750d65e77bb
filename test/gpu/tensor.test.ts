import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, paddedBytes, reshape, view } from '../../src/gpu/tensor.ts';
import { nodeGpu } from '../support/node-gpu.ts';
import { paperGpu } from '../support/paper-gpu.ts';

const error = (code: string, what: RegExp) =>
  expect.objectContaining({ code, kind: 'input', what: expect.stringMatching(what) });

describe('elementCount', () => {
  it('multiplies sizes, and counts an empty shape as one scalar', () => {
    expect([elementCount([]), elementCount([3, 5]), elementCount([4, 0, 2])]).toEqual([1, 15, 0]);
  });

  it.each([[-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])('refuses the size %s', (size) => {
    expect(() => elementCount([2, size])).toThrow(error('TENSOR_SHAPE', /2,/));
  });
});

describe('paddedBytes', () => {
  it('is the least whole number of 16 bytes that holds the elements, and 16 at least', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 30), (length) => {
        const bytes = paddedBytes(length);
        expect(bytes % 16).toBe(0);
        expect(bytes).toBeGreaterThanOrEqual(Math.max(16, length * 4));
        expect(bytes).toBeLessThan(Math.max(32, length * 4 + 16));
      }),
    );
  });
});

describe('reshape', () => {
  it('keeps the memory, and gives it back once', () => {
    const { gpu } = paperGpu();
    const tensor = gpu.empty('f32', [2, 6]);
    const other = reshape(tensor, [3, 4]);
    expect(other).toMatchObject({ buffer: tensor.buffer, shape: [3, 4], length: 12 });
    other.destroy();
    tensor.destroy();
    expect(gpu.memory.bytes).toBe(0);
  });

  it('refuses another number of elements', () => {
    const tensor = paperGpu().gpu.empty('f32', [2, 6], 'pairs');
    expect(() => reshape(tensor, [5])).toThrow(error('TENSOR_SHAPE', /pairs has 12 elements.*5/));
  });
});

describe('view', () => {
  it('is a part of the memory that it does not own', () => {
    const { gpu } = paperGpu();
    const tensor = gpu.empty('u32', [3, 64], 'rows');
    const part = view(view(tensor, 64, [2, 64]), 64, [64]);
    expect(part).toMatchObject({ offset: 512, length: 64, type: 'u32', label: 'rows[64..][64..]' });
    part.destroy();
    expect(gpu.memory.bytes).toBe(768);
  });

  it.each([
    ['not at a multiple of 64', 32, [4]],
    ['before the tensor', -64, [4]],
    ['past its end', 128, [65]],
  ])('refuses a start %s', (_, start, shape) => {
    const tensor = paperGpu().gpu.empty('f32', [192], 'rows');
    expect(() => view(tensor, start, shape)).toThrow(error('TENSOR_VIEW', /rows of 192/));
  });
});

describe('a tensor on the device', () => {
  it('begins with zeros', async () => {
    const gpu = await nodeGpu();
    const tensor = gpu.empty('i32', [5]);
    const batch = gpu.batch();
    const reading = batch.read(tensor);
    await batch.submit();
    expect(reading.values()).toEqual(new Int32Array(5));
    tensor.destroy();
  });

  it('is written as a whole, in part and through a view', async () => {
    const gpu = await nodeGpu();
    const tensor = gpu.tensor(Float32Array.from({ length: 70 }, (_, i) => i));
    gpu.write(tensor, Float32Array.of(-1, -2), 3);
    gpu.write(view(tensor, 64, [6]), Float32Array.of(-3), 5);
    gpu.write(tensor, new Float32Array(0), 70);
    // A part of a larger host array: only the part goes over.
    gpu.write(tensor, Float32Array.of(8, 9, 10).subarray(1, 2), 0);
    const batch = gpu.batch();
    const reading = batch.read<Float32Array>(tensor);
    await batch.submit();
    const expected = Float32Array.from({ length: 70 }, (_, i) => i);
    expected.set([9, 1, 2, -1, -2]);
    expected[69] = -3;
    expect(reading.values()).toEqual(expected);
    tensor.destroy();
  });

  it('refuses values of another type, and more than it holds', () => {
    const { gpu } = paperGpu();
    const tensor = gpu.empty('f32', [4], 'four');
    expect(() => gpu.write(tensor, new Uint32Array(4))).toThrow(error('TENSOR_WRITE', /4 u32 .* four of 4 f32/));
    expect(() => gpu.write(tensor, new Float32Array(2), 3)).toThrow(error('TENSOR_WRITE', /2 f32 values at 3/));
  });
});

describe('memory', () => {
  it('is accounted for with its padding, and comes back to zero', () => {
    const { gpu, bufferBytes } = paperGpu();
    const tensors = [gpu.empty('f32', [5]), gpu.empty('f32', []), gpu.empty('u32', [0])];
    expect(bufferBytes).toEqual([32, 16, 16]);
    expect(gpu.memory).toEqual({ bytes: 64, peakBytes: 64 });
    for (const tensor of tensors) tensor.destroy();
    tensors[0]!.destroy();
    expect(gpu.memory).toEqual({ bytes: 0, peakBytes: 64 });
  });

  it('is refused before it is asked for where a buffer can not be so large', () => {
    const { gpu, bufferBytes } = paperGpu({ maxBufferSize: 1024 });
    expect(() => gpu.empty('f32', [257], 'big')).toThrow(
      error('BUFFER_TOO_LARGE', /big \[257\] needs 1040 bytes.*1024/),
    );
    expect(bufferBytes).toEqual([]);
    expect(gpu.empty('f32', [256]).length).toBe(256);
  });

  it('that the device has not is a typed error, and nothing stays allocated', async () => {
    const { gpu } = paperGpu({}, 'no memory left');
    await expect(gpu.allocate('f32', [12], 'weights')).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      kind: 'run',
      what: 'no memory for weights [12], 48 bytes: no memory left',
    });
    expect(gpu.memory.bytes).toBe(0);
  });
});
