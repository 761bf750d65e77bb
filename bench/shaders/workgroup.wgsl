// Rates of workgroup memory: 16-byte reads with 4 sums, and additions to 256 counters.
// Grid: any number of workgroups of 64 lanes.
// Memory: 8 KiB and 1 KiB of workgroup memory. Reads seeds [4]. Writes sink [1], in effect never.
struct Params {
  iterations: u32,
}

@group(0) @binding(0) var<storage, read> seeds: array<f32>;
@group(0) @binding(1) var<storage, read_write> sink: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> quads: array<vec4<f32>, 512>;
var<workgroup> counters: array<atomic<u32>, 256>;

fn keep(value: f32) {
  if (value == -12345.678) {
    sink[0] = value;
  }
}

// Neighbouring lanes read neighbouring quads, 16 a turn.
@compute @workgroup_size(64)
fn workgroup_reads(@builtin(local_invocation_index) lane: u32) {
  for (var i = lane; i < 512u; i += 64u) {
    quads[i] = vec4<f32>(seeds[i % 4u], f32(i), 0.5, 0.25);
  }
  workgroupBarrier();
  //:for c in 0..4
  var s${c} = vec4<f32>();
  //:end
  var at = lane;
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..4
    //:for c in 0..4
    s${c} += quads[(at + 64u * (4u * ${u}u + ${c}u)) % 512u];
    //:end
    //:end
    at += 33u;
  }
  let sum = s0 + s1 + s2 + s3;
  keep(sum.x + sum.y + sum.z + sum.w);
}

// 16 additions a turn, at places that a multiplicative generator gives.
@compute @workgroup_size(64)
fn workgroup_atomics(@builtin(local_invocation_index) lane: u32) {
  var place = lane * 747796405u + bitcast<u32>(seeds[0]);
  for (var i = 0u; i < params.iterations; i++) {
    for (var u = 0u; u < 16u; u++) {
      atomicAdd(&counters[place >> 24u], 1u);
      place = place * 1664525u + 1013904223u;
    }
  }
  workgroupBarrier();
  keep(f32(atomicLoad(&counters[lane])) + 0.5);
}
