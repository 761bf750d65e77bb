import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CimError } from '../../src/errors.ts';
import { encodeSafetensors, type TensorToWrite } from '../../src/model/safetensors-write.ts';
import { openBytes } from './safetensors-cases.ts';

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const tensor: fc.Arbitrary<TensorToWrite> = shape.chain((sizes) => {
  const length = sizes.reduce((product, size) => product * size, 1);
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.float32Array(exactly).map((data) => ({ dtype: 'F32' as const, shape: sizes, data })),
    fc.uint32Array(exactly).map((data) => ({ dtype: 'U32' as const, shape: sizes, data })),
    fc.uint16Array(exactly).map((data) => ({ dtype: 'F16' as const, shape: sizes, data })),
  );
});
const name = fc.string({ unit: 'binary' }).filter((text) => text !== '__metadata__');
const tensors = fc.dictionary(name, tensor, { maxKeys: 6, noNullPrototype: true });
const metadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true });
const everything = { allowEmpty: true, allowNonFinite: true };

describe('safetensors, written and read back', () => {
  it('is what it was', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, metadata, async (wanted, texts) => {
        const bytes = encodeSafetensors(wanted, texts);
        expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
        const file = await openBytes(bytes);
        expect(Object.entries(file.metadata).sort()).toEqual(Object.entries(texts).sort());
        expect([...file.names].sort()).toEqual(Object.keys(wanted).sort());
        for (const [key, { dtype, shape, data }] of Object.entries(wanted)) {
          const info = file.info(key);
          expect([info.dtype, info.shape, info.elements]).toEqual([dtype, shape, data.length]);
          expect(info.byteOffset % data.BYTES_PER_ELEMENT).toBe(0);
          if (dtype === 'U32') expect(await file.readU32(key, everything)).toEqual(data);
          if (dtype === 'F32') expect(await file.readF32(key, everything)).toEqual(data);
          if (dtype === 'F16') expect((await file.readF32(key, everything)).length).toBe(data.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on the order of the tensors', () => {
    fc.assert(
      fc.property(tensors, metadata, (wanted, texts) => {
        const turned = Object.fromEntries(Object.entries(wanted).reverse());
        const turnedTexts = Object.fromEntries(Object.entries(texts).reverse());
        expect(encodeSafetensors(turned, turnedTexts)).toEqual(encodeSafetensors(wanted, texts));
      }),
    );
  });

  it('refuses a shape that is not the data and the reserved name', () => {
    const data = new Float32Array(6);
    for (const bad of [[5], [2, 2], [-2, -3], [1.5, 4], [], [Number.NaN]]) {
      expect(() => encodeSafetensors({ a: { dtype: 'F32', shape: bad, data } })).toThrow(
        /tensor "a" has shape .* and 6 elements/,
      );
    }
    expect(() => encodeSafetensors({ __metadata__: { dtype: 'F32', shape: [6], data } })).toThrow(CimError);
  });
});

describe('a damaged safetensors file', () => {
  const whole = encodeSafetensors(
    {
      q: { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      mask: { dtype: 'U32', shape: [3], data: Uint32Array.of(7, 8, 9) },
      h: { dtype: 'F16', shape: [2, 2], data: Uint16Array.of(1, 2, 3, 0x3c00) },
    },
    { format: 'pt' },
  );

  /** Reads all there is; whatever the header has become, tensors must be consistent with it. */
  async function readAll(bytes: Uint8Array): Promise<number> {
    const file = await openBytes(bytes);
    let elements = 0;
    for (const key of file.names) {
      const info = file.info(key);
      const read = info.dtype === 'U32' ? await file.readU32(key) : await file.readF32(key);
      expect(read.length).toBe(info.shape.reduce((product, size) => product * size, 1));
      elements += read.length;
    }
    return elements;
  }

  async function survives(bytes: Uint8Array): Promise<void> {
    try {
      await readAll(bytes);
    } catch (error) {
      if (!(error instanceof CimError)) throw error;
      expect(error.kind).toBe('input');
      expect(error.message).not.toMatch(/[\n\r]/);
    }
  }

  it('is read whole when it is not damaged', async () => {
    expect(await readAll(whole)).toBe(13);
  });

  it('is an input error at every length', async () => {
    for (let length = 0; length < whole.length; length++) {
      await expect(readAll(whole.subarray(0, length))).rejects.toBeInstanceOf(CimError);
    }
  });

  it('is an input error or a consistent file with any bytes changed', async () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        await survives(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('is an input error or a consistent file with any one bit flipped', async () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = whole.slice();
      bytes[bit >> 3] ^= 1 << (bit & 7);
      await survives(bytes);
    }
  });

  it('survives any JSON as a header', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.uint8Array({ maxLength: 16 }),
        async (header, data) => {
          const json = new TextEncoder().encode(JSON.stringify(header));
          const bytes = new Uint8Array([json.length & 255, json.length >> 8, 0, 0, 0, 0, 0, 0, ...json, ...data]);
          await survives(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });
});
