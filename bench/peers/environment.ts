import { globals } from 'webgpu';
import type { GPU, GPUDevice } from '../../src/gpu/webgpu.ts';

/**
 * Makes Node look like the browser that the peers are written for: `navigator` with this GPU, WebGPU's classes, the iterator
 * methods that Node 20 lacks, and queue writes from shared memory, which Dawn's binding refuses and onnxruntime's heap is.
 */
export function prepareForPeers(gpu: GPU, device: GPUDevice): void {
  const navigator = { gpu, userAgent: 'Node.js', hardwareConcurrency: 1, language: 'en' };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
  for (const [name, value] of Object.entries(globals))
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: value });
  addIteratorMethods();
  acceptSharedMemory(device);
}

function acceptSharedMemory(device: GPUDevice): void {
  const queue = Object.getPrototypeOf(device.queue) as GPUQueue;
  const write = queue.writeBuffer as (...args: unknown[]) => undefined;
  queue.writeBuffer = function (this: GPUQueue, buffer, at, data, start?: number, size?: number) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data as ArrayBuffer);
    if (!(view.buffer instanceof SharedArrayBuffer)) return write.call(this, buffer, at, data, start, size);
    // `start` and `size` count elements of a typed array, bytes of anything else.
    const unit = (view as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const first = view.byteOffset + (start ?? 0) * unit;
    const end = size === undefined ? view.byteOffset + view.byteLength : first + size * unit;
    return write.call(this, buffer, at, new Uint8Array(view.buffer, first, end - first).slice());
  } as GPUQueue['writeBuffer'];
}

function addIteratorMethods(): void {
  const base = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const define = (name: string, method: unknown) => {
    if (!(name in base)) Object.defineProperty(base, name, { value: method, configurable: true, writable: true });
  };
  define('map', function* (this: Iterable<unknown>, change: (value: unknown, i: number) => unknown) {
    let i = 0;
    for (const value of this) yield change(value, i++);
  });
  define('filter', function* (this: Iterable<unknown>, keep: (value: unknown, i: number) => boolean) {
    let i = 0;
    for (const value of this) if (keep(value, i++)) yield value;
  });
  define('flatMap', function* (this: Iterable<unknown>, change: (value: unknown, i: number) => Iterable<unknown>) {
    let i = 0;
    for (const value of this) yield* change(value, i++);
  });
  define('take', function* (this: Iterable<unknown>, count: number) {
    if (count <= 0) return;
    let i = 0;
    for (const value of this) {
      yield value;
      if (++i >= count) return;
    }
  });
  define('toArray', function (this: Iterable<unknown>) {
    return [...this];
  });
  for (const name of ['some', 'every', 'find', 'reduce', 'forEach'] as const) {
    define(name, function (this: Iterable<unknown>, ...args: unknown[]) {
      return (Array.prototype[name] as (...args: unknown[]) => unknown).apply([...this], args);
    });
  }
}
