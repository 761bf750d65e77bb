// What a selection catches: for every row the exact attention probability that falls on kept keys, and how many of the
// exact top keys were kept. A lane owns a row.
// Grid: ceil(rows / 64) workgroups of 64 lanes, folded; rows = heads * queries.
// Memory: none.
// Reads exact products [heads, queries, keys], selection and the exact top keys' selection [heads, queries, words].
// Writes quality [heads, queries, 4]: probability mass, hits, exact top keys, visible keys.
struct Params {
  heads: u32, // sequences * heads
  queries: u32,
  keys: u32,
  stride: u32,
  causal: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> selection: array<u32>;
@group(0) @binding(2) var<storage, read> best: array<u32>;
@group(0) @binding(3) var<storage, read_write> quality: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * count.x) * 64u + lane;
  if (row >= params.heads * params.queries) {
    return;
  }
  var visible = params.keys;
  if (params.causal == 1u) {
    visible = params.keys - params.queries + row % params.queries + 1u;
  }
  let words = (params.keys + 31u) / 32u;
  var top = -3.0e38;
  var total = 0.0;
  var caught = 0.0;
  var hits = 0u;
  var wanted = 0u;
  for (var w = 0u; w * 32u < visible; w++) {
    let bits = selection[row * words + w];
    let exact = best[row * words + w];
    hits += countOneBits(bits & exact);
    wanted += countOneBits(exact);
    for (var b = 0u; b < min(32u, visible - w * 32u); b++) {
      let score = products[row * params.stride + w * 32u + b] * params.scale;
      if (score > top) {
        let shrink = exp(top - score);
        total *= shrink;
        caught *= shrink;
        top = score;
      }
      let p = exp(score - top);
      total += p;
      caught += select(0.0, p, ((bits >> b) & 1u) == 1u);
    }
  }
  quality[row] = vec4<f32>(caught / total, f32(hits), f32(wanted), f32(visible));
}
