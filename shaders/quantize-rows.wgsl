requires packed_4x8_integer_dot_product;
// 8-bit symmetric quantisation of attention operands: one scale per head, 4 dimensions packed in a word.
// Grid: one workgroup of 64 lanes per head (sequences * heads).
// Memory: 256 bytes of workgroup memory for the largest magnitude.
// Reads x [heads, tokens, dim].
// Writes packed [heads, tokens, groups] with zeros past dim, scales[slot * heads + head] = largest magnitude / 127.
struct Params {
  heads: u32, // sequences * heads
  tokens: u32,
  dim: u32,
  groups: u32,
  slot: u32, // 0 q, 1 k, 2 v
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<u32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> largest: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.x + group.y * 65535u;
  let inside = head < params.heads;
  let count = select(0u, params.tokens * params.dim, inside);
  let base = head * params.tokens * params.dim;
  var most = 0.0;
  for (var i = lane; i < count; i += 64u) {
    most = max(most, abs(x[base + i]));
  }
  largest[lane] = most;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) {
      largest[lane] = max(largest[lane], largest[lane + half]);
    }
    workgroupBarrier();
  }
  let scale = largest[0] / 127.0;
  let inverse = select(127.0 / largest[0], 0.0, largest[0] == 0.0);
  if (!inside) {
    return;
  }
  if (lane == 0u) {
    scales[params.slot * params.heads + head] = scale;
  }
  let words = params.tokens * params.groups;
  for (var i = lane; i < words; i += 64u) {
    let token = i / params.groups;
    let d0 = (i % params.groups) * 4u;
    var code = vec4<i32>();
    for (var j = 0u; j < 4u; j++) {
      if (d0 + j < params.dim) {
        code[j] = i32(clamp(round(x[base + token * params.dim + d0 + j] * inverse), -127.0, 127.0));
      }
    }
    packed[head * words + i] = pack4xI8(code);
  }
}
