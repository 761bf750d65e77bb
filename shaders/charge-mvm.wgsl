// Estimates of relevance in nibble units as a charge-domain array makes them: bit planes of the query against bit planes of
// the keys, with the array's mismatch and noise, summed up ideally, passively or through converters.
// Grid: ceil(query_count / 128) x head_count workgroups of 32 lanes, 4 queries a lane.
// Memory: registers only. Reads q [head_count, queries, groups], planes and weights as charge-program wrote them.
// Writes estimates [head_count, query_count, stride] up to the last key that a query sees, guarded.
@group(0) @binding(4) var<storage, read_write> estimates: array<f32>;

struct Row {
  at: u32,
  visible: u32,
}

fn open_row(head_index: u32, local: u32, inside: bool) -> Row {
  let own = own_key(params.query_first + local, params.queries, params.keys);
  let visible = visible_keys(min(own, i32(params.keys) - 1), params.keys, params.causal);
  let stride = (params.keys + 3u) / 4u * 4u;
  return Row((head_index * params.query_count + local) * stride, select(0u, visible, inside));
}

fn take(row: Row, quad: u32, estimate: vec4<f32>, shift: vec4<f32>) -> Row {
  //:for i in 0..4
  if (4u * quad + ${i}u < row.visible) {
    estimates[row.at + 4u * quad + ${i}u] = estimate[${i}];
  }
  //:end
  return row;
}

fn close_row(row: Row, end: u32) {
}

//:use lib/charge-mvm-body
