// Linear layer: y[rows, columns] = act(x[rows, inner] * w[columns, inner]^T + bias), or y += that product.
// Grid: ceil(rows / 64) x ceil(columns / 64) x products workgroups of 64 lanes; a lane owns an 8 x 8 tile in named sums.
// Memory: no workgroup memory; 16 loads of vec4 feed 256 multiply-adds.
// Reads x and w as vec4 along inner (a multiple of 4), bias where BIAS is 1.
// Writes y, guarded; with ACCUMULATE 1 adds to what is there.
//:use lib/linear-bindings
//:use lib/gelu
//:use lib/linear-store

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row0 = group.x * 64u + (lane / 8u) * 8u;
  let column0 = group.y * 64u + (lane % 8u) * 8u;
  let inner4 = params.inner / 4u;
  let x0 = group.z * params.rows * inner4;
  let w0 = group.z * params.columns * inner4;
  let last_row = params.rows - 1u;
  let last_column = params.columns - 1u;
  //:for r in 0..8
  let xa${r} = x0 + min(row0 + ${r}u, last_row) * inner4;
  let wa${r} = w0 + min(column0 + ${r}u, last_column) * inner4;
  //:end
  //:for r in 0..8
  //:for c in 0..8
  var s${r}_${c} = 0.0;
  //:end
  //:end
  for (var k = 0u; k < inner4; k++) {
    //:for r in 0..8
    let a${r} = x[xa${r} + k];
    //:end
    //:for c in 0..8
    let b${c} = w[wa${c} + k];
    //:for r in 0..8
    s${r}_${c} += dot(a${r}, b${c});
    //:end
    //:end
  }
  var sums: array<f32, 64>;
  //:for r in 0..8
  //:for c in 0..8
  sums[${r}u * 8u + ${c}u] = s${r}_${c};
  //:end
  //:end
  for (var i = 0u; i < 64u; i++) {
    store(group.z, row0 + i / 8u, column0 + i % 8u, sums[i]);
  }
}
