import { describe, expect, it } from 'vitest';
import { blobSource, bytesSource, readText } from '../../src/model/byte-source.ts';
import { expectInputError } from './safetensors-cases.ts';

const bytes = Uint8Array.of(9, 10, 11, 12, 13).subarray(1);

describe.each([
  ['bytesSource', () => bytesSource('four', bytes)],
  ['blobSource', () => blobSource('four', new Blob([bytes]))],
])('%s', (_, make) => {
  it('reads any range, as a copy at the start of its own buffer', async () => {
    const source = make();
    expect([source.name, source.byteLength]).toEqual(['four', 4]);
    const read = await source.read(1, 2);
    expect([...read]).toEqual([11, 12]);
    expect([read.byteOffset, read.buffer.byteLength]).toEqual([0, 2]);
    read.fill(0);
    expect([...(await source.read(0, 4))]).toEqual([10, 11, 12, 13]);
    expect((await source.read(4, 0)).length).toBe(0);
    await source.close();
  });

  it.each([
    [-1, 2],
    [0, 5],
    [4, 1],
    [0.5, 1],
    [1, -1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ])('refuses offset %d and length %d', (offset, length) =>
    expectInputError(make().read(offset, length), 'SOURCE_RANGE', /"four" has 4 bytes, and .* asked for/),
  );
});

describe('blobSource', () => {
  it('reports a blob that can no longer be read', async () => {
    const gone = {
      size: 4,
      slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }),
    } as unknown as Blob;
    await expectInputError(blobSource('gone', gone).read(0, 4), 'SOURCE_READ', /"gone" could not be read/);
    const short = { size: 4, slice: () => new Blob([Uint8Array.of(1)]) } as unknown as Blob;
    await expectInputError(blobSource('cut', short).read(0, 4), 'SOURCE_READ', /"cut" gave 1 of 4 bytes at offset 0/);
  });
});

describe('readText', () => {
  it('is the UTF-8 text, without a byte order mark', async () => {
    const text = 'a\u00e9\u{1f600}\r\n\u0000';
    expect(await readText(bytesSource('t', new TextEncoder().encode('\ufeff' + text)))).toBe(text);
  });

  it('refuses what is not UTF-8', () =>
    expectInputError(readText(bytesSource('t', Uint8Array.of(0x61, 0xe9))), 'TEXT_ENCODING', /"t" is not valid UTF-8/));
});
