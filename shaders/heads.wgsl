// Head layout: split takes heads * dim columns, from first_column on, of rows [sequence, token] to [sequence, head, token,
// dim]; merge puts [sequence, head, token, dim] back into such columns.
// Grid: one lane per 4 dimensions of a head, workgroups of 64 folded to two dimensions. Memory: none.
// Reads source: rows of `stride` elements (split) or heads (merge).
// Writes result: heads (split) or rows of `stride` elements (merge), only the columns moved.
struct Params {
  sequences: u32,
  heads: u32,
  tokens: u32,
  dim: u32,
  stride: u32,
  first_column: u32,
}

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn split(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = place_of((group.x + group.y * groups.x) * 64u + lane);
  //:for u in 0..4
  if (${u}u < place.left) {
    result[place.by_head + ${u}u] = source[place.in_rows + ${u}u];
  }
  //:end
}

@compute @workgroup_size(64)
fn merge(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = place_of((group.x + group.y * groups.x) * 64u + lane);
  //:for u in 0..4
  if (${u}u < place.left) {
    result[place.in_rows + ${u}u] = source[place.by_head + ${u}u];
  }
  //:end
}

// Where 4 elements begin that follow one another in both layouts, and how many the head has from there: 0 behind the last.
struct Place {
  by_head: u32,
  in_rows: u32,
  left: u32,
}

fn place_of(index: u32) -> Place {
  let quads = (params.dim + 3u) / 4u;
  let vector = index / quads;
  if (vector >= params.sequences * params.heads * params.tokens) {
    return Place(0u, 0u, 0u);
  }
  let first = (index % quads) * 4u;
  let token = vector % params.tokens;
  let head = (vector / params.tokens) % params.heads;
  let row = (vector / (params.tokens * params.heads)) * params.tokens + token;
  let column = params.first_column + head * params.dim + first;
  return Place(vector * params.dim + first, row * params.stride + column, params.dim - first);
}
