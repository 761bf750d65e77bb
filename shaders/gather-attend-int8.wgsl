requires packed_4x8_integer_dot_product;
// Exact attention over the kept keys as in gather-attend.wgsl, on 8-bit operands.
// Grid: ceil(queries / 64) x sequences * heads workgroups of 64 lanes, a query a lane.
// Memory: registers only; 4 dimensions a word in rows padded to whole blocks of 32 dimensions.
// Reads q, selection, scales [3, sequences * heads]; k and v rows only where a bit is set.
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-int8
//:use lib/gather-attend-bindings
//:use lib/gather-attend-body
