// Attention with given scores: out = softmax of scale * scale_q * scale_k * score over the set bits of the selection, times v.
// Grid: ceil(query_count / 64) x sequences * heads workgroups of 64 lanes, a query a lane.
// Memory: registers only; v float32 in rows padded to whole blocks of 32 dimensions.
// Reads scores [sequences * heads, query_count, stride], scales [3, sequences * heads]; scores and v only where a bit is set
// in selection [sequences * heads, queries, ceil(keys / 32)].
// Writes out [sequences * heads, queries, dim], guarded.
@group(0) @binding(6) var<storage, read> scales: array<f32>;

//:use lib/operand-f32
//:use lib/score-attend-body
