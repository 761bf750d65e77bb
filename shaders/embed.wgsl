// Embedding: y[row] = table[token of row] + positions[row % tokens], plus types[0] where TYPES is 1.
// Grid: one lane per element of y, workgroups of 64 folded to two dimensions.
// Memory: none.
// Reads ids [rows], table [row_count, width] (ids first_row.. of the vocabulary), positions [tokens, width], types [width].
// Writes y [rows, width], only in rows whose id lies in this piece of the table.
override TYPES: u32 = 0u;

struct Params {
  rows: u32,
  tokens: u32,
  width: u32,
  first_row: u32,
  row_count: u32,
}

@group(0) @binding(0) var<storage, read> ids: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<f32>;
@group(0) @binding(3) var<storage, read> types: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = (group.x + group.y * groups.x) * 64u + lane;
  let row = at / params.width;
  if (row >= params.rows) {
    return;
  }
  let column = at % params.width;
  // An id before the piece wraps to a large number and is passed over like one behind it.
  let table_row = ids[row] - params.first_row;
  if (table_row >= params.row_count) {
    return;
  }
  var value = table[table_row * params.width + column] + positions[(row % params.tokens) * params.width + column];
  if (TYPES == 1u) {
    value += types[column];
  }
  y[at] = value;
}
