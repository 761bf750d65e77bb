// Reads crossbar columns out: read noise, conversion, reference column, and the sum over tiles, slices and cycles.
// Grid: ceil(items / 64) workgroups of 64 lanes, folded into x and y, for each chip in z; a lane of main owns 4 columns of
// one input, a lane of main_reference the reference column of one (slice, cycle, tile, column tile, input).
// Memory: no workgroup memory.
// Reads current and spread [chip, slice, cycle, tile, input, column block], power [cycle, tile, input], grids [slice] as
// (offset, step, codes, 0) and (least, largest value, 0, 0), converters where they are circuits. Writes reference [chip, slice, cycle, tile, column tile, input]; y [all chips, all inputs, columns], guarded.
override NOISE: u32 = 0u; // read noise: 0 none, 1 the same for every cell, 2 by the conductance
override REFERENCE: u32 = 0u; // reference columns: 0 none, 1 one, 2 one per tile of columns
override CIRCUIT: u32 = 0u; // converters: 0 ideal, 1 ramp, 2 successive approximation, 3 stages

struct Params {
  columns: u32,
  column_blocks: u32,
  inputs: u32,
  all_inputs: u32,
  first_input: u32,
  first_chip: u32,
  slices: u32,
  cycles: u32,
  pass_cycles: u32,
  tiles: u32,
  column_tiles: u32,
  tile_columns: u32,
  longer_tiles: u32,
  items: u32,
  grid_x: u32,
  seed: u32,
  chip_index: u32,
  event: u32,
  rounding: u32,
  cell_variance: f32,
  unit: f32,
  slice_radix: f32,
  cycle_radix: f32,
  bits: u32,
  converter_stride: u32,
}

@group(0) @binding(0) var<storage, read> current: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> spread: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> power: array<f32>;
@group(0) @binding(3) var<storage, read> grids: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> reference: array<f32>;
@group(0) @binding(5) var<storage, read> reference_in: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;
@group(0) @binding(8) var<storage, read> converters: array<vec4<f32>>;

//:use lib/rng
//:use lib/converter
//:use lib/converter-circuit

// Code of columns 4 * quad .. in a slice and tile; `bank` counts (chip, slice, tile).
fn converted(value: vec4<f32>, grid: vec4<f32>, bank: u32, quad: u32) -> vec4<f32> {
  if (CIRCUIT == 0u) {
    return to_code(value, grid, params.rounding);
  }
  let position = (value - grid.x) / grid.y;
  let x = clamp((2.0 * position + 1.0 - grid.z) / grid.z, vec4<f32>(-1.0), vec4<f32>(1.0));
  let first = bank * params.converter_stride;
  if (CIRCUIT == 1u) {
    return ramp_code(x, first + quad, first + params.column_blocks, params.bits);
  }
  if (CIRCUIT == 2u) {
    return sar_code(x, first + quad, params.column_blocks, params.bits);
  }
  return staged_code(x, first + quad, params.column_blocks, params.bits);
}

// Columns 4 * quad .. of one conversion: `part` counts (slice, cycle, tile).
fn sample(chip: u32, part: u32, input: u32, quad: u32) -> vec4<f32> {
  let parts = params.slices * params.cycles * params.tiles;
  let line = (chip * parts + part) * params.inputs + input;
  let at = line * params.column_blocks + quad;
  var value = current[at];
  if (NOISE != 0u) {
    var variance = vec4<f32>(0.0);
    if (NOISE == 1u) {
      variance += params.cell_variance * power[(part % (params.cycles * params.tiles)) * params.inputs + input];
    } else {
      variance = spread[at];
    }
    let words = random_words(
      params.seed,
      params.chip_index + chip,
      4u,
      part * params.column_blocks + quad,
      params.event + input,
    );
    value += sqrt(variance) * to_normals(words);
  }
  let slice = part / (params.cycles * params.tiles);
  let grid = grids[2u * slice];
  if (grid.z > 0.0) {
    let bank = ((params.first_chip + chip) * params.slices + slice) * params.tiles + part % params.tiles;
    value = value_of(converted(value, grid, bank, quad), grid, grids[2u * slice + 1u].xy);
  }
  return value;
}

@compute @workgroup_size(64)
fn main_reference(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.items) {
    return;
  }
  let line = index / params.inputs;
  let column = params.columns + line % params.column_tiles;
  let value = sample(group.z, line / params.column_tiles, index % params.inputs, column / 4u);
  reference[group.z * params.items + index] = value[column % 4u];
}

// Tiles that hold the columns from `column` on.
fn column_tiles_of(column: u32) -> vec4<u32> {
  let columns = vec4<u32>(column, column + 1u, column + 2u, column + 3u);
  let in_longer = params.longer_tiles * (params.tile_columns + 1u);
  let beyond = params.longer_tiles + (max(columns, vec4<u32>(in_longer)) - in_longer) / params.tile_columns;
  let tiles = select(beyond, columns / (params.tile_columns + 1u), columns < vec4<u32>(in_longer));
  return min(tiles, vec4<u32>(params.column_tiles - 1u));
}

fn references(line: u32, input: u32, column_tile: vec4<u32>) -> vec4<f32> {
  let first = line * params.column_tiles;
  if (REFERENCE == 1u) {
    return vec4<f32>(reference_in[first * params.inputs + input]);
  }
  let at = (first + column_tile) * params.inputs + input;
  return vec4<f32>(reference_in[at.x], reference_in[at.y], reference_in[at.z], reference_in[at.w]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.items) {
    return;
  }
  let output_blocks = (params.columns + 3u) / 4u;
  let quad = index % output_blocks;
  let input = index / output_blocks;
  let parts = params.slices * params.cycles * params.tiles;
  var column_tile = vec4<u32>(0u);
  if (REFERENCE == 2u) {
    column_tile = column_tiles_of(quad * 4u);
  }
  var sum = vec4<f32>(0.0);
  var part = 0u;
  var slice_weight = params.unit;
  for (var slice = 0u; slice < params.slices; slice++) {
    var weight = slice_weight;
    for (var cycle = 0u; cycle < params.cycles; cycle++) {
      if (cycle == params.pass_cycles) {
        weight = -slice_weight; // The second pass holds the negative parts.
      }
      var tiles = vec4<f32>(0.0);
      for (var tile = 0u; tile < params.tiles; tile++) {
        tiles += sample(group.z, part, input, quad);
        if (REFERENCE != 0u) {
          tiles -= references(group.z * parts + part, input, column_tile);
        }
        part++;
      }
      sum += weight * tiles;
      weight *= params.cycle_radix;
    }
    slice_weight *= params.slice_radix;
  }
  let column = quad * 4u;
  let to = ((params.first_chip + group.z) * params.all_inputs + params.first_input + input) * params.columns + column;
  y[to] = sum.x;
  if (column + 1u < params.columns) {
    y[to + 1u] = sum.y;
  }
  if (column + 2u < params.columns) {
    y[to + 2u] = sum.z;
  }
  if (column + 3u < params.columns) {
    y[to + 3u] = sum.w;
  }
}
