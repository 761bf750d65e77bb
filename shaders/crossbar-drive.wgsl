// Turns inputs into row voltages, one slice of the input per cycle, and adds up them and, for the read noise, their squares.
// Grid: ceil(cycles * inputs * tiles / 64) workgroups of 64 lanes, folded; a lane owns one tile of one input in one cycle.
// Memory: no workgroup memory.
// Reads x [all inputs, rows], from first_input on.
// Writes drive [cycle, input, tile row] in V, padding zero, and total in V and power in V^2 [cycle, tile, input], guarded.
override SERIAL: u32 = 0u; // 0 whole value, 1 slices of the magnitude with the sign as polarity
override NEGATIVE: u32 = 0u; // negative inputs: 0 of the other polarity, 1 in a second pass, 2 shifted to 0 or more

struct Params {
  rows: u32,
  inputs: u32,
  first_input: u32,
  tiles: u32,
  tile_rows: u32,
  longer_tiles: u32,
  tile_quads: u32,
  lanes: u32,
  grid_x: u32,
  volts_per_unit: f32,
  offset: f32,
  step: f32,
  codes: f32,
  rounding: u32,
  zero_code: f32,
  slice_bits: u32,
  slice_max: u32,
  volts_per_digit: f32,
  low: f32,
  high: f32,
  shift: f32,
  pass_cycles: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> drive: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> power: array<f32>;
@group(0) @binding(3) var<storage, read_write> total: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

//:use lib/converter

fn volts(value: vec4<f32>, cycle: u32) -> vec4<f32> {
  if (params.codes == 0.0 && NEGATIVE == 2u) {
    return max(value - params.shift, vec4<f32>(0.0)) * params.volts_per_unit;
  }
  if (params.codes == 0.0) {
    return value * params.volts_per_unit;
  }
  let grid = vec4<f32>(params.offset, params.step, params.codes, 0.0);
  let code = to_code(value, grid, params.rounding);
  if (SERIAL == 1u) {
    let signed_code = code - params.zero_code;
    let magnitude = vec4<u32>(abs(signed_code));
    let digit = (magnitude >> vec4<u32>(cycle * params.slice_bits)) & vec4<u32>(params.slice_max);
    return sign(signed_code) * vec4<f32>(digit) * params.volts_per_digit;
  }
  let driven = value_of(code, grid, vec2<f32>(params.low, params.high));
  return (driven - select(0.0, params.shift, NEGATIVE == 2u)) * params.volts_per_unit;
}

fn row_volts(value: vec4<f32>, cycle: u32) -> vec4<f32> {
  if (NEGATIVE != 1u) {
    return volts(value, cycle);
  }
  let v = volts(value, cycle % params.pass_cycles);
  return max(select(v, -v, cycle >= params.pass_cycles), vec4<f32>(0.0));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.lanes) {
    return;
  }
  let input = index % params.inputs;
  let line = index / params.inputs;
  let tile = line % params.tiles;
  let cycle = line / params.tiles;
  let row0 = tile * params.tile_rows + min(tile, params.longer_tiles);
  let end = min(row0 + params.tile_rows + select(0u, 1u, tile < params.longer_tiles), params.rows);
  let from0 = (params.first_input + input) * params.rows;
  let to0 = ((cycle * params.inputs + input) * params.tiles + tile) * params.tile_quads;
  let last = params.rows - 1u;
  var sum = vec4<f32>(0.0);
  var squares = vec4<f32>(0.0);
  for (var quad = 0u; quad < params.tile_quads; quad++) {
    let row = row0 + quad * 4u;
    let value = vec4<f32>(
      x[from0 + min(row, last)],
      x[from0 + min(row + 1u, last)],
      x[from0 + min(row + 2u, last)],
      x[from0 + min(row + 3u, last)],
    );
    let used = vec4<u32>(row, row + 1u, row + 2u, row + 3u) < vec4<u32>(end);
    let v = select(vec4<f32>(0.0), row_volts(value, cycle), used);
    drive[to0 + quad] = v;
    sum += v;
    squares += v * v;
  }
  total[index] = sum.x + sum.y + sum.z + sum.w;
  power[index] = squares.x + squares.y + squares.z + squares.w;
}
