// Estimates from packed codes. A lane owns 6 neighbouring queries and walks the keys they see. What becomes of the estimates is up to
// the shader that uses this: `visible_at`, `limit_at`, `offset_at`, `take`, `put_word` and `put_count` are its own, and so is
// `IN_QUADS`, 1 where it takes four keys at a time and 0 where it is enough to compare them.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4

//:use lib/nibble-pairs

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head_index = group.y + group.z * 65535u;
  let first = params.query_first + (group.x * 32u + lane) * 6u;
  let past = params.query_first + params.query_count;
  if (head_index >= params.head_count || first >= past) {
    return;
  }
  let row_words = BLOCKS * 2u;
  var seen = 0u;
  //:for t in 0..6
  let at${t} = (head_index * params.queries + min(first + ${t}u, past - 1u)) * row_words;
  let visible${t} = visible_at(head_index, first + ${t}u);
  seen = max(seen, visible${t});
  var sum${t} = 0.0;
  var start${t} = 32768;
  var count${t} = 0u;
  //:for b in 0..4
  //:for h in 0..2
  //:for c in 0..4
  var even${t}_${b}${h}${c} = 0;
  var odd${t}_${b}${h}${c} = 0;
  //:end
  if (BLOCKS > ${b}u) {
    let codes = q[at${t} + ${b}u * 2u + ${h}u];
    //:for c in 0..4
    let a${c} = upper_nibbles(codes[${c}]);
    even${t}_${b}${h}${c} = i32(a${c}.z + a${c}.x * 65536.0);
    odd${t}_${b}${h}${c} = i32(a${c}.w + a${c}.y * 65536.0);
    start${t} -= EVEN_EXPONENT * even${t}_${b}${h}${c} + ODD_EXPONENT * odd${t}_${b}${h}${c};
    sum${t} += a${c}.x + a${c}.y + a${c}.z + a${c}.w;
    //:end
  }
  //:end
  //:end
  // What a query adds to all its estimates, less what the keys' pairs hold too much: 8 a dimension.
  let rest${t} = (MIDDLE - 8.0) * sum${t} + MIDDLE * (MIDDLE * f32(params.dim) - 256.0 * f32(BLOCKS));
  //:end
  let limit = limit_at(head_index);
  let comparators = comparators_of(head_index);
  let keys_at = head_index * params.keys * row_words;
  //:for t in 0..6
  var quad${t} = vec4<f32>(0.0);
  //:end
  var shifts = vec4<f32>(0.0);
  var column = 0u;
  for (var word = 0u; word < (params.keys + 31u) / 32u; word++) {
    //:for t in 0..6
    var reached${t} = 0u;
    //:end
    var bit = 1u;
    let end = min(32u * word + 32u, seen);
    for (var key = 32u * word; key < end; key++) {
      var pairs = PAIRS_START * i32(BLOCKS);
      //:for t in 0..6
      var product${t} = start${t};
      //:end
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for h in 0..2
        let codes${h} = k[keys_at + key * row_words + ${b}u * 2u + ${h}u];
        //:for c in 0..4
        let even${h}${c} = even_pair(codes${h}[${c}]);
        let odd${h}${c} = odd_pair(codes${h}[${c}]);
        pairs += even${h}${c} + odd${h}${c};
        //:for t in 0..6
        product${t} += even${t}_${b}${h}${c} * even${h}${c} + odd${t}_${b}${h}${c} * odd${h}${c};
        //:end
        //:end
        //:end
      }
      //:end
      let key_rest = MIDDLE * upper_half(pairs * 65537);
      //:for t in 0..6
      let estimate${t} = upper_half(product${t}) + key_rest + rest${t};
      //:end
      let offset = offset_at(comparators + column);
      column = select(column + 1u, 0u, column + 1u == params.columns);
      if (IN_QUADS == 0u) {
        //:for t in 0..6
        reached${t} += select(0u, bit, estimate${t} >= limit - offset);
        //:end
        bit += bit;
      } else {
        let place = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(key % 4u);
        shifts = select(shifts, vec4<f32>(offset), place);
        //:for t in 0..6
        quad${t} = select(quad${t}, vec4<f32>(estimate${t}), place);
        //:end
        if (key % 4u == 3u || key + 1u == end) {
          // A loop and not six calls: every call is inlined.
          for (var turn = 0u; turn < 6u; turn++) {
            var taken = quad0;
            //:for t in 1..6
            taken = select(taken, quad${t}, turn == ${t}u);
            //:end
            let bits = bit * take(head_index, first + turn, key / 4u, taken, limit, shifts);
            //:for t in 0..6
            reached${t} += select(0u, bits, turn == ${t}u);
            //:end
          }
          bit *= 16u;
        }
      }
    }
    //:for t in 0..6
    count${t} += put_word(head_index, first + ${t}u, word, reached${t}, visible${t});
    //:end
  }
  //:for t in 0..6
  put_count(head_index, first + ${t}u, count${t});
  //:end
}
