// What every float32 linear layer is given: x [rows, inner] and w [columns, inner] as vec4 along inner, bias, y, and its options.
override BIAS: u32 = 1u;
override ACTIVATION: u32 = 0u; // 0 none, 1 GELU by tanh, 2 GELU by erf
override ACCUMULATE: u32 = 0u;

struct Params {
  rows: u32,
  columns: u32,
  inner: u32,
  y_stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;
