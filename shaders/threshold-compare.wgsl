// Keys whose score reaches the threshold, for scores that are already in memory.
// Grid: ceil(head_count * query_count / 64) workgroups of 64 lanes, folded; a lane owns a row.
// Memory: registers only. Reads scores [head_count, query_count, stride], and scales, thresholds, lengths and offsets as
// threshold-select does.
// Writes every word of selection [head_count, queries, ceil(keys / 32)] and counts [head_count, queries] of its queries.

@group(0) @binding(0) var<storage, read> scores: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read> thresholds: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<u32>;
@group(0) @binding(4) var<storage, read> offsets: array<f32>;
@group(0) @binding(5) var<storage, read_write> selection: array<u32>;
@group(0) @binding(6) var<storage, read_write> counts: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

//:use lib/threshold-rows

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * count.x) * 64u + lane;
  if (row >= params.head_count * params.query_count) {
    return;
  }
  let head_index = row / params.query_count;
  let query = params.query_first + row % params.query_count;
  let visible = visible_at(head_index, query);
  let limit = limit_at(head_index);
  let comparators = comparators_of(head_index);
  let quads = (params.keys + 3u) / 4u;
  var column = 0u;
  var kept = 0u;
  for (var word = 0u; word < (params.keys + 31u) / 32u; word++) {
    var reached = 0u;
    var bit = 1u;
    for (var quad = 8u * word; quad < min(8u * word + 8u, (visible + 3u) / 4u); quad++) {
      var shifts = vec4<f32>(0.0);
      //:for i in 0..4
      shifts[${i}] = offset_at(comparators + column);
      column = select(column + 1u, 0u, column + 1u == params.columns);
      //:end
      reached += bit * take(head_index, query, quad, scores[row * quads + quad], limit, shifts);
      bit *= 16u;
    }
    kept += put_word(head_index, query, word, reached, visible);
  }
  put_count(head_index, query, kept);
}
