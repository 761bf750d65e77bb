// Drift compensation of products: each chip and column has a factor.
// Grid: ceil(inputs * columns / 64) workgroups of 64 lanes, folded into x and y, for each chip in z; a lane owns one product.
// Memory: no workgroup memory.
// Reads factors [all chips, columns].
// Writes the window's part of y [all chips, all inputs, columns], which is multiplied where it stands, guarded.
struct Params {
  columns: u32,
  inputs: u32,
  all_inputs: u32,
  first_input: u32,
  first_chip: u32,
  items: u32,
  grid_x: u32,
}

@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * params.grid_x + group.x) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let chip = params.first_chip + group.z;
  let first = (chip * params.all_inputs + params.first_input) * params.columns;
  y[first + item] *= factors[chip * params.columns + item % params.columns];
}
