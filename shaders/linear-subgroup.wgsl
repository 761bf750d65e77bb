enable subgroups;
// Linear layer as in linear.wgsl, for adapters whose subgroups hold at least 4 lanes: lanes load different rows of x and
// share them by broadcast, which halves the loads.
// Grid: ceil(rows / 16) x ceil(columns / 256) x products workgroups of 64 lanes; a lane owns 16 rows x 4 columns.
// Memory: no workgroup memory. Reads x, w as vec4 along inner, bias where BIAS is 1. Writes y, guarded.
//:use lib/linear-bindings
//:use lib/gelu
//:use lib/linear-store

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
  let row0 = group.x * 16u;
  let column0 = group.y * 256u + lane * 4u;
  let inner4 = params.inner / 4u;
  let x0 = group.z * params.rows * inner4;
  let w0 = group.z * params.columns * inner4;
  let last_row = params.rows - 1u;
  let last_column = params.columns - 1u;
  let quarter = subgroup_lane % 4u;
  //:for q in 0..4
  let xa${q} = x0 + min(row0 + ${q}u * 4u + quarter, last_row) * inner4;
  //:end
  //:for c in 0..4
  let wa${c} = w0 + min(column0 + ${c}u, last_column) * inner4;
  //:end
  //:for q in 0..4
  //:for j in 0..4
  //:for c in 0..4
  var s${q}${j}${c} = 0.0;
  //:end
  //:end
  //:end
  for (var k = 0u; k < inner4; k++) {
    //:for c in 0..4
    let b${c} = w[wa${c} + k];
    //:end
    //:for q in 0..4
    let shared${q} = x[xa${q} + k];
    //:for j in 0..4
    let a${q}${j} = subgroupBroadcast(shared${q}, ${j}u);
    //:for c in 0..4
    s${q}${j}${c} += dot(a${q}${j}, b${c});
    //:end
    //:end
    //:end
  }
  var sums: array<f32, 64>;
  //:for q in 0..4
  //:for j in 0..4
  //:for c in 0..4
  sums[(${q}u * 4u + ${j}u) * 4u + ${c}u] = s${q}${j}${c};
  //:end
  //:end
  //:end
  for (var i = 0u; i < 64u; i++) {
    store(group.z, row0 + i / 4u, column0 + i % 4u, sums[i]);
  }
}
