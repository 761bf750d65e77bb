// Eliminates every wire of a window of arrays: how much of a node's current goes on, and how much of a cell's current arrives.
// Grid: ceil(arrays * lines / 64) workgroups of 64 lanes, folded into x and y; a lane owns one line.
// Memory: no workgroup memory.
// Reads conductance (uS) [chip, cells].
// Writes wire [array, cell] as (1 / (1 + R Y) of src/device/ladder.ts, share of a cell's current that comes to the line's ends, uS, 0).
//:use lib/wires-array

@group(0) @binding(0) var<storage, read> conductance: array<f32>;
@group(0) @binding(1) var<storage, read_write> wire: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.lanes) {
    return;
  }
  let slot = index / params.lines;
  let tile = tile_at(slot);
  let number = index % params.lines;
  let line = line_at(tile, number);
  let packed = slot * params.tile_rows * params.pitch;
  var at = packed + line.first + line.count * line.step;
  var behind = params.far;
  // What the far terminal at 1 V sends to each node.
  var arriving = params.far;
  for (var k = line.count; k > 0u; k--) {
    at -= line.step;
    let along = excited_at(line, k - 1u);
    let place = select(memory_of(tile, along, number), memory_of(tile, number, along), params.line_rows == 1u);
    let cell = conductance[place];
    behind += cell;
    let ohm = select(params.segment, params.near, k == 1u);
    let share = 1.0 / (1.0 + ohm * behind);
    wire[at] = vec4<f32>(share, arriving, cell, 0.0);
    behind *= share;
    arriving *= share;
  }
  var volts = 1.0;
  for (var k = 0u; k < line.count; k++) {
    let ohm = select(params.segment, params.near, k == 0u);
    volts = wire[at].x * (volts + ohm * wire[at].y);
    wire[at].y = volts;
    at += line.step;
  }
}
