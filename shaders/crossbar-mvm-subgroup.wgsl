enable subgroups;
// Column currents as in crossbar-mvm.wgsl, for adapters whose subgroups hold at least 4 lanes: lanes load different inputs
// and share them by broadcast, which halves the loads.
// Grid: ceil(inputs / 16) x ceil(column blocks / 64) x (chips * slices * cycles * tiles) workgroups of 64 lanes; a lane owns 16 inputs x 4 columns.
// Memory: no workgroup memory; 8 loads of vec4 feed 256 multiply-adds, 12 where the noise needs the second sum.
// Reads and writes as crossbar-mvm.wgsl, guarded.
//:use lib/crossbar-mvm-bindings

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
  let input0 = group.x * 16u;
  let own_block = group.y * 64u + lane;
  let at = place(group.z);
  let last_input = params.inputs - 1u;
  let step = params.tiles * params.tile_quads;
  let quarter = subgroup_lane % 4u;
  //:for q in 0..4
  let xa${q} = at.drive + min(input0 + ${q}u * 4u + quarter, last_input) * step;
  //:end
  //:for q in 0..4
  //:for i in 0..4
  var s${q}${i} = vec4<f32>(0.0);
  //:end
  //:end
  var line = at.cells + min(own_block, params.column_blocks - 1u);
  for (var k = 0u; k < at.quads; k++) {
    //:for j in 0..4
    let g${j} = difference[line + ${j}u * params.column_blocks];
    //:end
    line += 4u * params.column_blocks;
    //:for q in 0..4
    let shared${q} = drive[xa${q} + k];
    //:for i in 0..4
    let a${q}${i} = subgroupBroadcast(shared${q}, ${i}u);
    //:end
    //:end
    //:for q in 0..4
    //:for i in 0..4
    s${q}${i} += a${q}${i}.x * g0 + a${q}${i}.y * g1 + a${q}${i}.z * g2 + a${q}${i}.w * g3;
    //:end
    //:end
  }
  if (own_block >= params.column_blocks) {
    return;
  }
  var input = input0;
  var out = at.out + input0 * params.column_blocks + own_block;
  //:for q in 0..4
  //:for i in 0..4
  if (input < params.inputs) {
    current[out] = s${q}${i};
  }
  input++;
  out += params.column_blocks;
  //:end
  //:end
}

@compute @workgroup_size(64)
fn main_spread(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
) {
  let input0 = group.x * 16u;
  let own_block = group.y * 64u + lane;
  let at = place(group.z);
  let last_input = params.inputs - 1u;
  let step = params.tiles * params.tile_quads;
  let quarter = subgroup_lane % 4u;
  //:for q in 0..4
  let xa${q} = at.drive + min(input0 + ${q}u * 4u + quarter, last_input) * step;
  //:end
  //:for q in 0..4
  //:for i in 0..4
  var s${q}${i} = vec4<f32>(0.0);
  var t${q}${i} = vec4<f32>(0.0);
  //:end
  //:end
  var line = at.cells + min(own_block, params.column_blocks - 1u);
  for (var k = 0u; k < at.quads; k++) {
    //:for j in 0..4
    let g${j} = difference[line + ${j}u * params.column_blocks];
    let h${j} = variance[line + ${j}u * params.column_blocks];
    //:end
    line += 4u * params.column_blocks;
    //:for q in 0..4
    let shared${q} = drive[xa${q} + k];
    //:for i in 0..4
    let a${q}${i} = subgroupBroadcast(shared${q}, ${i}u);
    let b${q}${i} = a${q}${i} * a${q}${i};
    //:end
    //:end
    //:for q in 0..4
    //:for i in 0..4
    s${q}${i} += a${q}${i}.x * g0 + a${q}${i}.y * g1 + a${q}${i}.z * g2 + a${q}${i}.w * g3;
    t${q}${i} += b${q}${i}.x * h0 + b${q}${i}.y * h1 + b${q}${i}.z * h2 + b${q}${i}.w * h3;
    //:end
    //:end
  }
  if (own_block >= params.column_blocks) {
    return;
  }
  var input = input0;
  var out = at.out + input0 * params.column_blocks + own_block;
  //:for q in 0..4
  //:for i in 0..4
  if (input < params.inputs) {
    current[out] = s${q}${i};
    spread[out] = t${q}${i};
  }
  input++;
  out += params.column_blocks;
  //:end
  //:end
}
