// Rates of reading storage memory, 16 bytes at a time with 4 sums.
// Grid: any number of workgroups of 64 lanes.
// Memory: registers only. Reads data [mask + 1 quads], a power of two. Writes sink [1], in effect never.
struct Params {
  iterations: u32,
  lanes: u32,
  mask: u32, // quads - 1
}

@group(0) @binding(0) var<storage, read> data: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> sink: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn keep(value: vec4<f32>) {
  let sum = value.x + value.y + value.z + value.w;
  if (sum == -12345.678) {
    sink[0] = sum;
  }
}

// Neighbouring lanes read neighbouring quads, 16 a turn.
@compute @workgroup_size(64)
fn stream(@builtin(global_invocation_id) id: vec3<u32>) {
  //:for c in 0..4
  var s${c} = vec4<f32>();
  //:end
  var at = id.x;
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..4
    //:for c in 0..4
    s${c} += data[(at + (4u * ${u}u + ${c}u) * params.lanes) & params.mask];
    //:end
    //:end
    at += 16u * params.lanes;
  }
  keep(s0 + s1 + s2 + s3);
}

// Every lane reads a row of 256 bytes a turn, at a place that a hash gives.
@compute @workgroup_size(64)
fn rows(@builtin(global_invocation_id) id: vec3<u32>) {
  //:for c in 0..4
  var s${c} = vec4<f32>();
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    var hash = (id.x * params.iterations + i) * 747796405u + 2891336453u;
    hash = ((hash >> ((hash >> 28u) + 4u)) ^ hash) * 277803737u;
    let row = (((hash >> 22u) ^ hash) * 16u) & params.mask;
    //:for u in 0..4
    //:for c in 0..4
    s${c} += data[row + 4u * ${u}u + ${c}u];
    //:end
    //:end
  }
  keep(s0 + s1 + s2 + s3);
}
