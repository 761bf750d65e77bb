// Rows of a selection: which keys a query sees, what its estimates have to reach, and the words of those that do. Needs the
// bindings `scales`, `thresholds`, `lengths`, `offsets`, `selection` and `counts`.
override OFFSETS: u32 = 0u;
override COMPARATOR_NOISY: u32 = 0u;

//:use lib/threshold-params
//:use lib/threshold

fn visible_at(head_index: u32, query: u32) -> u32 {
  if (query >= params.query_first + params.query_count) {
    return 0u;
  }
  var valid = params.keys;
  if (params.padded == 1u) {
    valid = min(lengths[head_index / params.heads], params.keys);
  }
  return visible_keys(own_key(query, params.queries, params.keys), valid, params.causal);
}

fn limit_at(head_index: u32) -> f32 {
  let threshold = thresholds[head_index % params.heads] - params.margin;
  if (params.unit != 0.0) {
    return limit_of(threshold, params.unit);
  }
  return limit_of(threshold, nibble_unit(scales[head_index], scales[params.head_count + head_index], params.root_dim));
}

// Static offset of a comparator; `at` counts those of all chips.
fn offset_at(at: u32) -> f32 {
  if (OFFSETS == 1u) {
    return offsets[at];
  }
  return 0.0;
}

// Bits of those of 4 neighbouring keys that reach the limit. Draws never pass 5.89 sigma, so that most need none.
fn take(head_index: u32, query: u32, quad: u32, estimate: vec4<f32>, limit: f32, offset: vec4<f32>) -> u32 {
  var shift = offset;
  if (COMPARATOR_NOISY == 1u) {
    let sigma = params.comparator_sigma;
    if (any(abs(estimate - (vec4<f32>(limit) - offset)) < vec4<f32>(6.0 * sigma))) {
      let event = event_of(head_index, query);
      shift = comparator_shift(offset, sigma, params.seed, chip_of(head_index), element_of(head_index, quad), event);
    }
  }
  let bits = select(vec4<u32>(0u), vec4<u32>(1u, 2u, 4u, 8u), reaches(estimate, limit, shift));
  return bits.x + bits.y + bits.z + bits.w;
}

// Where a query's row lies in selection and counts.
fn row_of(head_index: u32, query: u32) -> u32 {
  return head_index * params.row_count + query - params.row_first;
}

// Writes 32 keys of a row from those that reach the limit; returns how many stay.
fn put_word(head_index: u32, query: u32, word: u32, reached: u32, visible: u32) -> u32 {
  if (query >= params.query_first + params.query_count) {
    return 0u;
  }
  let own = bitcast<u32>(own_key(query, params.queries, params.keys));
  // Where there is no own key this is far beyond every word.
  let own_bit = select(0u, 1u << (own % 32u), own / 32u == word);
  let seen = min(max(visible, 32u * word) - 32u * word, 32u);
  let mask = select((1u << (seen % 32u)) - 1u, 0xffffffffu, seen == 32u);
  let bits = (reached | own_bit) & mask;
  selection[row_of(head_index, query) * ((params.keys + 31u) / 32u) + word] = bits;
  return countOneBits(bits);
}

fn put_count(head_index: u32, query: u32, count: u32) {
  if (query < params.query_first + params.query_count) {
    counts[row_of(head_index, query)] = count;
  }
}
