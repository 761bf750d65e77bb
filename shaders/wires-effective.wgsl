// The currents that arrive at the ends of the collecting lines: the effective matrix, and how far the sweeps were from their end.
// Grid: ceil(arrays * bundles * lines * 4 / 64) workgroups of 64 lanes, folded; a lane owns one collecting line for 4 drives.
// Memory: no workgroup memory.
// Reads wire [array, cell] of the collecting lines, rise and drop (V) [array, bundle, cell, drive], the latter of the last sweep (used up).
// Writes effective (uS) and gain (the driven cell's voltage x what of its current arrives) [chip, cells]; residual [array, drive] as (largest change, largest value).
//:use lib/wires-array

@group(0) @binding(0) var<storage, read> wire: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> rise: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> drop: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> effective: array<f32>;
@group(0) @binding(4) var<storage, read_write> gain: array<f32>;
@group(0) @binding(5) var<storage, read_write> residual: array<atomic<u32>>; // bits of floats of 0 or more, which order as they do
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (group.y * params.grid_x + group.x) * 64u + lane;
  if (index >= params.lanes) {
    return;
  }
  let number = (index / 4u) % params.lines;
  let part = index / 4u / params.lines;
  let slot = part / params.bundles;
  let tile = tile_at(slot);
  let line = line_at(tile, number);
  let drives = vec4<u32>(0u, 1u, 2u, 3u) + params.first_drive + (part % params.bundles) * 16u + (index % 4u) * 4u;
  let size = params.tile_rows * params.pitch;
  let past = line.first + line.count * line.step;
  let step = line.step * 4u;
  var cell = slot * size + past;
  var at = (part * size + past) * 4u + index % 4u;
  var current = vec4<f32>(0.0);
  var arrived = vec4<f32>(0.0);
  var own_drop = vec4<f32>(0.0);
  var share = 0.0;
  for (var k = line.count; k > 0u; k--) {
    cell -= line.step;
    at -= step;
    let own = select(vec4<f32>(0.0), vec4<f32>(1.0), drives == vec4<u32>(excited_at(line, k - 1u)));
    let fed = wire[cell].z * (own - drop[at]);
    own_drop += own * drop[at];
    arrived += wire[cell].y * fed;
    current = fed + share * current;
    drop[at] = current;
    share = wire[cell].x;
  }
  var volts = vec4<f32>(0.0);
  var change = vec4<f32>(0.0);
  var own_gain = vec4<f32>(0.0);
  var ohm = params.near;
  for (var k = 0u; k < line.count; k++) {
    volts = wire[cell].x * (volts + ohm * drop[at]);
    change += wire[cell].z * abs(volts - rise[at]);
    let own = select(vec4<f32>(0.0), vec4<f32>(1.0), drives == vec4<u32>(excited_at(line, k)));
    own_gain += own * wire[cell].y * (1.0 - own_drop - volts);
    ohm = params.segment;
    cell += line.step;
    at += step;
  }
  let by_row = params.excited_rows == 1u;
  //:for i in 0..4
  if (line.count > drives[${i}]) {
    let drive = drives[${i}];
    let to = memory_of(tile, select(number, drive, by_row), select(drive, number, by_row));
    effective[to] = arrived[${i}];
    gain[to] = own_gain[${i}];
    let place = ((params.first_array + slot) * params.drives + drive) * 2u;
    atomicMax(&residual[place], bitcast<u32>(change[${i}]));
    atomicMax(&residual[place + 1u], bitcast<u32>(abs(arrived[${i}])));
  }
  //:end
}
