import { describe, expect, it } from 'vitest';
import { describeShader } from '../../shaders/describe.ts';

const withStruct = (members: string) => `struct Halves {
  ${members}
}
@group(0) @binding(0) var<storage, read> x: array<Halves>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  y[id.x] = f32(x[id.x].a.x);
}
`;

describe('the scalar behind a storage binding', () => {
  const elements = (members: string) =>
    describeShader('made', () => withStruct(members)).entries['main']!.bindings.map(({ element }) => element);

  it('is that of every member of a struct', () => {
    expect(elements('a: vec4<i32>, b: vec4<i32>,')).toEqual(['i32', 'f32']);
  });

  it('is none where members differ', () => {
    expect(() => elements('a: vec4<i32>, b: vec4<u32>,')).toThrow('storage struct Halves mixes i32 and u32');
  });
});
