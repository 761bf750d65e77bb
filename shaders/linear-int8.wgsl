requires packed_4x8_integer_dot_product;
// Linear layer on 8-bit codes: y[rows, columns] = act(x[rows, inner] * w[columns, inner]^T + bias), or y += that product.
// Grid: ceil(rows / 64) x ceil(columns / 64) workgroups of 64 lanes; a lane owns an 8 x 8 tile in named sums.
// Memory: no workgroup memory; 16 loads of 8 codes feed 128 packed products, summed exactly in i32.
// Reads x and w, 4 codes a word and 8 a vector (inner is padded with zeros), a scale per row of x and per column, bias where BIAS is 1.
// Writes y, guarded; with ACCUMULATE 1 adds to what is there.
override BIAS: u32 = 1u;
override ACTIVATION: u32 = 0u; // 0 none, 1 GELU by tanh, 2 GELU by erf
override ACCUMULATE: u32 = 0u;

struct Params {
  rows: u32,
  columns: u32,
  inner8: u32,
  y_stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read> row_scales: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> column_scales: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

//:use lib/gelu
//:use lib/linear-finish

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row0 = group.x * 64u + (lane / 8u) * 8u;
  let column0 = group.y * 64u + (lane % 8u) * 8u;
  let last_row = params.rows - 1u;
  let last_column = params.columns - 1u;
  //:for r in 0..8
  let xa${r} = min(row0 + ${r}u, last_row) * params.inner8;
  let wa${r} = min(column0 + ${r}u, last_column) * params.inner8;
  //:end
  //:for r in 0..8
  //:for c in 0..8
  var s${r}${c} = 0;
  //:end
  //:end
  for (var k = 0u; k < params.inner8; k++) {
    //:for r in 0..8
    let a${r} = x[xa${r} + k];
    //:end
    //:for c in 0..8
    {
      let b = w[wa${c} + k];
      //:for r in 0..8
      s${r}${c} += dot4I8Packed(a${r}.x, b.x) + dot4I8Packed(a${r}.y, b.y);
      //:end
    }
    //:end
  }
  //:for c in 0..8
  let scale${c} = column_scales[min(column0 + ${c}u, last_column)];
  //:end
  //:for r in 0..8
  let row_scale${r} = row_scales[min(row0 + ${r}u, last_row)];
  //:for c in 0..8
  put(row0 + ${r}u, column0 + ${c}u, f32(s${r}${c}) * (row_scale${r} * scale${c}));
  //:end
  //:end
  finish(row0, 8u, column0, 8u);
}
