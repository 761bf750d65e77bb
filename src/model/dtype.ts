/** Bytes per element of the safetensors element types whose size is known here. */
export const DTYPE_BYTES: ReadonlyMap<string, number> = new Map([
  ['F64', 8],
  ['F32', 4],
  ['F16', 2],
  ['BF16', 2],
  ['I64', 8],
  ['I32', 4],
  ['I16', 2],
  ['I8', 1],
  ['U8', 1],
  ['U16', 2],
  ['U32', 4],
  ['BOOL', 1],
]);

/** The element types that can be read as float32 without loss. */
export const FLOAT_DTYPES: readonly string[] = ['F32', 'F16', 'BF16'];

/**
 * Little-endian elements of one of `FLOAT_DTYPES` as float32, exactly (also NaN payloads). `bytes` begins at the start
 * of its buffer; for F32 the result is a view of that same buffer. Hosts are little-endian, as every platform with
 * WebGPU is.
 */
export function decodeF32(dtype: string, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const bits = new Uint32Array(halves.length);
  if (dtype === 'F16') {
    const table = float16Table();
    for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]];
  } else {
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  }
  return new Float32Array(bits.buffer);
}

/** The float32 bit pattern of one float16 bit pattern. Source: IEEE 754-2008, binary16 and binary32. */
export function float16ToFloat32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // A subnormal half is mantissa * 2^-24; `shift` brings its leading one to bit 10, where float32 leaves it out.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}

let table16: Uint32Array | undefined;

function float16Table(): Uint32Array {
  table16 ??= Uint32Array.from({ length: 0x10000 }, (_, half) => float16ToFloat32Bits(half));
  return table16;
}
