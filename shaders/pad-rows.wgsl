// Copies rows into rows of another width, zeros past the old end.
// Grid: folded, 64 elements of the result a workgroup.
// Memory: none. Reads x [rows, from].
// Writes y [rows, to].
// Loads are plain f32.
struct Params {
  rows: u32,
  from_width: u32,
  to_width: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * count.x) * 64u + lane;
  if (i >= params.rows * params.to_width) {
    return;
  }
  let row = i / params.to_width;
  let column = i % params.to_width;
  var value = 0.0;
  if (column < params.from_width) {
    value = x[row * params.from_width + column];
  }
  y[i] = value;
}
