// Keys whose estimate from upper nibbles reaches the threshold; the estimates themselves reach no memory.
// Grid: ceil(queries / 192) x head_count workgroups of 32 lanes, 6 queries a lane.
// Memory: registers only. Reads q and k as packed codes [head_count, tokens, groups], scales [3, head_count], thresholds
// [heads] in score units; with offsets those of the comparators [chips, heads, columns]; with padding lengths [sequences].
// Writes every word of selection [head_count, queries, ceil(keys / 32)] and counts [head_count, queries], guarded.
override IN_QUADS: u32 = 0u; // 1 where there is any noise

@group(0) @binding(0) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> k: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> thresholds: array<f32>;
@group(0) @binding(4) var<storage, read> lengths: array<u32>;
@group(0) @binding(5) var<storage, read> offsets: array<f32>;
@group(0) @binding(6) var<storage, read_write> selection: array<u32>;
@group(0) @binding(7) var<storage, read_write> counts: array<u32>;
@group(0) @binding(8) var<uniform> params: Params;

//:use lib/threshold-rows
//:use lib/nibble-codes-body
