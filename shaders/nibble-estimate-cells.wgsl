// The estimates by which threshold-select-cells selects, with the same draws of read noise, in nibble units.
// Grid: ceil(query_count / 128) x head_count workgroups of 32 lanes, 4 queries a lane.
// Memory: registers only. Reads q as packed codes [head_count, queries, groups], and cells [head_count, keys, row_elements] or
// with variances behind each row.
// Writes scores [head_count, query_count, stride] in quads up to the last key that one of a lane's queries sees, guarded.
@group(0) @binding(0) var<storage, read> q: array<u32>;
@group(0) @binding(1) var<storage, read> cells: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> scores: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/threshold-params
//:use lib/threshold
//:use lib/nibble-cells-body

fn visible_at(head_index: u32, query: u32) -> u32 {
  return visible_keys(own_key(query, params.queries, params.keys), params.keys, params.causal);
}

fn limit_at(head_index: u32) -> f32 {
  return 0.0;
}

fn offset_at(at: u32) -> f32 {
  return 0.0;
}

fn take(head_index: u32, query: u32, quad: u32, estimate: vec4<f32>, limit: f32, offset: vec4<f32>) -> u32 {
  let local = query - params.query_first;
  if (local < params.query_count) {
    scores[(head_index * params.query_count + local) * ((params.keys + 3u) / 4u) + quad] = estimate;
  }
  return 0u;
}

fn put_word(head_index: u32, query: u32, word: u32, reached: u32, visible: u32) -> u32 {
  return 0u;
}

fn put_count(head_index: u32, query: u32, count: u32) {}
