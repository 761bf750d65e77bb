// Takes away in digits what an array adds to its products, the offset of its weights times the sum of the inputs, and adds what
// shifted inputs lack, a constant per column.
// Grid: ceil(items / 64) workgroups of 64 lanes, folded into x and y, for each chip in z; a lane owns one output.
// Memory: no workgroup memory.
// Reads total [cycle, tile, input], the sums of the row voltages, and constants [column].
// Reads and writes y [all chips, all inputs, columns] for the window's chips and inputs, guarded.
override CONSTANTS: u32 = 0u;

struct Params {
  columns: u32,
  inputs: u32,
  all_inputs: u32,
  first_input: u32,
  first_chip: u32,
  cycles: u32,
  pass_cycles: u32,
  tiles: u32,
  items: u32,
  grid_x: u32,
  offset_per_volt: f32,
  cycle_radix: f32,
}

@group(0) @binding(0) var<storage, read> total: array<f32>;
@group(0) @binding(1) var<storage, read> constants: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.items) {
    return;
  }
  let input = index / params.columns;
  var sum = 0.0;
  var weight = params.offset_per_volt;
  for (var cycle = 0u; cycle < params.cycles; cycle++) {
    if (cycle == params.pass_cycles) {
      weight = -params.offset_per_volt;
    }
    var volts = 0.0;
    for (var tile = 0u; tile < params.tiles; tile++) {
      volts += total[(cycle * params.tiles + tile) * params.inputs + input];
    }
    sum += weight * volts;
    weight *= params.cycle_radix;
  }
  let chip = params.first_chip + group.z;
  let at = (chip * params.all_inputs + params.first_input) * params.columns + index;
  if (CONSTANTS == 1u) {
    sum -= constants[index % params.columns];
  }
  y[at] -= sum;
}
