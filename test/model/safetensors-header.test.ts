import { describe, expect, it } from 'vitest';
import { expectInputError, openBytes, rawFile } from './safetensors-cases.ts';

const four = new Uint8Array(16);
const f32 = (shape: unknown, offsets: unknown) => ({ dtype: 'F32', shape, data_offsets: offsets });

describe('a safetensors header that is not one', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /"made.safetensors" has 0 bytes/],
    ['seven bytes', new Uint8Array(7), /has 7 bytes, fewer than the 8/],
    [
      'a header longer than the file',
      Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123, 125),
      /header of 9 bytes, and 2 are left/,
    ],
    [
      'a header over the limit',
      Uint8Array.of(1, 225, 245, 5, 0, 0, 0, 0),
      /header of 100000001 bytes, over the 100000000/,
    ],
    ['a length of 2^64 - 1', new Uint8Array(16).fill(255), /header of 18446744073709551615 bytes/],
    ['no header', rawFile(''), /does not begin with "\{"/],
    ['space before the object', rawFile(' {}'), /does not begin with "\{"/],
    ['half an object', rawFile('{"a":'), /is not valid JSON/],
    ['a list', rawFile('[1]'), /does not begin with "\{"/],
    ['bytes that are not UTF-8', rawFile({ a: 1 }).map((b) => (b === 0x61 ? 0xff : b)), /not valid UTF-8/],
    ['metadata that is no object', rawFile({ __metadata__: ['pt'] }), /__metadata__ that is not an object of texts/],
    ['metadata with a number', rawFile({ __metadata__: { a: 1 } }), /__metadata__ that is not an object of texts/],
    ['a tensor given as a number', rawFile({ a: 3 }), /tensor "a" of "made.safetensors" is described by the number 3/],
    ['a dtype that is no text', rawFile({ a: { dtype: 1, shape: [], data_offsets: [0, 0] } }), /as dtype the number 1/],
    ['no shape', rawFile({ a: f32(undefined, [0, 16]) }, four), /"a".*shape that is not a list.*: nothing/],
    ['a negative size', rawFile({ a: f32([-4], [0, 16]) }, four), /shape.*\[-4\]/],
    ['half a size', rawFile({ a: f32([1.5], [0, 6]) }, four), /shape.*\[1.5\]/],
    ['a size as text', rawFile({ a: f32(['4'], [0, 16]) }, four), /shape.*\["4"\]/],
    ['sizes whose product overflows', rawFile({ a: f32([2 ** 40, 2 ** 40, 0], [0, 0]) }), /too many elements/],
    ['three offsets', rawFile({ a: f32([4], [0, 16, 16]) }, four), /data_offsets.*\[0,16,16\]/],
    ['a negative offset', rawFile({ a: f32([4], [-16, 0]) }, four), /data_offsets.*\[-16,0\]/],
    ['a fractional offset', rawFile({ a: f32([4], [0.5, 16.5]) }, four), /data_offsets.*\[0.5,16.5\]/],
    ['a name twice', rawFile(`{"a":${JSON.stringify(f32([4], [0, 16]))},"\\u0061":1}`, four), /key "a" twice/],
    [
      'a field twice',
      rawFile('{"a":{"dtype":"F32","dtype":"U32","shape":[],"data_offsets":[0,4]}}', four),
      /"dtype" twice/,
    ],
  ])('%s', (_, bytes, message) => expectInputError(openBytes(bytes), 'SAFETENSORS_HEADER', message));

  it('keeps a message to one short line whatever a tensor is called', async () => {
    const name = 'x\n\u202e\u2028'.repeat(1000);
    await expectInputError(openBytes(rawFile({ [name]: 3 })), 'SAFETENSORS_HEADER', /^.{0,700}$/u);
  });
});

describe('a safetensors header that does not fit its file', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['begin after end', rawFile({ a: f32([4], [16, 0]) }, four), /begins at 16, after its end at 0/],
    ['past the end', rawFile({ a: f32([5], [0, 20]) }, four), /ends at byte 20 of 16 bytes/],
    [
      'fewer bytes than the shape',
      rawFile({ a: f32([5], [0, 16]) }, four),
      /has 16 bytes, and shape \[5\] in F32 needs 20/,
    ],
    [
      'more bytes than the shape',
      rawFile({ a: f32([3], [0, 16]) }, four),
      /has 16 bytes, and shape \[3\] in F32 needs 12/,
    ],
    ['an overlap', rawFile({ a: f32([3], [0, 12]), b: f32([2], [8, 16]) }, four), /"a" and "b".*overlap by 4 bytes/],
    ['one tensor twice', rawFile({ a: f32([4], [0, 16]), b: f32([4], [0, 16]) }, four), /"a" and "b".*overlap by 16/],
    ['an empty tensor inside another', rawFile({ a: f32([4], [0, 16]), b: f32([0], [8, 8]) }, four), /overlap by 8/],
    [
      'a hole',
      rawFile({ a: f32([1], [0, 4]), b: f32([2], [8, 16]) }, four),
      /4 bytes before tensor "b" that belong to none/,
    ],
    ['a hole at the start', rawFile({ a: f32([2], [8, 16]) }, four), /8 bytes before tensor "a"/],
    ['bytes left over', rawFile({ a: f32([3], [0, 12]) }, four), /4 bytes after its last tensor/],
    ['bytes and no tensor', rawFile({}, four), /16 bytes after its last tensor/],
  ])('%s', (_, bytes, message) => expectInputError(openBytes(bytes), 'SAFETENSORS_OFFSETS', message));
});

describe('a good header', () => {
  it('is listed in its order, whatever the order of the bytes', async () => {
    const entries = { b: f32([2], [8, 16]), a: f32([1, 2], [0, 8]), __metadata__: { made: 'here' } };
    const bytes = rawFile(JSON.stringify(entries) + '   ', four);
    const file = await openBytes(bytes);
    expect(file.names).toEqual(['b', 'a']);
    expect(file.metadata).toEqual({ made: 'here' });
    const dataStart = bytes.length - 16;
    expect(file.info('a')).toEqual({ dtype: 'F32', shape: [1, 2], elements: 2, byteOffset: dataStart, byteLength: 8 });
    expect(file.has('a')).toBe(true);
    expect(file.has('toString')).toBe(false);
  });

  it('may hold no tensors, and a tensor of a dtype that is not known', async () => {
    expect((await openBytes(rawFile({}))).names).toEqual([]);
    const entry = { dtype: 'F4\n', shape: [32], data_offsets: [0, 16] };
    const file = await openBytes(rawFile({ packed: entry }, four));
    expect(file.info('packed').shape).toEqual([32]);
    await expectInputError(
      file.readF32('packed'),
      'TENSOR_DTYPE',
      /"packed".*dtype "F4\\n".*convert it to F32, F16, BF16/,
    );
  });

  it('may call a tensor __proto__', async () => {
    const file = await openBytes(rawFile('{"__proto__":{"dtype":"U32","shape":[4],"data_offsets":[0,16]}}', four));
    expect(file.names).toEqual(['__proto__']);
  });
});
