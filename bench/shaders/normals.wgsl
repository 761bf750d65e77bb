// Standard normals from the counter-based generator, as noise draws them.
// Grid: a lane for 4 normals, in workgroups of 64.
// Memory: registers only. Writes values [4 * quads].
//:use lib/rng

struct Params {
  quads: u32,
  seed: u32,
}

@group(0) @binding(0) var<storage, read_write> values: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.quads) {
    return;
  }
  values[id.x] = to_normals(random_words(params.seed, 0u, 1u, id.x, 0u));
}
