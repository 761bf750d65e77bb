enable subgroups;
// Linear layer as in linear-wide.wgsl, for processors whose subgroups hold at least SHARE lanes: lanes load different rows of x
// and share them by broadcast, so that a load feeds 64 (of x, shared by 4) or 128 (of w) multiply-adds and more.
// Grid: ceil(rows / 32) x ceil(columns / 64) x products workgroups of 8 lanes; a lane owns 32 rows x 8 columns in named sums.
// Memory: no workgroup memory. Reads x, w as vec4 along inner, bias where BIAS is 1. Writes y, guarded.
override SHARE: u32 = 4u; // lanes that share rows, 4 or 8

//:use lib/linear-bindings
//:use lib/gelu
//:use lib/linear-store

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
  let row0 = group.x * 32u;
  let column0 = group.y * 64u + lane * 8u;
  let inner4 = params.inner / 4u;
  let x0 = group.z * params.rows * inner4;
  let w0 = group.z * params.columns * inner4;
  let last_row = params.rows - 1u;
  let last_column = params.columns - 1u;
  // Of 8 rows at a time a lane loads two, 4 apart, where 4 share, and one where 8 do.
  //:for e in 0..4
  //:for h in 0..2
  let xa${e}${h} = x0 + min(row0 + ${e}u * 8u + ${h}u * 4u + subgroup_lane % SHARE, last_row) * inner4;
  //:end
  //:end
  //:for c in 0..8
  let wa${c} = w0 + min(column0 + ${c}u, last_column) * inner4;
  //:end
  //:for e in 0..4
  //:for h in 0..2
  //:for j in 0..4
  //:for c in 0..8
  var s${e}${h}${j}${c} = 0.0;
  //:end
  //:end
  //:end
  //:end
  for (var k = 0u; k < inner4; k++) {
    //:for c in 0..8
    let b${c} = w[wa${c} + k];
    //:end
    //:for e in 0..4
    let shared${e}0 = x[xa${e}0 + k];
    var shared${e}1 = shared${e}0;
    if (SHARE == 4u) {
      shared${e}1 = x[xa${e}1 + k];
    }
    //:for h in 0..2
    //:for j in 0..4
    // The lane must be a constant, which an override is not.
    var a${e}${h}${j} = vec4<f32>();
    if (SHARE == 4u) {
      a${e}${h}${j} = subgroupBroadcast(shared${e}${h}, ${j}u);
    } else {
      a${e}${h}${j} = subgroupBroadcast(shared${e}0, ${h}u * 4u + ${j}u);
    }
    //:for c in 0..8
    s${e}${h}${j}${c} += dot(a${e}${h}${j}, b${c});
    //:end
    //:end
    //:end
    //:end
  }
  var sums: array<f32, 256>;
  //:for e in 0..4
  //:for h in 0..2
  //:for j in 0..4
  //:for c in 0..8
  sums[(${e}u * 8u + ${h}u * 4u + ${j}u) * 8u + ${c}u] = s${e}${h}${j}${c};
  //:end
  //:end
  //:end
  //:end
  // 256, but not known to the compiler: Mesa unrolls the loop otherwise, and compiles it for minutes.
  let count = min(256u, params.inner * 64u);
  for (var i = 0u; i < count; i++) {
    store(group.z, row0 + i / 8u, column0 + i % 8u, sums[i]);
  }
}
