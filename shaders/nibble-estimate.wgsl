requires packed_4x8_integer_dot_product;
// The estimates by which threshold-select selects, in nibble units and exact.
// Grid: ceil(query_count / 64) x head_count workgroups of 32 lanes, 2 queries a lane.
// Memory: registers only. Reads q and k as packed codes [head_count, tokens, groups].
// Writes scores [head_count, query_count, stride] up to the last key that one of a lane's queries sees, guarded.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4

@group(0) @binding(0) var<storage, read> q: array<u32>;
@group(0) @binding(1) var<storage, read> k: array<u32>;
@group(0) @binding(2) var<storage, read_write> scores: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/threshold-params
//:use lib/threshold

const ONES = 0x01010101u;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head_index = group.y + group.z * 65535u;
  let first = (group.x * 32u + lane) * 2u;
  if (head_index >= params.head_count || first >= params.query_count) {
    return;
  }
  let groups = BLOCKS * 8u;
  let stride = (params.keys + 3u) / 4u * 4u;
  var seen = 0u;
  //:for t in 0..2
  let query${t} = params.query_first + min(first + ${t}u, params.query_count - 1u);
  let to${t} = (head_index * params.query_count + first + ${t}u) * stride;
  seen = max(seen, visible_keys(own_key(query${t}, params.queries, params.keys), params.keys, params.causal));
  var rest${t} = 0;
  //:for b in 0..4
  //:for g in 0..8
  var q${t}_${b}${g} = 0u;
  if (BLOCKS > ${b}u) {
    q${t}_${b}${g} = packed_nibbles(q[(head_index * params.queries + query${t}) * groups + ${b}u * 8u + ${g}u]);
    rest${t} += dot4I8Packed(q${t}_${b}${g}, ONES);
  }
  //:end
  //:end
  //:end
  for (var key = 0u; key < seen; key++) {
    let at = (head_index * params.keys + key) * groups;
    var rest = 0;
    //:for t in 0..2
    var product${t} = 0;
    //:end
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      let k${g} = packed_nibbles(k[at + ${b}u * 8u + ${g}u]);
      rest += dot4I8Packed(k${g}, ONES);
      //:for t in 0..2
      product${t} += dot4I8Packed(q${t}_${b}${g}, k${g});
      //:end
      //:end
    }
    //:end
    //:for t in 0..2
    if (first + ${t}u < params.query_count) {
      scores[to${t} + key] = f32(product${t}) + MIDDLE * (f32(rest${t} + rest) + MIDDLE * f32(params.dim));
    }
    //:end
  }
}
