import { type CimError, fail } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { quote } from '../quote.ts';
import type { ByteSource } from './byte-source.ts';
import { DTYPE_BYTES, decodeF32, FLOAT_DTYPES } from './dtype.ts';
import { parseHeader, type TensorInfo } from './safetensors-header.ts';

/** What a read accepts. Everything is off by default. */
export interface ReadOptions {
  /** The shape that the tensor must have; any when absent. */
  readonly expectedShape?: readonly number[];
  /** Accept NaN and infinities. */
  readonly allowNonFinite?: boolean;
  /** Accept a tensor without elements. */
  readonly allowEmpty?: boolean;
}

/** A run of a tensor's elements in row-major order, beginning at element `offset`. */
export interface F32Chunk {
  readonly offset: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * An open safetensors file. Tensors are read when asked for. Every read throws `TENSOR_MISSING` (with near names),
 * `TENSOR_DTYPE`, `TENSOR_SHAPE`, `TENSOR_EMPTY` or `TENSOR_NOT_FINITE` (with the index and the value), all input
 * errors that name the file.
 */
export interface SafetensorsFile {
  readonly name: string;
  /** Tensor names in the order of the header. */
  readonly names: readonly string[];
  /** The texts of the header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  has(tensor: string): boolean;
  info(tensor: string): TensorInfo;
  /** A whole F32, F16 or BF16 tensor, row-major. */
  readF32(tensor: string, options?: ReadOptions): Promise<Float32Array<ArrayBuffer>>;
  /** The same in pieces of at most `chunkElements`, so that a large tensor need never lie in memory whole. */
  readF32Chunks(tensor: string, chunkElements: number, options?: ReadOptions): AsyncGenerator<F32Chunk, void, void>;
  /** A whole U32 tensor, row-major. */
  readU32(tensor: string, options?: ReadOptions): Promise<Uint32Array<ArrayBuffer>>;
  /** Closes the source. */
  close(): Promise<void>;
}

/** The longest header accepted, in bytes; the reference implementation has the same limit. */
const LONGEST_HEADER = 100_000_000;
const CHUNK_ELEMENTS = 1 << 20;

/**
 * Reads and checks the header of a safetensors file; throws `SAFETENSORS_HEADER` or `SAFETENSORS_OFFSETS` for a bad
 * one.
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const headerLength = await readHeaderLength(source);
  const json = await source.read(8, headerLength);
  const { tensors, metadata } = parseHeader(source.name, json, 8 + headerLength, source.byteLength);

  function info(tensor: string): TensorInfo {
    const found = tensors.get(tensor);
    if (found === undefined) throw missing(source.name, tensor, [...tensors.keys()]);
    return found;
  }

  async function* readF32Chunks(tensor: string, chunkElements: number, options: ReadOptions = {}) {
    if (!Number.isSafeInteger(chunkElements) || chunkElements < 1) {
      throw fail('CHUNK_SIZE', `a chunk of ${chunkElements} elements cannot be read`, 'use a whole number from 1');
    }
    const what = describe(source.name, tensor);
    const { dtype, elements, byteOffset } = checked(what, info(tensor), FLOAT_DTYPES, options);
    const size = DTYPE_BYTES.get(dtype)!;
    for (let offset = 0; offset < elements; offset += chunkElements) {
      const count = Math.min(chunkElements, elements - offset);
      const data = decodeF32(dtype, await source.read(byteOffset + offset * size, count * size));
      if (!options.allowNonFinite) checkFinite(what, data, offset);
      yield { offset, data };
    }
  }

  async function readF32(tensor: string, options: ReadOptions = {}) {
    const { dtype, elements } = info(tensor);
    // F32 needs no conversion: the bytes read are the result, and one chunk saves the copy.
    const step = dtype === 'F32' ? Math.max(elements, 1) : CHUNK_ELEMENTS;
    let whole: Float32Array<ArrayBuffer> | undefined;
    for await (const { offset, data } of readF32Chunks(tensor, step, options)) {
      if (data.length === elements) return data;
      whole ??= new Float32Array(elements);
      whole.set(data, offset);
    }
    return whole ?? new Float32Array(0);
  }

  async function readU32(tensor: string, options: ReadOptions = {}) {
    const { byteOffset, byteLength } = checked(describe(source.name, tensor), info(tensor), ['U32'], options);
    return new Uint32Array((await source.read(byteOffset, byteLength)).buffer);
  }

  return {
    name: source.name,
    names: [...tensors.keys()],
    metadata,
    has: (tensor) => tensors.has(tensor),
    info,
    readF32,
    readF32Chunks,
    readU32,
    close: () => source.close(),
  };
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  const { name, byteLength } = source;
  const fix = 'check that it is a complete safetensors file';
  if (byteLength < 8) {
    throw fail(
      'SAFETENSORS_HEADER',
      `${quote(name)} has ${byteLength} bytes, fewer than the 8 of a header length`,
      fix,
    );
  }
  const length = new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true);
  if (length > BigInt(LONGEST_HEADER)) {
    throw fail(
      'SAFETENSORS_HEADER',
      `${quote(name)} claims a header of ${length} bytes, over the ${LONGEST_HEADER} allowed`,
      fix,
    );
  }
  if (Number(length) > byteLength - 8) {
    const left = `${byteLength - 8} are left`;
    throw fail('SAFETENSORS_HEADER', `${quote(name)} claims a header of ${length} bytes, and ${left}`, fix);
  }
  return Number(length);
}

function checked(what: string, info: TensorInfo, dtypes: readonly string[], options: ReadOptions): TensorInfo {
  const { expectedShape } = options;
  if (!dtypes.includes(info.dtype)) {
    const fix = `convert it to ${dtypes.join(', ')}`;
    throw fail('TENSOR_DTYPE', `${what} has dtype ${quote(info.dtype)}, which cannot be read here`, fix);
  }
  if (expectedShape && !sameShape(info.shape, expectedShape)) {
    const shapes = `has shape [${info.shape}], and [${expectedShape}] is needed`;
    throw fail('TENSOR_SHAPE', `${what} ${shapes}`, 'check that the file belongs to this configuration');
  }
  if (info.elements === 0 && !options.allowEmpty) {
    throw fail(
      'TENSOR_EMPTY',
      `${what} has shape [${info.shape}], so no elements`,
      'give every dimension a size from 1',
    );
  }
  return info;
}

function checkFinite(what: string, data: Float32Array, offset: number): void {
  for (let i = 0; i < data.length; i++) {
    if (data[i] - data[i] !== 0) {
      const fix = 'repair or recompute the tensor';
      throw fail('TENSOR_NOT_FINITE', `${what} holds ${data[i]} at element ${offset + i}`, fix);
    }
  }
}

/** Whether two shapes are equal, dimension by dimension. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

function describe(file: string, tensor: string): string {
  return `tensor ${quote(tensor)} of ${quote(file)}`;
}

function missing(file: string, tensor: string, names: readonly string[]): CimError {
  const near = nearNames(tensor, names);
  const all =
    `it holds ${names.length} tensors` +
    (names.length === 0
      ? ''
      : `, such as ${names
          .slice(0, 3)
          .map((name) => quote(name))
          .join(', ')}`);
  const fix = near.length > 0 ? `did you mean ${near.map((name) => quote(name)).join(' or ')}?` : all;
  return fail('TENSOR_MISSING', `${quote(file)} has no tensor ${quote(tensor)}`, fix);
}
