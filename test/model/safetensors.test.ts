import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/model/byte-source.ts';
import { type F32Chunk, openSafetensors } from '../../src/model/safetensors.ts';
import { encodeSafetensors } from '../../src/model/safetensors-write.ts';
import { expectInputError, openBytes, rawFile } from './safetensors-cases.ts';

const half = (values: number[]) => Uint16Array.from(values);
const values = Float32Array.from({ length: 10 }, (_, i) => i / 4 - 1);

async function collect(chunks: AsyncIterable<F32Chunk>): Promise<[number, number[]][]> {
  const got: [number, number[]][] = [];
  for await (const { offset, data } of chunks) got.push([offset, [...data]]);
  return got;
}

describe('reading tensors', () => {
  it('reads F32, F16 and BF16 as float32, at any alignment', async () => {
    // Eleven bytes put the two-byte tensors at odd offsets, which a view in place could not read.
    const data = new Uint8Array(11 + 4 + 4 + 8);
    data.set(new Uint8Array(half([0x3c00, 0xc100]).buffer), 11);
    data.set(new Uint8Array(half([0x3f80, 0xc0a0]).buffer), 15);
    data.set(new Uint8Array(Float32Array.of(0.1, -3e38).buffer), 19);
    const file = await openBytes(
      rawFile(
        {
          pad: { dtype: 'U8', shape: [11], data_offsets: [0, 11] },
          f16: { dtype: 'F16', shape: [2], data_offsets: [11, 15] },
          bf16: { dtype: 'BF16', shape: [2], data_offsets: [15, 19] },
          f32: { dtype: 'F32', shape: [2], data_offsets: [19, 27] },
        },
        data,
      ),
    );
    expect([...(await file.readF32('f16'))]).toEqual([1, -2.5]);
    expect([...(await file.readF32('bf16'))]).toEqual([1, -5]);
    expect([...(await file.readF32('f32'))]).toEqual([...Float32Array.of(0.1, -3e38)]);
    await expectInputError(file.readF32('pad'), 'TENSOR_DTYPE', /"pad" of "made.safetensors" has dtype "U8"/);
    await expectInputError(file.readU32('f32'), 'TENSOR_DTYPE', /"f32".*dtype "F32".*convert it to U32/);
  });

  it('converts a half tensor of more than one chunk', async () => {
    const long = Uint16Array.from({ length: (1 << 20) + 3 }, (_, i) => 0x3c00 + (i % 1024));
    const read = await (
      await openBytes(encodeSafetensors({ long: { dtype: 'F16', shape: [long.length], data: long } }))
    ).readF32('long');
    expect(read.length).toBe(long.length);
    expect(read.every((value, i) => value === 1 + (i % 1024) / 1024)).toBe(true);
  });

  it('hands out copies', async () => {
    const bytes = encodeSafetensors({ a: { dtype: 'F32', shape: [10], data: values } });
    const file = await openBytes(bytes);
    (await file.readF32('a')).fill(9);
    expect(await file.readF32('a')).toEqual(values);
  });

  it('streams in chunks', async () => {
    const file = await openBytes(encodeSafetensors({ a: { dtype: 'F32', shape: [2, 5], data: values } }));
    const all = [...values];
    expect(await collect(file.readF32Chunks('a', 4))).toEqual([
      [0, all.slice(0, 4)],
      [4, all.slice(4, 8)],
      [8, all.slice(8)],
    ]);
    expect(await collect(file.readF32Chunks('a', 10))).toEqual([[0, all]]);
    for (const size of [0, -1, 1.5, Number.NaN]) {
      await expectInputError(collect(file.readF32Chunks('a', size)), 'CHUNK_SIZE', /chunk of/);
    }
  });

  it('reads a streamed tensor one chunk at a time', async () => {
    const bytes = encodeSafetensors({ a: { dtype: 'F32', shape: [10], data: values } });
    const reads: number[] = [];
    const source: ByteSource = {
      name: 'counted',
      byteLength: bytes.length,
      read: async (offset, length) => {
        reads.push(length);
        return bytes.slice(offset, offset + length);
      },
      close: async () => {},
    };
    const file = await openSafetensors(source);
    reads.length = 0;
    for await (const { data } of file.readF32Chunks('a', 4)) {
      expect(reads).toEqual([data.length * 4]);
      reads.length = 0;
    }
  });

  it('checks the shape asked for', async () => {
    const file = await openBytes(encodeSafetensors({ a: { dtype: 'F32', shape: [2, 5], data: values } }));
    expect(await file.readF32('a', { expectedShape: [2, 5] })).toEqual(values);
    for (const expectedShape of [[5, 2], [10], [2, 5, 1], []]) {
      await expectInputError(file.readF32('a', { expectedShape }), 'TENSOR_SHAPE', /"a".*has shape \[2,5\], and \[/);
    }
  });

  it.each<[string, number, number]>([
    ['NaN', 0x7fc00000, 0x7e00],
    ['Infinity', 0x7f800000, 0x7c00],
    ['-Infinity', 0xff800000, 0xfc00],
  ])('refuses %s, naming where it is', async (text, bits32, bits16) => {
    const wide = new Float32Array(Uint32Array.of(0, 0, 0, bits32).buffer);
    const file = await openBytes(
      encodeSafetensors({
        wide: { dtype: 'F32', shape: [4], data: wide },
        narrow: { dtype: 'F16', shape: [4], data: half([0, 0, 0, bits16]) },
      }),
    );
    for (const name of ['wide', 'narrow']) {
      const message = new RegExp(`tensor "${name}" of "made.safetensors" holds ${text} at element 3`);
      await expectInputError(file.readF32(name), 'TENSOR_NOT_FINITE', message);
      await expectInputError(collect(file.readF32Chunks(name, 2)), 'TENSOR_NOT_FINITE', message);
      expect(String((await file.readF32(name, { allowNonFinite: true }))[3])).toBe(text);
    }
  });

  it('refuses a tensor without elements unless told', async () => {
    const file = await openBytes(
      encodeSafetensors({ none: { dtype: 'F32', shape: [3, 0], data: new Float32Array(0) } }),
    );
    await expectInputError(file.readF32('none'), 'TENSOR_EMPTY', /"none".*shape \[3,0\]/);
    await expectInputError(collect(file.readF32Chunks('none', 4)), 'TENSOR_EMPTY', /"none"/);
    expect(await file.readF32('none', { allowEmpty: true })).toEqual(new Float32Array(0));
    expect(await collect(file.readF32Chunks('none', 4, { allowEmpty: true }))).toEqual([]);
  });

  it('names a missing tensor and what is near', async () => {
    const one = { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const;
    const file = await openBytes(encodeSafetensors({ 'transformer.wte.weight': one, 'ln_f.bias': one }));
    await expectInputError(
      file.readF32('wte.weight'),
      'TENSOR_MISSING',
      /no tensor "wte.weight"; did you mean "transformer.wte.weight"\?/,
    );
    await expectInputError(file.readF32('ln_f.bais'), 'TENSOR_MISSING', /did you mean "ln_f.bias"\?/);
    await expectInputError(file.readU32('q'), 'TENSOR_MISSING', /no tensor "q"; it holds 2 tensors, such as "/);
    expect(() => file.info('q')).toThrow(/no tensor "q"/);
    await expectInputError((await openBytes(rawFile({}))).readF32('q'), 'TENSOR_MISSING', /it holds 0 tensors$/);
  });
});
