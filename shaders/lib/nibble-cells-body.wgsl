// Estimates from keys as effective weights of memory cells, with the noise of reading them as one draw per estimate. A lane owns
// 4 neighbouring queries and walks the keys they see. What becomes of the estimates is up to the shader that uses this:
// `visible_at`, `limit_at`, `offset_at`, `take`, `put_word` and `put_count` are its own, and so is `IN_QUADS`, 1 where there is
// noise or it takes four keys at a time, and 0 where it is enough to compare them.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4
override READ_NOISE: u32 = 0u; // 0 none, 1 alike in all cells, 2 also from each cell's own variance

const READ_STREAM = 15u;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head_index = group.y + group.z * 65535u;
  let first = params.query_first + (group.x * 32u + lane) * 4u;
  let past = params.query_first + params.query_count;
  if (head_index >= params.head_count || first >= past) {
    return;
  }
  var seen = 0u;
  //:for t in 0..4
  let at${t} = (head_index * params.queries + min(first + ${t}u, past - 1u)) * BLOCKS * 8u;
  let visible${t} = visible_at(head_index, first + ${t}u);
  seen = max(seen, visible${t});
  var drive${t} = 0.0;
  var count${t} = 0u;
  //:for b in 0..4
  //:for g in 0..8
  var q${t}_${b}${g} = vec4<f32>(0.0);
  if (BLOCKS > ${b}u) {
    let inside = vec4<u32>(0u, 1u, 2u, 3u) + (${b}u * 32u + ${g}u * 4u) < vec4<u32>(params.dim);
    let middle = upper_nibbles(q[at${t} + ${b}u * 8u + ${g}u]) + MIDDLE;
    q${t}_${b}${g} = select(vec4<f32>(0.0), middle, inside);
    drive${t} += dot(q${t}_${b}${g}, q${t}_${b}${g});
  }
  //:end
  //:end
  let variance${t} = params.sum_variance + params.cell_variance * drive${t};
  //:end
  let limit = limit_at(head_index);
  let comparators = comparators_of(head_index);
  let own_variances = select(0u, BLOCKS * 8u, READ_NOISE == 2u);
  let row_quads = BLOCKS * 8u + own_variances;
  let keys_at = head_index * params.keys * row_quads;
  //:for t in 0..4
  var quad${t} = vec4<f32>(0.0);
  var spread${t} = vec4<f32>(variance${t});
  //:end
  var shifts = vec4<f32>(0.0);
  var column = 0u;
  for (var word = 0u; word < (params.keys + 31u) / 32u; word++) {
    //:for t in 0..4
    var reached${t} = 0u;
    //:end
    var bit = 1u;
    let end = min(32u * word + 32u, seen);
    for (var key = 32u * word; key < end; key++) {
      let key_at = keys_at + key * row_quads;
      let place = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(key % 4u);
      //:for t in 0..4
      var sum${t} = vec4<f32>(0.0);
      var own${t} = vec4<f32>(0.0);
      //:end
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        let weight${g} = cells[key_at + ${b}u * 8u + ${g}u];
        //:for t in 0..4
        sum${t} = fma(q${t}_${b}${g}, weight${g}, sum${t});
        //:end
        if (READ_NOISE == 2u) {
          let cell = cells[key_at + own_variances + ${b}u * 8u + ${g}u];
          //:for t in 0..4
          own${t} = fma(q${t}_${b}${g} * q${t}_${b}${g}, cell, own${t});
          //:end
        }
        //:end
      }
      //:end
      //:for t in 0..4
      let estimate${t} = (sum${t}.x + sum${t}.y) + (sum${t}.z + sum${t}.w);
      //:end
      let offset = offset_at(comparators + column);
      column = select(column + 1u, 0u, column + 1u == params.columns);
      if (IN_QUADS == 0u) {
        //:for t in 0..4
        reached${t} += select(0u, bit, estimate${t} >= limit - offset);
        //:end
        bit += bit;
      } else {
        let place = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(key % 4u);
        shifts = select(shifts, vec4<f32>(offset), place);
        //:for t in 0..4
        quad${t} = select(quad${t}, vec4<f32>(estimate${t}), place);
        if (READ_NOISE == 2u) {
          let variance = variance${t} + ((own${t}.x + own${t}.y) + (own${t}.z + own${t}.w));
          spread${t} = select(spread${t}, vec4<f32>(variance), place);
        }
        //:end
        if (key % 4u == 3u || key + 1u == end) {
          // A loop and not four calls: every call is inlined.
          for (var turn = 0u; turn < 4u; turn++) {
            var taken = quad0;
            var variance = spread0;
            //:for t in 1..4
            taken = select(taken, quad${t}, turn == ${t}u);
            variance = select(variance, spread${t}, turn == ${t}u);
            //:end
            if (READ_NOISE > 0u) {
              let element = element_of(head_index, key / 4u);
              let event = event_of(head_index, first + turn);
              let words = random_words(params.seed, chip_of(head_index), READ_STREAM, element, event);
              taken = fma(sqrt(variance), to_normals(words), taken);
            }
            let bits = bit * take(head_index, first + turn, key / 4u, taken, limit, shifts);
            //:for t in 0..4
            reached${t} += select(0u, bits, turn == ${t}u);
            //:end
          }
          bit *= 16u;
        }
      }
    }
    //:for t in 0..4
    count${t} += put_word(head_index, first + ${t}u, word, reached${t}, visible${t});
    //:end
  }
  //:for t in 0..4
  put_count(head_index, first + ${t}u, count${t});
  //:end
}
