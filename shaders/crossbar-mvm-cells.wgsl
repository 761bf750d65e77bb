// Column currents of a crossbar (uA) with a deviation of its own in every cell at every read: what lumped noise is checked against.
// Grid: ceil(inputs * column blocks / 64) workgroups of 64 lanes, folded into x and y, z = chips * slices * cycles * tiles; a lane owns 4 columns of an input.
// Memory: no workgroup memory; one random block serves the 4 cells of a row and side.
// Reads drive [cycle, input, tile row] in V, conductance [chip, slice, side, row, physical column] in uS, and the cell's curves.
// Writes current [chip, slice, cycle, tile, input, column block], guarded.
struct Params {
  rows: u32,
  physical_columns: u32,
  sides: u32,
  cells_stride: u32,
  inputs: u32,
  first_chip: u32,
  slices: u32,
  cycles: u32,
  tiles: u32,
  tile_rows: u32,
  longer_tiles: u32,
  tile_quads: u32,
  column_blocks: u32,
  items: u32,
  grid_x: u32,
  seed: u32,
  chip_index: u32,
  event: u32,
  variance0: f32,
  variance1: f32,
  variance2: f32,
  per_curve_us: f32,
  read_low: f32,
  read_high: f32,
}

@group(0) @binding(0) var<storage, read> drive: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> conductance: array<f32>;
@group(0) @binding(2) var<storage, read> curves: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> current: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

//:use lib/rng
//:use lib/cell-noisy-read

const CELL_READ_NOISE = 19u;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let item = (group.y * params.grid_x + group.x) * 64u + lane;
  if (item >= params.items) {
    return;
  }
  let quad = item % params.column_blocks;
  let input = item / params.column_blocks;
  let tile = group.z % params.tiles;
  let cycle = (group.z / params.tiles) % params.cycles;
  let slice = (group.z / (params.tiles * params.cycles)) % params.slices;
  let chip = group.z / (params.tiles * params.cycles * params.slices);
  let volts0 = ((cycle * params.inputs + input) * params.tiles + tile) * params.tile_quads;
  let first = tile * params.tile_rows + min(tile, params.longer_tiles);
  let end = min(first + params.tile_rows + select(0u, 1u, tile < params.longer_tiles), params.rows);
  let column0 = quad * 4u;
  let column = vec4<u32>(column0, column0 + 1u, column0 + 2u, column0 + 3u);
  let held = min(column, vec4<u32>(params.physical_columns - 1u));
  let cells0 = (params.first_chip + chip) * params.cells_stride;
  var sum = vec4<f32>(0.0);
  for (var row = first; row < end; row++) {
    let volts = drive[volts0 + (row - first) / 4u][(row - first) % 4u];
    var seen = vec4<f32>(0.0);
    for (var side = 0u; side < params.sides; side++) {
      let line = (slice * params.sides + side) * params.rows + row;
      let at = cells0 + line * params.physical_columns;
      let g = vec4<f32>(
        conductance[at + held.x],
        conductance[at + held.y],
        conductance[at + held.z],
        conductance[at + held.w],
      );
      let element = (cycle * params.slices * params.sides * params.rows + line) * params.column_blocks + quad;
      let words = random_words(params.seed, params.chip_index + chip, CELL_READ_NOISE, element, params.event + input);
      let one = read_us(g, words);
      seen += select(one, -one, side == 1u);
    }
    sum += volts * seen;
  }
  let past = column >= vec4<u32>(params.physical_columns);
  current[(group.z * params.inputs + input) * params.column_blocks + quad] = select(sum, vec4<f32>(0.0), past);
}
