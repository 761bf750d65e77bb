// Sums what is joined before conversion: the passes of an input with opposite signs, its slices with binary weights.
// Grid: ceil(items / 64) workgroups of 64 lanes, folded into x and y, for each line (chip and slice of the weight) in z; a lane
// owns one value of one conversion.
// Memory: no workgroup memory.
// Reads cycle_values [line, cycle, value] and writes joined [line, conversion, value], guarded.
override SQUARED: u32 = 0u; // weights: 0 as they are, for currents; 1 squared, for variances

struct Params {
  items: u32,
  grid_x: u32,
  values: u32,
  cycles: u32,
  slices: u32,
  conversions_per_pass: u32,
  joined_passes: u32,
  joined_slices: u32,
  first_weight: f32,
  radix: f32,
}

@group(0) @binding(0) var<storage, read> cycle_values: array<f32>;
@group(0) @binding(1) var<storage, read_write> joined: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.items) {
    return;
  }
  let conversion = index / params.values;
  let value = index % params.values;
  // Where passes are joined there is one row of conversions, that of the first pass.
  let cycle0 = (conversion / params.conversions_per_pass) * params.slices
    + select(conversion % params.conversions_per_pass, 0u, params.joined_slices > 1u);
  var sum = 0.0;
  for (var pass_index = 0u; pass_index < params.joined_passes; pass_index++) {
    var weight = select(params.first_weight, -params.first_weight, pass_index == 1u);
    let from0 = group.z * params.cycles + cycle0 + pass_index * params.slices;
    for (var slice = 0u; slice < params.joined_slices; slice++) {
      let own = cycle_values[(from0 + slice) * params.values + value];
      sum += select(weight, weight * weight, SQUARED == 1u) * own;
      weight *= params.radix;
    }
  }
  joined[group.z * params.items + index] = sum;
}
