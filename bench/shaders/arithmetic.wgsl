// Rates of arithmetic: every lane runs independent chains of one operation; a chain can not be folded, since it starts from
// a buffer, and its result is stored where the host can not exclude.
// Grid: any number of workgroups of 64 lanes.
// Memory: registers only. Reads seeds [4]. Writes sink [1], in effect never.
//:use lib/rng

struct Params {
  iterations: u32,
}

@group(0) @binding(0) var<storage, read> seeds: array<f32>;
@group(0) @binding(1) var<storage, read_write> sink: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn keep(value: f32) {
  if (value == -12345.678) {
    sink[0] = value;
  }
}

// 16 chains of 8 multiply-adds a turn.
@compute @workgroup_size(64)
fn fma_scalar(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = seeds[0];
  let b = seeds[1];
  //:for c in 0..16
  var a${c} = f32(id.x + ${c}u);
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..8
    //:for c in 0..16
    a${c} = fma(a${c}, m, b);
    //:end
    //:end
  }
  var sum = 0.0;
  //:for c in 0..16
  sum += a${c};
  //:end
  keep(sum);
}

// 8 chains of 16 multiply-adds a turn: fewer registers than 16 chains.
@compute @workgroup_size(64)
fn fma_scalar_short(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = seeds[0];
  let b = seeds[1];
  //:for c in 0..8
  var a${c} = f32(id.x + ${c}u);
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..16
    //:for c in 0..8
    a${c} = fma(a${c}, m, b);
    //:end
    //:end
  }
  var sum = 0.0;
  //:for c in 0..8
  sum += a${c};
  //:end
  keep(sum);
}

// 4 chains of 8 multiply-adds of 4 components a turn.
@compute @workgroup_size(64)
fn fma_vec4(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = vec4<f32>(seeds[0], seeds[1], seeds[2], seeds[0]);
  let b = vec4<f32>(seeds[1], seeds[2], seeds[3], seeds[1]);
  //:for c in 0..4
  var a${c} = vec4<f32>(f32(id.x + ${c}u));
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..8
    //:for c in 0..4
    a${c} = fma(a${c}, m, b);
    //:end
    //:end
  }
  var sum = vec4<f32>();
  //:for c in 0..4
  sum += a${c};
  //:end
  keep(sum.x + sum.y + sum.z + sum.w);
}

// 8 chains of 8 products of 4 bytes each, added up: 8 operations a product.
@compute @workgroup_size(64)
fn dot4(@builtin(global_invocation_id) id: vec3<u32>) {
  let w = bitcast<u32>(seeds[0]);
  //:for c in 0..8
  var a${c} = i32(id.x + ${c}u);
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..8
    //:for c in 0..8
    a${c} += dot4I8Packed(bitcast<u32>(a${c}), w);
    //:end
    //:end
  }
  var sum = 0;
  //:for c in 0..8
  sum += a${c};
  //:end
  keep(f32(sum) + 0.5);
}

// 8 chains of 8 exponentials a turn; x -> exp(-x) stays within 0 and 1.
@compute @workgroup_size(64)
fn exponential(@builtin(global_invocation_id) id: vec3<u32>) {
  //:for c in 0..8
  var a${c} = seeds[${c}u % 4u] + f32(id.x % 7u) * 0.01;
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..8
    //:for c in 0..8
    a${c} = exp(-a${c});
    //:end
    //:end
  }
  var sum = 0.0;
  //:for c in 0..8
  sum += a${c};
  //:end
  keep(sum);
}

// 8 chains of 8 logarithms a turn; x -> 2 + log(x) stays within 2 and 4.
@compute @workgroup_size(64)
fn logarithm(@builtin(global_invocation_id) id: vec3<u32>) {
  //:for c in 0..8
  var a${c} = 2.0 + seeds[${c}u % 4u] + f32(id.x % 7u) * 0.01;
  //:end
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..8
    //:for c in 0..8
    a${c} = 2.0 + log(a${c});
    //:end
    //:end
  }
  var sum = 0.0;
  //:for c in 0..8
  sum += a${c};
  //:end
  keep(sum);
}

// 4 draws of 4 words a turn.
@compute @workgroup_size(64)
fn random_words_turns(@builtin(global_invocation_id) id: vec3<u32>) {
  let seed = bitcast<u32>(seeds[0]);
  var sum = vec4<u32>();
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..4
    sum ^= random_words(seed, 0u, 4u, id.x, 4u * i + ${u}u);
    //:end
  }
  keep(f32(sum.x ^ sum.y ^ sum.z ^ sum.w) + 0.5);
}

// 4 blocks of 4 words a turn.
@compute @workgroup_size(64)
fn philox_turns(@builtin(global_invocation_id) id: vec3<u32>) {
  let seed = bitcast<u32>(seeds[0]);
  var sum = vec4<u32>();
  for (var i = 0u; i < params.iterations; i++) {
    //:for u in 0..4
    sum ^= philox(vec4<u32>(id.x, 4u * i + ${u}u, 4u, 0u), vec2<u32>(seed, 0u));
    //:end
  }
  keep(f32(sum.x ^ sum.y ^ sum.z ^ sum.w) + 0.5);
}

// No work at all.
@compute @workgroup_size(64)
fn nothing(@builtin(global_invocation_id) id: vec3<u32>) {
  if (params.iterations > id.x) {
    keep(seeds[0]);
  }
}
