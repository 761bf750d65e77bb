// Exact attention within a span of tokens per head, causal or to both sides: out = softmax of scale * q k^T over it, times v.
// Grid: ceil(queries / 64) x sequences * heads workgroups of 32 lanes, 2 queries a lane.
// Memory: registers only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, spans [heads of a sequence]; k and v rows only where a query of the lanes that walk together sees them.
// Writes out [sequences * heads, queries, dim] and counts [sequences * heads, queries, 4], guarded.
//:use lib/operand-f32
//:use lib/span
//:use lib/span-attend-body
