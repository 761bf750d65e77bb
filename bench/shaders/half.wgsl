// Rate of 16-bit multiply-adds: 8 chains of 8 multiply-adds of 4 components a turn; needs shader-f16.
// Grid: any number of workgroups of 64 lanes.
// Memory: registers only. Reads seeds [4]. Writes sink [1], in effect never.
enable f16;

struct Params {
  iterations: u32,
}

@group(0) @binding(0) var<storage, read> seeds: array<f32>;
@group(0) @binding(1) var<storage, read_write> sink: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn fma_half(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = vec4<f16>(f16(seeds[0]));
  let b = vec4<f16>(f16(seeds[1]));
  //:for c in 0..8
  var a${c} = vec4<f16>(f16(id.x % 64u + ${c}u));
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..8
    //:for c in 0..8
    a${c} = fma(a${c}, m, b);
    //:end
    //:end
  }
  var sum = vec4<f16>();
  //:for c in 0..8
  sum += a${c};
  //:end
  let value = f32(sum.x + sum.y + sum.z + sum.w);
  if (value == -12345.678) {
    sink[0] = value;
  }
}
