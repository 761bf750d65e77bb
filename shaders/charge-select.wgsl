// Keys whose estimate by a charge-domain array reaches the threshold; the estimates themselves reach no memory.
// Grid: ceil(query_count / 128) x head_count workgroups of 32 lanes, 4 queries a lane.
// Memory: registers only. Reads q, planes and weights as charge-mvm does, scales [3, head_count], thresholds [heads] in
// score units, and with padding lengths [sequences].
// Writes selection [head_count, queries, ceil(keys / 32)] and counts [head_count, queries], guarded.
@group(0) @binding(4) var<storage, read> scales: array<f32>;
@group(0) @binding(5) var<storage, read> thresholds: array<f32>;
@group(0) @binding(6) var<storage, read> lengths: array<u32>;
@group(0) @binding(7) var<storage, read_write> selection: array<u32>;
@group(0) @binding(8) var<storage, read_write> counts: array<u32>;

struct Row {
  index: u32,
  inside: bool,
  visible: u32,
  own: i32,
  limit: f32,
  bits: u32,
  kept: u32,
}

fn words_per_row() -> u32 {
  return (params.keys + 31u) / 32u;
}

fn open_row(head_index: u32, local: u32, inside: bool) -> Row {
  let query = params.query_first + local;
  let own = own_key(query, params.queries, params.keys);
  var valid = params.keys;
  if (params.padded == 1u) {
    valid = min(lengths[head_index / params.heads], params.keys);
  }
  let unit = nibble_unit(scales[head_index], scales[params.head_count + head_index], params.root_dim);
  return Row(
    head_index * params.row_count + query - params.row_first,
    inside,
    select(0u, visible_keys(own, valid, params.causal), inside),
    own,
    limit_of(thresholds[head_index % params.heads] - params.margin, unit),
    0u,
    0u,
  );
}

fn take(row: Row, quad: u32, estimate: vec4<f32>, shift: vec4<f32>) -> Row {
  var next = row;
  let keys = vec4<u32>(4u * quad) + vec4<u32>(0u, 1u, 2u, 3u);
  let own = vec4<i32>(keys) == vec4<i32>(row.own);
  let kept = (reaches(estimate, row.limit, shift) | own) & (keys < vec4<u32>(row.visible));
  let bits = select(vec4<u32>(0u), vec4<u32>(1u, 2u, 4u, 8u), kept);
  next.bits |= (bits.x | bits.y | bits.z | bits.w) << (4u * (quad % 8u));
  if (quad % 8u == 7u) {
    next = flush(next, quad / 8u);
  }
  return next;
}

fn flush(row: Row, word: u32) -> Row {
  var next = row;
  if (row.inside) {
    selection[row.index * words_per_row() + word] = row.bits;
  }
  next.kept += countOneBits(row.bits);
  next.bits = 0u;
  return next;
}

// `end` is the first quad that was not taken.
fn close_row(row: Row, end: u32) {
  var last = row;
  for (var word = end / 8u; word < words_per_row(); word++) {
    last = flush(last, word);
  }
  if (row.inside) {
    counts[row.index] = last.kept;
  }
}

//:use lib/charge-mvm-body
