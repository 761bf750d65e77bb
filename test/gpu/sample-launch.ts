import type { Launch } from '../../src/gpu/launch.ts';
import type { ShaderModule } from '../../src/gpu/program.ts';

/** A program of the tests' own: `result[i] = factor * source[i] + shift`, for as many elements as the bindings hold. */
export const affine: ShaderModule = {
  name: 'affine',
  entries: {
    main: {
      bindings: [
        { name: 'source', binding: 0, access: 'read', element: 'f32' },
        { name: 'result', binding: 1, access: 'read_write', element: 'f32' },
        { name: 'params', binding: 2, access: 'uniform', element: 'params' },
      ],
    },
  },
  params: [
    { name: 'factor', offset: 0, type: 'f32' },
    { name: 'shift', offset: 4, type: 'i32' },
    { name: 'count', offset: 8, type: 'u32' },
  ],
  paramsBytes: 16,
  constants: ['EXTRA'],
  code: `override EXTRA: u32 = 0u;
struct Params { factor: f32, shift: i32, count: u32 }
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.count) {
    result[id.x] = params.factor * source[id.x] + f32(params.shift) + f32(EXTRA);
  }
}
`,
};

/** A launch of {@link affine} over `count` elements. */
export function affineLaunch(count: number, changes: Partial<Launch> = {}): Launch {
  return {
    program: affine,
    entry: 'main',
    constants: {},
    params: { factor: 2, shift: -1, count },
    workgroups: [count, 1, 1],
    elements: { source: count, result: count },
    ...changes,
  };
}

/** A program that writes how many elements its binding shows it. */
export const lengthProgram: ShaderModule = {
  name: 'length',
  entries: { main: { bindings: [{ name: 'seen', binding: 0, access: 'read_write', element: 'u32' }] } },
  params: [],
  paramsBytes: 0,
  constants: [],
  code: `@group(0) @binding(0) var<storage, read_write> seen: array<u32>;
@compute @workgroup_size(1) fn main() {
  seen[0] = arrayLength(&seen);
}
`,
};
