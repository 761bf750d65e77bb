// Programs target weights into the conductance (uS) of every physical cell, for a population of chips.
// Grid: ceil(cells / 256) workgroups of 64 lanes, folded into x and y, for each chip in z; a lane owns 4 consecutive cells.
// Memory: no workgroup memory. One random block per effect serves the 4 cells of a lane.
// Reads weights [rows, columns], columns beyond them being reference columns, which hold the weight 0; and the cell's curves.
// Writes conductance [chip, slice, side, row, physical column], each chip padded to whole vec4, guarded.
override MIDRANGE: u32 = 0u; // where the weight 0 is: 0 at the lowest conductance, 1 in the middle of the range
override OFFSET_CODE: u32 = 0u; // what is cut into digits: 0 the magnitude, 1 the code with its offset
override INTEGER: u32 = 0u; // 0 analog weights, 1 digits of integer weights

struct Params {
  rows: u32,
  columns: u32,
  physical_columns: u32,
  sides: u32,
  quads: u32,
  grid_x: u32,
  seed: u32,
  first_chip: u32,
  weight_step: f32,
  code_max: f32,
  digit_bits: u32,
  digit_max: u32,
  min_us: f32,
  span_us: f32,
  level_step: f32,
  level_max: f32,
  e0: f32,
  e1: f32,
  e2: f32,
  e3: f32,
  e4: f32,
  r0: f32,
  r1: f32,
  r2: f32,
  r3: f32,
  r4: f32,
  shift_us: f32,
  per_curve_us: f32,
  log_time: f32,
  slow_relative: f32,
  written_low: f32,
  written_high: f32,
  clamp_low: f32,
  clamp_high: f32,
  low_below: u32,
  high_below: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read_write> conductance: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> curves: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/rng
//:use lib/memory-cell

const STREAMS = vec3<u32>(1u, 2u, 3u); // programming, relaxation, faults

// Where the cell's target lies between the lowest (0) and the highest (1) conductance; `plane` counts slices and sides.
fn share_of(plane: u32, row: u32, column: u32) -> f32 {
  let weight = weights[row * params.columns + min(column, params.columns - 1u)];
  let scaled = select(0.0, weight, column < params.columns) / params.weight_step;
  let position = select(scaled, -scaled, (plane & (params.sides - 1u)) == 1u);
  if (INTEGER == 0u) {
    return select(clamp(position, 0.0, 1.0), 0.5 + 0.5 * clamp(position, -1.0, 1.0), MIDRANGE == 1u);
  }
  let slice = plane >> (params.sides - 1u);
  let code = clamp(round(position), -params.code_max, params.code_max);
  let magnitude = select(max(code, 0.0), abs(code), MIDRANGE == 1u);
  let stored = select(magnitude, code + params.code_max + 1.0, OFFSET_CODE == 1u);
  let digit = (u32(stored) >> min(slice * params.digit_bits, 31u)) & params.digit_max;
  let share = f32(digit) / f32(params.digit_max);
  return select(share, 0.5 + 0.5 * sign(code) * share, MIDRANGE == 1u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quad = (group.y * params.grid_x + group.x) * 64u + lane;
  if (quad >= params.quads) {
    return;
  }
  let chip = params.first_chip + group.z;
  // One division for 4 cells: integer division is slow on most adapters.
  let line = (quad * 4u) / params.physical_columns;
  var column = quad * 4u - line * params.physical_columns;
  var plane = line / params.rows;
  var row = line - plane * params.rows;
  //:for i in 0..4
  let share${i} = share_of(plane, row, column);
  column++;
  if (column == params.physical_columns) {
    column = 0u;
    row++;
  }
  if (row == params.rows) {
    row = 0u;
    plane++;
  }
  //:end
  let aim = target_us(vec4<f32>(share0, share1, share2, share3));
  conductance[group.z * params.quads + quad] = written_us(aim, chip, STREAMS, quad, 0u, quad);
}
