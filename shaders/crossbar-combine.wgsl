// Lays conductances out for multiplication: what a column's current answers to, and the variance of a read that depends on them.
// Grid: ceil(blocks / 64) workgroups of 64 lanes, folded into x and y, for each chip in z; a lane owns 4 columns of a row.
// Memory: no workgroup memory.
// Reads conductance [chip, slice, side, row, physical column] as crossbar-program wrote it, the cell's curves, and with wires what these make of it.
// Writes difference G+ - G- (or G) in uS and variance of both cells in uS^2, [chip, slice, tile row, column block], padding zero.
override WIRES: u32 = 0u; // 1: currents answer to `effective`, and noise reaches them by `gain`

struct Params {
  rows: u32,
  physical_columns: u32,
  sides: u32,
  cells_stride: u32,
  tile_rows: u32,
  longer_tiles: u32,
  tile_stride: u32,
  padded_rows: u32,
  column_blocks: u32,
  blocks: u32,
  grid_x: u32,
  variance0: f32,
  variance1: f32,
  variance2: f32,
  per_curve_us: f32,
}

@group(0) @binding(0) var<storage, read> conductance: array<f32>;
@group(0) @binding(1) var<storage, read_write> difference: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> variance: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> curves: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> effective: array<f32>;
@group(0) @binding(5) var<storage, read> gain: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

//:use lib/cell-read

// What the current answers to in four columns, and the variance of that.
struct Cells {
  answer: vec4<f32>,
  variance: vec4<f32>,
}

fn cells(plane: u32, side: u32, row: u32, column: u32) -> Cells {
  let line = plane + (side * params.rows + row) * params.physical_columns;
  let inside = vec4<u32>(column, column + 1u, column + 2u, column + 3u) < vec4<u32>(params.physical_columns);
  let at = line + min(vec4<u32>(column, column + 1u, column + 2u, column + 3u), vec4<u32>(params.physical_columns - 1u));
  let own = vec4<f32>(conductance[at.x], conductance[at.y], conductance[at.z], conductance[at.w]);
  var result = Cells(own, vec4<f32>(0.0));
  if (VARIANCE != 0u) {
    result.variance = read_variance(own);
  }
  if (WIRES == 1u) {
    let part = vec4<f32>(gain[at.x], gain[at.y], gain[at.z], gain[at.w]);
    result.answer = vec4<f32>(effective[at.x], effective[at.y], effective[at.z], effective[at.w]);
    result.variance *= part * part;
  }
  let none = vec4<f32>(0.0);
  return Cells(select(none, result.answer, inside), select(none, result.variance, inside));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quad = (group.y * params.grid_x + group.x) * 64u + lane;
  if (quad >= params.blocks) {
    return;
  }
  let column = (quad % params.column_blocks) * 4u;
  let line = quad / params.column_blocks;
  let padded_row = line % params.padded_rows;
  let slice = line / params.padded_rows;
  let inside = padded_row % params.tile_stride;
  let tile = padded_row / params.tile_stride;
  let row = tile * params.tile_rows + min(tile, params.longer_tiles) + inside;
  let tile_rows = params.tile_rows + select(0u, 1u, tile < params.longer_tiles);
  var one = Cells(vec4<f32>(0.0), vec4<f32>(0.0));
  var other = one;
  if (inside < tile_rows && row < params.rows) {
    let plane = group.z * params.cells_stride + slice * params.sides * params.rows * params.physical_columns;
    one = cells(plane, 0u, row, column);
    if (params.sides == 2u) {
      other = cells(plane, 1u, row, column);
    }
  }
  let at = group.z * params.blocks + quad;
  difference[at] = one.answer - other.answer;
  if (VARIANCE != 0u) {
    variance[at] = one.variance + other.variance;
  }
}
