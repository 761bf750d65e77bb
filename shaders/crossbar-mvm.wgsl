// Column currents of a crossbar (uA): sums of row voltage x conductance, for every chip, weight slice, cycle and row tile.
// Grid: ceil(inputs / 64) x ceil(column blocks / 16) x (chips * slices * cycles * tiles) workgroups of 64 lanes; a lane owns 8 inputs x 8 columns.
// Memory: no workgroup memory; 16 loads of vec4 feed 256 multiply-adds, 24 where the noise needs the second sum.
// Reads drive [cycle, input, tile row], difference and variance [chip, slice, tile row, column block].
// Writes current [chip, slice, cycle, tile, input, column block], and spread (sums of voltage^2 x variance) likewise, guarded.
//:use lib/crossbar-mvm-bindings

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let input0 = group.x * 64u + (lane / 8u) * 8u;
  let block0 = group.y * 16u + (lane % 8u) * 2u;
  if (input0 >= params.inputs || block0 >= params.column_blocks) {
    return;
  }
  let at = place(group.z);
  let last_input = params.inputs - 1u;
  let step = params.tiles * params.tile_quads;
  let block1 = min(block0 + 1u, params.column_blocks - 1u);
  //:for r in 0..8
  let xa${r} = at.drive + min(input0 + ${r}u, last_input) * step;
  var s${r}0 = vec4<f32>(0.0);
  var s${r}1 = vec4<f32>(0.0);
  //:end
  var line = at.cells;
  for (var k = 0u; k < at.quads; k++) {
    //:for r in 0..8
    let a${r} = drive[xa${r} + k];
    //:end
    //:for j in 0..4
    let g${j}0 = difference[line + block0];
    let g${j}1 = difference[line + block1];
    line += params.column_blocks;
    //:end
    //:for r in 0..8
    //:for c in 0..2
    s${r}${c} += a${r}.x * g0${c} + a${r}.y * g1${c} + a${r}.z * g2${c} + a${r}.w * g3${c};
    //:end
    //:end
  }
  //:for r in 0..8
  if (input0 + ${r}u < params.inputs) {
    let row${r} = at.out + (input0 + ${r}u) * params.column_blocks;
    current[row${r} + block0] = s${r}0;
    if (block0 + 1u < params.column_blocks) {
      current[row${r} + block0 + 1u] = s${r}1;
    }
  }
  //:end
}

@compute @workgroup_size(64)
fn main_spread(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let input0 = group.x * 64u + (lane / 8u) * 8u;
  let block0 = group.y * 16u + (lane % 8u) * 2u;
  if (input0 >= params.inputs || block0 >= params.column_blocks) {
    return;
  }
  let at = place(group.z);
  let last_input = params.inputs - 1u;
  let step = params.tiles * params.tile_quads;
  let block1 = min(block0 + 1u, params.column_blocks - 1u);
  //:for r in 0..8
  let xa${r} = at.drive + min(input0 + ${r}u, last_input) * step;
  var s${r}0 = vec4<f32>(0.0);
  var s${r}1 = vec4<f32>(0.0);
  var t${r}0 = vec4<f32>(0.0);
  var t${r}1 = vec4<f32>(0.0);
  //:end
  var line = at.cells;
  for (var k = 0u; k < at.quads; k++) {
    //:for r in 0..8
    let a${r} = drive[xa${r} + k];
    let b${r} = a${r} * a${r};
    //:end
    //:for j in 0..4
    let g${j}0 = difference[line + block0];
    let g${j}1 = difference[line + block1];
    let h${j}0 = variance[line + block0];
    let h${j}1 = variance[line + block1];
    line += params.column_blocks;
    //:end
    //:for r in 0..8
    //:for c in 0..2
    s${r}${c} += a${r}.x * g0${c} + a${r}.y * g1${c} + a${r}.z * g2${c} + a${r}.w * g3${c};
    t${r}${c} += b${r}.x * h0${c} + b${r}.y * h1${c} + b${r}.z * h2${c} + b${r}.w * h3${c};
    //:end
    //:end
  }
  //:for r in 0..8
  if (input0 + ${r}u < params.inputs) {
    let row${r} = at.out + (input0 + ${r}u) * params.column_blocks;
    current[row${r} + block0] = s${r}0;
    spread[row${r} + block0] = t${r}0;
    if (block0 + 1u < params.column_blocks) {
      current[row${r} + block0 + 1u] = s${r}1;
      spread[row${r} + block0 + 1u] = t${r}1;
    }
  }
  //:end
}
