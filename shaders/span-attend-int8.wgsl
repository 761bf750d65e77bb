requires packed_4x8_integer_dot_product;
// Exact attention within a span as in span-attend.wgsl, on 8-bit operands.
// Grid: ceil(queries / 64) x sequences * heads workgroups of 32 lanes, 2 queries a lane.
// Memory: registers only; 4 dimensions a word in rows padded to whole blocks of 32 dimensions.
// Reads q, spans, scales [3, sequences * heads]; k and v rows only where a query of the lanes that walk together sees them.
// Writes out [sequences * heads, queries, dim] and counts [sequences * heads, queries, 4], guarded.
//:use lib/operand-int8
//:use lib/span
//:use lib/span-attend-body
