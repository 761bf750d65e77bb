// Puts stuck cells of a given map into a programmed population: whatever was written, they hold the lowest or highest conductance.
// Grid: ceil(cells / 256) workgroups of 64 lanes, folded into x and y, for each chip in z; a lane owns 4 consecutive cells.
// Memory: no workgroup memory.
// Reads faults, a byte for each cell (0 none, 1 low, 2 high), the same for all chips or for each chip its own.
// Writes conductance (uS) of stuck cells, each chip padded to whole vec4, guarded; leaves the others.
override PER_CHIP: u32 = 0u; // 0 one map for all chips, 1 a map for each chip

struct Params {
  quads: u32,
  grid_x: u32,
  low_us: f32,
  high_us: f32,
}

@group(0) @binding(0) var<storage, read> faults: array<u32>;
@group(0) @binding(1) var<storage, read_write> conductance: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quad = (group.y * params.grid_x + group.x) * 64u + lane;
  if (quad >= params.quads) {
    return;
  }
  let word = faults[select(quad, group.z * params.quads + quad, PER_CHIP == 1u)];
  if (word == 0u) {
    return;
  }
  let code = (vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u);
  let at = group.z * params.quads + quad;
  let g = select(conductance[at], vec4<f32>(params.low_us), code == vec4<u32>(1u));
  conductance[at] = select(g, vec4<f32>(params.high_us), code == vec4<u32>(2u));
}
