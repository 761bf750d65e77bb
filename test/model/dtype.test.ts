import { getFloat16 } from '@petamoriken/float16';
import { describe, expect, it } from 'vitest';
import { decodeF32, float16ToFloat32Bits } from '../../src/model/dtype.ts';

const everyHalf = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

describe('float16', () => {
  it('agrees with another implementation on every bit pattern', () => {
    const ours = decodeF32('F16', new Uint8Array(everyHalf.buffer));
    const view = new DataView(everyHalf.buffer);
    const different = [...everyHalf].filter((bits) => !Object.is(ours[bits], getFloat16(view, bits * 2, true)));
    expect(different).toEqual([]);
  });

  it('keeps the payload and the sign of a NaN', () => {
    expect(float16ToFloat32Bits(0xfe01)).toBe(0xffc02000);
  });
});

describe('bfloat16', () => {
  it('is the upper half of the float32 on every bit pattern', () => {
    const ours = decodeF32('BF16', new Uint8Array(everyHalf.buffer));
    const bits = new Uint32Array(ours.buffer);
    expect(bits.every((word, i) => word === i * 0x10000)).toBe(true);
  });
});
