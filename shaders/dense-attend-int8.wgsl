requires packed_4x8_integer_dot_product;
// Dense attention as in dense-attend.wgsl on 8-bit operands: exact integer scores, float32 softmax, float32 sums.
// Grid: ceil(queries / 64) x sequences * heads workgroups of 32 lanes, 2 queries a lane.
// Memory: registers only; 4 dimensions a word in rows padded to whole blocks of 32 dimensions.
// Reads q, k, v as words, scales [3, sequences * heads].
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-int8
//:use lib/dense-attend-bindings
//:use lib/dense-attend-body
