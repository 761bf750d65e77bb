// How many cells of a charge array charge: over all pairs of a query and a key that it sees, those whose bits of upper nibbles are
// both one. A lane owns a head and 4 dimensions and walks through its tokens, the sums over the keys seen so far at hand.
// Grid: ceil(head_count * groups / 64) workgroups of 64 lanes, folded.
// Memory: registers only. Reads q [head_count, queries, groups], k [head_count, keys, groups], lengths [sequences] if padded.
// Writes charged [head_count, groups, 2]: the lower and the upper 32 bits of the count.
override PADDED: bool = false; // whether lengths says how many tokens of a sequence are valid

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  queries: u32,
  keys: u32,
  groups: u32, // words of a row
  causal: u32,
}

@group(0) @binding(0) var<storage, read> q: array<u32>;
@group(0) @binding(1) var<storage, read> k: array<u32>;
@group(0) @binding(2) var<storage, read> lengths: array<u32>;
@group(0) @binding(3) var<storage, read_write> charged: array<vec2<u32>>;
@group(0) @binding(4) var<uniform> params: Params;

// Ones in the upper nibble of each of 4 codes.
fn ones(codes: u32) -> vec4<u32> {
  var bits = (codes >> 4u) & 0x0f0f0f0fu;
  bits -= (bits >> 1u) & 0x05050505u;
  bits = (bits & 0x03030303u) + ((bits >> 2u) & 0x03030303u);
  return (vec4<u32>(bits) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (group.x + group.y * count.x) * 64u + lane;
  if (at >= params.head_count * params.groups) {
    return;
  }
  let head = at / params.groups;
  let word = at % params.groups;
  var valid = params.keys;
  if (PADDED) {
    valid = min(valid, lengths[head / params.heads]);
  }
  // Queries are the last tokens of the keys; those past the valid ones are padding.
  let first = params.keys - min(params.keys, params.queries);
  let rows = min(params.queries, valid - min(valid, first));
  var seen = vec4<u32>(0u);
  var next = 0u;
  var total = vec2<u32>(0u);
  for (var i = 0u; i < rows; i++) {
    let limit = select(valid, min(valid, first + i + 1u), params.causal == 1u);
    for (; next < limit; next++) {
      seen += ones(k[(head * params.keys + next) * params.groups + word]);
    }
    let more = dot(ones(q[(head * params.queries + i) * params.groups + word]), seen);
    let low = total.x + more;
    total = vec2<u32>(low, total.y + select(0u, 1u, low < more));
  }
  charged[at] = total;
}
