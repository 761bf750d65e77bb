// Dense attention as in dense-attend.wgsl for processors, where a load costs more than many multiply-adds.
// Grid: ceil(queries / 32) x sequences * heads workgroups of 8 lanes, 4 queries a lane.
// Memory: registers and the stack only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, k, v as vec4 groups.
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-f32
//:use lib/dense-attend-bindings
//:use lib/share-none
//:use lib/dense-attend-wide-body

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  attend(group, lane, 0u);
}
