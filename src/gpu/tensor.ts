import { fail } from '../errors.ts';
import type { Scalar } from './program.ts';
import type { GPUBuffer } from './webgpu.ts';

/** What a host array must be to fill or receive a tensor of each scalar type. */
export type HostArray = Float32Array | Uint32Array | Int32Array;

/** A shaped block of GPU memory: 4-byte scalars in row-major order, padded with zeros to whole 16 bytes. */
export interface Tensor {
  readonly buffer: GPUBuffer;
  /** Byte offset of the first element inside `buffer`; a multiple of 256. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly type: Scalar;
  /** Number of elements. */
  readonly length: number;
  readonly label: string;
  /** Gives the memory back; a view's destroy does nothing. */
  destroy(): void;
}

/** Number of elements of a shape; an empty shape is one scalar. Rejects negative and fractional sizes. */
export function elementCount(shape: readonly number[]): number {
  for (const size of shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw fail('TENSOR_SHAPE', `shape [${shape}] holds the size ${size}`, 'use whole numbers of 0 or more');
    }
  }
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes a tensor of `length` 4-byte elements occupies: at least 16 and a multiple of 16, so that vec4 access never leaves it. */
export function paddedBytes(length: number): number {
  return Math.max(16, Math.ceil(length / 4) * 16);
}

/** The same memory under another shape of equally many elements. */
export function reshape(tensor: Tensor, shape: readonly number[]): Tensor {
  if (elementCount(shape) !== tensor.length) {
    throw fail(
      'TENSOR_SHAPE',
      `${tensor.label} has ${tensor.length} elements, shape [${shape}] asks for ${elementCount(shape)}`,
      'use a shape of equal size',
    );
  }
  return { ...tensor, shape, destroy: tensor.destroy };
}

/** A part of a tensor as a tensor of its own; `start` in elements must be a multiple of 64 (256 bytes, the binding alignment). */
export function view(tensor: Tensor, start: number, shape: readonly number[]): Tensor {
  const length = elementCount(shape);
  if (start % 64 !== 0 || start < 0 || start + length > tensor.length) {
    throw fail(
      'TENSOR_VIEW',
      `view of ${length} elements at ${start} in ${tensor.label} of ${tensor.length}`,
      'start at a multiple of 64 inside the tensor',
    );
  }
  return {
    buffer: tensor.buffer,
    offset: tensor.offset + start * 4,
    shape,
    type: tensor.type,
    length,
    label: `${tensor.label}[${start}..]`,
    destroy: () => {},
  };
}
