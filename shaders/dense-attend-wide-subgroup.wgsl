enable subgroups;
// Dense attention as in dense-attend.wgsl, for processors whose subgroups hold at least LANES lanes: lanes share queries and keys.
// Grid: ceil(queries / 16) x sequences * heads workgroups of LANES lanes, 16 queries for all of them.
// Memory: registers and the stack only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, k, v as vec4 groups. Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-f32
//:use lib/dense-attend-bindings
//:use lib/selection-none
//:use lib/lanes
//:use lib/shared-attend-body
