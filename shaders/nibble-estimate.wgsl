// The estimates by which threshold-select selects, in nibble units and exact.
// Grid: ceil(query_count / 192) x head_count workgroups of 32 lanes, 6 queries a lane.
// Memory: registers only. Reads q and k as packed codes [head_count, tokens, groups].
// Writes scores [head_count, query_count, stride] in quads up to the last key that one of a lane's queries sees, guarded.
@group(0) @binding(0) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> k: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> scores: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/put-estimates
//:use lib/nibble-codes-body
