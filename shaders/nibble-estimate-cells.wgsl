// The estimates by which threshold-select-cells selects, with the same draws of read noise, in nibble units.
// Grid: ceil(query_count / 128) x head_count workgroups of 32 lanes, 4 queries a lane.
// Memory: registers only. Reads q as packed codes [head_count, queries, groups], and cells [head_count, keys, row_elements] or
// with variances behind each row.
// Writes scores [head_count, query_count, stride] in quads up to the last key that one of a lane's queries sees, guarded.
@group(0) @binding(0) var<storage, read> q: array<u32>;
@group(0) @binding(1) var<storage, read> cells: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> scores: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/put-estimates
//:use lib/nibble-cells-body
