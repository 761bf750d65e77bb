// Draws the capacitors of charge-domain arrays for the life of a chip, and gives each as its share of its line: what its bit
// adds to the shared voltage, over what it would add if all were nominal. A line are the cells of a column's plane.
// Grid: ceil(lines / 64) workgroups of 64 lanes, folded; a lane owns a column's 4 lines of a (chip, head).
// Memory: no workgroup memory. Reads nothing but parameters; one random block serves the 4 planes of a dimension.
// Writes shares [chips, heads, columns, row_elements, 4 planes], 0 past dim, guarded.
struct Params {
  chips: u32,
  heads: u32,
  columns: u32,
  dim: u32,
  row_elements: u32,
  seed: u32,
  first_chip: u32,
  mismatch: f32,
  parasitic: f32, // capacitance of the line itself over that of its cells
}

@group(0) @binding(0) var<storage, read_write> shares: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> params: Params;

//:use lib/rng

const CAPACITOR_MISMATCH = 20u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = (group.x + group.y * count.x) * 64u + lane;
  let lines = params.heads * params.columns; // of a chip
  if (line >= params.chips * lines) {
    return;
  }
  let chip = params.first_chip + line / lines;
  let first_element = (line % lines) * params.dim;
  let at = line * params.row_elements;
  var total = vec4<f32>(0.0);
  for (var n = 0u; n < params.dim; n++) {
    let draw = to_normals(random_words(params.seed, chip, CAPACITOR_MISMATCH, first_element + n, 0u));
    let capacitor = 1.0 + params.mismatch * draw;
    shares[at + n] = capacitor;
    total += capacitor;
  }
  let own = params.parasitic * f32(params.dim);
  let gain = (f32(params.dim) + own) / (total + own);
  for (var n = 0u; n < params.row_elements; n++) {
    if (n < params.dim) {
      shares[at + n] *= gain;
    } else {
      shares[at + n] = vec4<f32>(0.0);
    }
  }
}
