// Linear layer as in linear.wgsl for processors, where a load costs more than many multiply-adds and the stack holds any tile.
// Grid: ceil(rows / 64) x ceil(columns / 64) x products workgroups of 16 lanes; a lane owns a 16 x 16 tile in named sums.
// Memory: no workgroup memory; 32 loads of vec4 feed 1024 multiply-adds.
// Reads x and w as vec4 along inner (a multiple of 4), bias where BIAS is 1.
// Writes y, guarded; with ACCUMULATE 1 adds to what is there.
//:use lib/linear-bindings
//:use lib/gelu
//:use lib/linear-store

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row0 = group.x * 64u + (lane / 4u) * 16u;
  let column0 = group.y * 64u + (lane % 4u) * 16u;
  let inner4 = params.inner / 4u;
  let x0 = group.z * params.rows * inner4;
  let w0 = group.z * params.columns * inner4;
  let last_row = params.rows - 1u;
  let last_column = params.columns - 1u;
  //:for r in 0..16
  let xa${r} = x0 + min(row0 + ${r}u, last_row) * inner4;
  let wa${r} = w0 + min(column0 + ${r}u, last_column) * inner4;
  //:end
  //:for r in 0..16
  //:for c in 0..16
  var s${r}_${c} = 0.0;
  //:end
  //:end
  for (var k = 0u; k < inner4; k++) {
    //:for r in 0..16
    let a${r} = x[xa${r} + k];
    //:end
    //:for c in 0..16
    let b${c} = w[wa${c} + k];
    //:for r in 0..16
    s${r}_${c} += dot(a${r}, b${c});
    //:end
    //:end
  }
  var sums: array<f32, 256>;
  //:for r in 0..16
  //:for c in 0..16
  sums[${r}u * 16u + ${c}u] = s${r}_${c};
  //:end
  //:end
  // 256, but not known to the compiler: Mesa unrolls the loop otherwise, and compiles it for minutes.
  let count = min(256u, params.inner * 64u);
  for (var i = 0u; i < count; i++) {
    store(group.z, row0 + i / 16u, column0 + i % 16u, sums[i]);
  }
}
