// Cycles that a banked memory needs for each row of a selection: token j lies in bank j mod banks, every bank reads one row a
// cycle, so a query takes as many cycles as its fullest bank holds kept tokens.
// Grid: ceil(rows * banks / 64) workgroups of 64 lanes, folded; a lane counts one bank of one row.
// Memory: one atomic maximum per lane.
// Reads selection [rows, ceil(keys / 32)].
// Writes cycles [rows], which must be zero before.
struct Params {
  rows: u32,
  keys: u32,
  banks: u32,
}

@group(0) @binding(0) var<storage, read> selection: array<u32>;
@group(0) @binding(1) var<storage, read_write> cycles: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.x + group.y * count.x) * 64u + lane;
  if (i >= params.rows * params.banks) {
    return;
  }
  let row = i / params.banks;
  let words = (params.keys + 31u) / 32u;
  var kept = 0u;
  for (var key = i % params.banks; key < params.keys; key += params.banks) {
    kept += (selection[row * words + key / 32u] >> (key % 32u)) & 1u;
  }
  if (kept > 0u) {
    atomicMax(&cycles[row], kept);
  }
}
