requires packed_4x8_integer_dot_product;
// Attention with given scores as in score-attend.wgsl, on 8-bit v with its scale.
// Grid: ceil(query_count / 64) x sequences * heads workgroups of 64 lanes, a query a lane.
// Memory: registers only; 4 dimensions of v a word in rows padded to whole blocks of 32 dimensions.
// Reads scores, scales [3, sequences * heads], selection; scores and v only where a bit is set.
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-int8
//:use lib/score-attend-body
