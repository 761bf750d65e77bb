// Reads every cell of an array, one wordline after the other, for drift compensation: what a column's weights add up to in magnitude.
// Grid: ceil(column blocks / 64) workgroups of 64 lanes for each chip in z; a lane owns 4 columns.
// Memory: no workgroup memory; with noise a random block for 4 cells.
// Reads conductance [chip, slice, side, row, physical column] in uS, the cell's curves, and offsets (uS) [slice].
// Writes sums [chip, column block * 4]: over rows, of |sum over slices of radix^slice x (G+ - G-, G - Gref or G - offset)|, guarded.
override NOISE: u32 = 0u;
override REFERENCE: u32 = 0u; // reference columns: 0 none, 1 one per tile of columns

struct Params {
  rows: u32,
  columns: u32,
  physical_columns: u32,
  sides: u32,
  slices: u32,
  cells_stride: u32,
  column_blocks: u32,
  output_blocks: u32,
  tile_columns: u32,
  longer_tiles: u32,
  seed: u32,
  chip_index: u32,
  event: u32,
  radix: f32,
  variance0: f32,
  variance1: f32,
  variance2: f32,
  per_curve_us: f32,
  read_low: f32,
  read_high: f32,
}

@group(0) @binding(0) var<storage, read> conductance: array<f32>;
@group(0) @binding(1) var<storage, read> curves: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> offsets: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

//:use lib/rng
//:use lib/cell-noisy-read

const DRIFT_READOUT = 25u;

// G+ - G- (or G) of physical columns 4 * quad .. of a row, as this read sees them.
fn seen(chip: u32, slice: u32, row: u32, quad: u32) -> vec4<f32> {
  let column0 = quad * 4u;
  let column = vec4<u32>(column0, column0 + 1u, column0 + 2u, column0 + 3u);
  let held = min(column, vec4<u32>(params.physical_columns - 1u));
  var sum = vec4<f32>(0.0);
  for (var side = 0u; side < params.sides; side++) {
    let line = (slice * params.sides + side) * params.rows + row;
    let at = chip * params.cells_stride + line * params.physical_columns;
    var g = vec4<f32>(
      conductance[at + held.x],
      conductance[at + held.y],
      conductance[at + held.z],
      conductance[at + held.w],
    );
    if (NOISE == 1u) {
      let element = line * params.column_blocks + quad;
      let words = random_words(params.seed, params.chip_index + chip, DRIFT_READOUT, element, params.event + row);
      g = read_us(g, words);
    }
    sum += select(g, -g, side == 1u);
  }
  return sum;
}

// The reference column that belongs to a column.
fn reference_of(column: u32) -> u32 {
  let in_longer = params.longer_tiles * (params.tile_columns + 1u);
  if (column < in_longer) {
    return params.columns + column / (params.tile_columns + 1u);
  }
  return params.columns + params.longer_tiles + (column - in_longer) / params.tile_columns;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quad = group.x * 64u + lane;
  if (quad >= params.output_blocks) {
    return;
  }
  var sum = vec4<f32>(0.0);
  for (var row = 0u; row < params.rows; row++) {
    var weight = vec4<f32>(0.0);
    var scale = 1.0;
    for (var slice = 0u; slice < params.slices; slice++) {
      var own = seen(group.z, slice, row, quad) - offsets[slice];
      if (REFERENCE == 1u) {
        for (var i = 0u; i < 4u; i++) {
          let column = reference_of(min(quad * 4u + i, params.columns - 1u));
          own[i] -= seen(group.z, slice, row, column / 4u)[column % 4u];
        }
      }
      weight += scale * own;
      scale *= params.radix;
    }
    sum += abs(weight);
  }
  sums[group.z * params.output_blocks + quad] = sum;
}
