enable subgroups;
diagnostic(off, subgroup_uniformity);
// Attention over the kept keys as in gather-attend.wgsl, by way of all keys: the selection masks the scores of dense attention.
// Grid: ceil(queries / 16) x sequences * heads workgroups of LANES lanes, 16 queries for all of them.
// Memory: registers and the stack only; float32 operands, finite, in rows padded to whole blocks of 32 dimensions.
// Reads q, k, v as vec4 groups, but no keys that all 16 queries leave out, and selection. Writes out, guarded.
//:use lib/operand-f32
//:use lib/dense-attend-bindings
//:use lib/selection-bits
//:use lib/lanes
//:use lib/shared-attend-body
