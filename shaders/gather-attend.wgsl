// Exact attention over the kept keys only: out = softmax of scale * q k^T over the set bits of the selection, times v.
// Grid: ceil(queries / 64) x sequences * heads workgroups of 64 lanes, a query a lane.
// Memory: registers only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, selection [sequences * heads, queries, ceil(keys / 32)]; k and v rows only where a bit is set.
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-f32
//:use lib/gather-attend-bindings
//:use lib/gather-attend-body
