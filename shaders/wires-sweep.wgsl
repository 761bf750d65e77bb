// One half of a sweep over the wires of a window of arrays: solves every line against what the lines across it did last.
// Grid: ceil(arrays * bundles * lines * 4 / 64) workgroups of 64 lanes, folded; a lane owns one line for 4 drives.
// Memory: no workgroup memory.
// Reads wire [array, cell] as wires-factor wrote it, rise (V) [array, bundle, cell, drive] of the collecting lines.
// Writes drop (V) of the excited lines likewise (main_excited); rise_out, the next rise over the one before it (main_collecting; uses drop up).
//:use lib/wires-array

@group(0) @binding(0) var<storage, read> wire: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> rise: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> drop: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> rise_out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main_excited(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.lanes) {
    return;
  }
  let number = (index / 4u) % params.lines;
  let part = index / 4u / params.lines;
  let slot = part / params.bundles;
  let line = line_at(tile_at(slot), number);
  let drives = vec4<u32>(0u, 1u, 2u, 3u) + params.first_drive + (part % params.bundles) * 16u + (index % 4u) * 4u;
  let own = select(vec4<f32>(0.0), vec4<f32>(1.0), drives == vec4<u32>(number));
  let size = params.tile_rows * params.pitch;
  let past = line.first + line.count * line.step;
  let step = line.step * 4u;
  var cell = slot * size + past;
  var at = (part * size + past) * 4u + index % 4u;
  var current = vec4<f32>(0.0);
  var share = 0.0;
  for (var k = line.count; k > 0u; k--) {
    cell -= line.step;
    at -= step;
    current = wire[cell].z * (own - rise[at]) + share * current;
    drop[at] = current;
    share = wire[cell].x;
  }
  var volts = vec4<f32>(0.0);
  var ohm = params.near;
  for (var k = 0u; k < line.count; k++) {
    volts = wire[cell].x * (volts + ohm * drop[at]);
    drop[at] = volts;
    ohm = params.segment;
    cell += line.step;
    at += step;
  }
}

@compute @workgroup_size(64)
fn main_collecting(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.lanes) {
    return;
  }
  let number = (index / 4u) % params.lines;
  let part = index / 4u / params.lines;
  let slot = part / params.bundles;
  let line = line_at(tile_at(slot), number);
  let drives = vec4<u32>(0u, 1u, 2u, 3u) + params.first_drive + (part % params.bundles) * 16u + (index % 4u) * 4u;
  let size = params.tile_rows * params.pitch;
  let past = line.first + line.count * line.step;
  let step = line.step * 4u;
  var cell = slot * size + past;
  var at = (part * size + past) * 4u + index % 4u;
  var current = vec4<f32>(0.0);
  var share = 0.0;
  for (var k = line.count; k > 0u; k--) {
    cell -= line.step;
    at -= step;
    let own = select(vec4<f32>(0.0), vec4<f32>(1.0), drives == vec4<u32>(excited_at(line, k - 1u)));
    current = wire[cell].z * (own - drop[at]) + share * current;
    drop[at] = current;
    share = wire[cell].x;
  }
  var volts = vec4<f32>(0.0);
  var ohm = params.near;
  for (var k = 0u; k < line.count; k++) {
    volts = wire[cell].x * (volts + ohm * drop[at]);
    let before = rise_out[at];
    let now = rise[at];
    rise_out[at] = before + params.omega * (now - before + params.gamma * (volts - now));
    ohm = params.segment;
    cell += line.step;
    at += step;
  }
}
