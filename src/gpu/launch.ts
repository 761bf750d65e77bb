import { fail } from '../errors.ts';
import type { BindingInfo, ShaderModule } from './program.ts';
import { paddedBytes } from './tensor.ts';

/** One dispatch as a pure value: which program, with what sizes. Made by a kernel's `plan`, run by a batch. */
export interface Launch {
  readonly program: ShaderModule;
  readonly entry: string;
  /** Values of the program's override constants. */
  readonly constants: Readonly<Record<string, number>>;
  /** Values of the uniform parameter block, by member name. */
  readonly params: Readonly<Record<string, number>>;
  /** Grid in workgroups; any zero means that there is nothing to do. */
  readonly workgroups: readonly [number, number, number];
  /** Elements that each storage binding must at least hold. */
  readonly elements: Readonly<Record<string, number>>;
  /** Workgroup memory in bytes, for the check that some runtimes leave out. */
  readonly workgroupBytes?: number;
}

/** The limits a launch is checked against; the names are WebGPU's. */
export interface LaunchLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeWorkgroupStorageSize: number;
}

/** Splits a one-dimensional grid so that no dimension passes 65,535; the shader puts it together again as `x + y * countX`. */
export function foldGrid(workgroups: number): readonly [number, number] {
  if (workgroups <= 65535) return [workgroups, 1];
  const rows = Math.ceil(workgroups / 65535);
  return [Math.ceil(workgroups / rows), rows];
}

/** The entry point of a launch with what it binds. Throws `UNKNOWN_ENTRY`. */
export function entryOf({ program, entry }: Launch): { readonly bindings: readonly BindingInfo[] } {
  const info = program.entries[entry];
  if (info) return info;
  throw fail(
    'UNKNOWN_ENTRY',
    `${program.name} has no entry '${entry}'`,
    `it has ${Object.keys(program.entries).join(', ')}`,
  );
}

/** Throws with numbers when a launch can not run within the limits; a launch that passes is safe to record. */
export function checkLaunch(launch: Launch, limits: LaunchLimits): void {
  const name = launch.program.name;
  for (const [binding, elements] of Object.entries(launch.elements)) {
    const bytes = paddedBytes(elements);
    if (bytes > limits.maxStorageBufferBindingSize) {
      throw fail(
        'BINDING_TOO_LARGE',
        `${name}: '${binding}' needs ${bytes} bytes in one binding, the device allows ${limits.maxStorageBufferBindingSize}`,
        'use fewer rows, heads, chips or tokens at a time',
      );
    }
  }
  for (const size of launch.workgroups) {
    if (!Number.isInteger(size) || size < 0 || size > limits.maxComputeWorkgroupsPerDimension) {
      throw fail(
        'GRID_TOO_LARGE',
        `${name}: grid ${launch.workgroups.join(' x ')} workgroups, at most ${limits.maxComputeWorkgroupsPerDimension} in a dimension`,
        'use smaller sizes or split the batch',
      );
    }
  }
  if ((launch.workgroupBytes ?? 0) > limits.maxComputeWorkgroupStorageSize) {
    throw fail(
      'WORKGROUP_MEMORY',
      `${name}: ${launch.workgroupBytes} bytes of workgroup memory, the device allows ${limits.maxComputeWorkgroupStorageSize}`,
      'use smaller tables or tiles',
    );
  }
}

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

/**
 * Packs named parameter values by the reflected layout. A missing or unknown name is an error that lists both sides, and
 * so is a value that its type does not hold.
 */
export function packParams(
  program: ShaderModule,
  values: Readonly<Record<string, number>>,
  target: DataView,
  offset: number,
): void {
  for (const name of Object.keys(values)) {
    if (!program.params.some((param) => param.name === name)) {
      throw fail(
        'UNKNOWN_PARAM',
        `${program.name} has no parameter '${name}'`,
        `it takes ${program.params.map((p) => p.name).join(', ')}`,
      );
    }
  }
  for (const { name, offset: at, type } of program.params) {
    const value = values[name];
    if (value === undefined)
      throw fail('MISSING_PARAM', `${program.name} needs the parameter '${name}' (${type})`, 'give it a value');
    const range = ranges[type];
    if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
      const fix = `use a whole number from ${range[0]} to ${range[1]}`;
      throw fail('BAD_PARAM', `${program.name}: parameter '${name}' (${type}) is ${value}`, fix);
    }
    if (!Number.isFinite(Math.fround(value)))
      throw fail('BAD_PARAM', `${program.name}: parameter '${name}' (${type}) is ${value}`, 'use a finite f32');
    if (type === 'f32') target.setFloat32(offset + at, value, true);
    else if (type === 'i32') target.setInt32(offset + at, value, true);
    else target.setUint32(offset + at, value, true);
  }
}
