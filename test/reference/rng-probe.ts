import { expandShader } from '../../shaders/expand.ts';
import { type Generator, generators } from '../../src/generator.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import type { Launch } from '../../src/gpu/launch.ts';
import type { ShaderModule } from '../../src/gpu/program.ts';

/** Input words of one draw: its five numbers, and three that are not used. */
const STRIDE = 8;

/** A program over the shaders' generators: the words of given draws (seed, chip, stream, element, event), and the normals made from them. */
export function probeProgram(load: (path: string) => string): ShaderModule {
  const source = `//:use lib/rng
struct Params { count: u32 }
@group(0) @binding(0) var<storage, read> inputs: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> words: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> normals: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.count) {
    return;
  }
  let a = inputs[2u * id.x];
  let drawn = random_words(a.x, a.y, a.z, a.w, inputs[2u * id.x + 1u].x);
  words[id.x] = drawn;
  normals[id.x] = to_normals(drawn);
}
`;
  return {
    name: 'rng-probe',
    entries: {
      main: {
        bindings: [
          { name: 'inputs', binding: 0, access: 'read', element: 'u32' },
          { name: 'words', binding: 1, access: 'read_write', element: 'u32' },
          { name: 'normals', binding: 2, access: 'read_write', element: 'f32' },
          { name: 'params', binding: 3, access: 'uniform', element: 'params' },
        ],
      },
    },
    params: [{ name: 'count', offset: 0, type: 'u32' }],
    paramsBytes: 16,
    constants: ['GENERATOR'],
    code: expandShader('rng-probe', source, load),
  };
}

/** What words are drawn for. */
export type Draw = readonly [seed: number, chip: number, stream: number, element: number, event: number];

/** What the GPU draws: 4 words and 4 normals for each draw, by the device's generator or a given one. */
export async function drawOnGpu(
  gpu: Gpu,
  program: ShaderModule,
  draws: readonly Draw[],
  generator?: Generator,
): Promise<{ words: Uint32Array; normals: Float32Array }> {
  const host = new Uint32Array(draws.length * STRIDE);
  draws.forEach((draw, i) => {
    host.set(draw, i * STRIDE);
  });
  const inputs = gpu.tensor(host);
  const outputs = draws.length * 4;
  const launch: Launch = {
    program,
    entry: 'main',
    constants: generator === undefined ? {} : { GENERATOR: generators.indexOf(generator) },
    params: { count: draws.length },
    workgroups: [Math.ceil(draws.length / 64), 1, 1],
    elements: { inputs: host.length, words: outputs, normals: outputs },
  };
  const batch = gpu.batch('draws');
  const words = batch.temporary('u32', [outputs], 'words');
  const normals = batch.temporary('f32', [outputs], 'normals');
  const readings = [batch.run(launch, { inputs, words, normals }).read(words), batch.read(normals)];
  await batch.submit();
  inputs.destroy();
  return { words: readings[0]!.values() as Uint32Array, normals: readings[1]!.values() as Float32Array };
}
