import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Launch } from '../../src/gpu/launch.ts';
import type { Scalar } from '../../src/gpu/program.ts';
import type { HostArray, Tensor } from '../../src/gpu/tensor.ts';

/** One check of a kernel on a device. Uses no test runner, so that Node, Deno and browsers run the same checks. */
export interface KernelCase {
  readonly name: string;
  /** Throws when the kernel's result is wrong. */
  run(gpu: Gpu): Promise<void>;
}

/** Value that outputs hold before a run, so that a missing write is seen. Not NaN: some adapters can not tell it apart. */
export const sentinel = { f32: -12345.678, u32: 0xdeadbeef, i32: -559038737 } as const;

/** An output tensor filled with the sentinel. */
export function unwritten(gpu: Gpu, type: Scalar, shape: readonly number[], label = 'output'): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  const data =
    type === 'f32' ? new Float32Array(length) : type === 'u32' ? new Uint32Array(length) : new Int32Array(length);
  data.fill(sentinel[type]);
  return gpu.tensor(data, shape, label);
}

/** Fails unless every value is within `absolute + relative * |expected|` of the expected one. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: { absolute: number; relative: number },
  what: string,
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const allowed = tolerance.absolute + tolerance.relative * Math.abs(expected[i]!);
    if (!(Math.abs(actual[i]! - expected[i]!) <= allowed)) {
      throw new Error(`${what}: [${i}] is ${actual[i]}, expected ${expected[i]} +- ${allowed}`);
    }
  }
}

/** Fails unless the arrays are equal element by element. */
export function assertEqual(actual: HostArray, expected: ArrayLike<number>, what: string): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} values, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] !== expected[i]) throw new Error(`${what}: [${i}] is ${actual[i]}, expected ${expected[i]}`);
  }
}

/** Fails with a message unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** A launch with its one-dimensional grid in rows of 3, as one of more than 65,535 workgroups is; some are left over. */
export function folded(launch: Launch): Launch {
  return { ...launch, workgroups: [3, Math.ceil((launch.workgroups[0] * launch.workgroups[1]) / 3), 1] };
}

/** Deterministic standard normals for test data (a small multiplicative generator; quality does not matter here). */
export function normals(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 1) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Share of a standard normal below `z`. */
export function phi(z: number): number {
  // Trapezoid over the normal density; exact enough for a count.
  let sum = 0;
  for (let x = -8; x < z; x += 1e-3) sum += Math.exp((-x * x) / 2) * 1e-3;
  return sum / Math.sqrt(2 * Math.PI);
}
