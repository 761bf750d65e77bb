// Dense attention, the yardstick: out = softmax(scale * q k^T) v over all visible keys, causal or not, by online softmax.
// Grid: ceil(queries / 64) x sequences * heads workgroups of 32 lanes, 2 queries a lane.
// Memory: registers only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, k, v as vec4 groups.
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-f32
//:use lib/dense-attend-bindings
//:use lib/dense-attend-body
