// AIHWKit's closed form of the drop along column wires: from every column's current it takes a share of what its far rows brought.
// Grid: ceil(lanes / 64) workgroups of 64 lanes, folded into x and y; a lane owns 4 columns of one input in one tile, slice and cycle.
// Memory: no workgroup memory.
// Reads drive [cycle, input, tile row] and difference [chip, slice, tile row, column block].
// Writes current [chip, slice, cycle, tile, input, column block] (uA), from which it subtracts, guarded.
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
  ohm_per_volt: f32, // MOhm of a segment, by the row voltage that counts as 1
  lanes: u32,
  grid_x: u32,
}

@group(0) @binding(0) var<storage, read> drive: array<f32>;
@group(0) @binding(1) var<storage, read> difference: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> current: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.lanes) {
    return;
  }
  let column = index % params.column_blocks;
  let input = (index / params.column_blocks) % params.inputs;
  let part = index / params.column_blocks / params.inputs;
  let tile = part % params.tiles;
  let cycle = (part / params.tiles) % params.cycles;
  let plane = params.first_chip * params.slices + part / params.tiles / params.cycles;
  let stride = params.tile_quads * 4u;
  let row0 = tile * params.tile_rows + min(tile, params.longer_tiles);
  let rows = min(params.tile_rows + select(0u, 1u, params.longer_tiles > tile), params.rows - row0);
  var volts = ((cycle * params.inputs + input) * params.tiles + tile) * stride;
  var cell = (plane * params.tiles + tile) * stride * params.column_blocks + column;
  var magnitude = vec4<f32>(0.0);
  var far = vec4<f32>(0.0);
  for (var row = 0u; row < rows; row++) {
    let own = drive[volts] * difference[cell];
    let near = 1.0 - f32(row) / f32(rows);
    magnitude += abs(own);
    far += own * (1.0 - near * near);
    volts++;
    cell += params.column_blocks;
  }
  let a = f32(rows) * params.ohm_per_volt * magnitude;
  current[index] -= a * (a * (0.05 * a - 0.2) + 0.5) * far;
}
