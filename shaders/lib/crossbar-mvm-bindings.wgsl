// What both column current kernels bind, and where a z index (chip, slice, cycle, tile) begins.

struct Params {
  rows: u32,
  inputs: u32,
  first_chip: u32,
  slices: u32,
  cycles: u32,
  tiles: u32,
  tile_rows: u32,
  longer_tiles: u32,
  tile_quads: u32,
  column_blocks: u32,
}

@group(0) @binding(0) var<storage, read> drive: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> difference: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> variance: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> current: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> spread: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

struct Place {
  drive: u32,
  cells: u32,
  out: u32,
  quads: u32,
}

fn place(z: u32) -> Place {
  let tile = z % params.tiles;
  let cycle = (z / params.tiles) % params.cycles;
  let plane = z / (params.tiles * params.cycles);
  let padded_rows = params.tiles * params.tile_quads * 4u;
  let rows_left = params.rows - tile * params.tile_rows - min(tile, params.longer_tiles);
  return Place(
    cycle * params.inputs * params.tiles * params.tile_quads + tile * params.tile_quads,
    ((params.first_chip * params.slices + plane) * padded_rows + tile * params.tile_quads * 4u) * params.column_blocks,
    z * params.inputs * params.column_blocks,
    min(params.tile_quads, (rows_left + 3u) / 4u),
  );
}
