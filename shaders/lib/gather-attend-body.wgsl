// A lane owns one query and walks the set bits of its selection; the four lanes of a narrow machine advance together, each
// to its own next key. Same arithmetic in the same order as dense-attend.
fn put(row: u32, d: u32, value: vec4<f32>) {
  let at = row * params.dim + d;
  //:for i in 0..4
  if (d + ${i}u < params.dim) {
    out[at + ${i}u] = value[${i}];
  }
  //:end
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.y + group.z * 65535u;
  let query = group.x * 64u + lane;
  if (head >= params.heads || query >= params.queries) {
    return;
  }
  let groups = BLOCKS * 8u;
  let row = head * params.queries + query;
  let factor = score_scale(head);
  let words = (params.keys + 31u) / 32u;
  let last_mask = 0xffffffffu >> ((32u - params.keys % 32u) % 32u);
  var top = -3.0e38;
  var sum = 0.0;
  //:for b in 0..4
  //:for g in 0..8
  var q_${b}${g}: Group;
  var o_${b}${g} = vec4<f32>();
  //:end
  if (BLOCKS > ${b}u) {
    //:for g in 0..8
    q_${b}${g} = q[row * groups + ${b}u * 8u + ${g}u];
    //:end
  }
  //:end
  var word = 0u;
  var bits = 0u;
  loop {
    while (bits == 0u && word < words) {
      bits = selection[row * words + word];
      word++;
      if (word == words) {
        bits &= last_mask;
      }
    }
    if (bits == 0u) {
      break;
    }
    let key = (word - 1u) * 32u + countTrailingZeros(bits);
    bits &= bits - 1u;
    let at = (head * params.keys + key) * groups;
    var s = Sum(0);
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      s += group_product(q_${b}${g}, k[at + ${b}u * 8u + ${g}u]);
      //:end
    }
    //:end
    let score = f32(s) * factor;
    if (score > top) {
      let shrink = exp(top - score);
      top = score;
      sum *= shrink;
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        o_${b}${g} *= shrink;
        //:end
      }
      //:end
    }
    let p = exp(score - top);
    sum += p;
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      o_${b}${g} = fma(vec4<f32>(p), widen(v[at + ${b}u * 8u + ${g}u]), o_${b}${g});
      //:end
    }
    //:end
  }
  // A row that keeps nothing gives zeros.
  let norm = select(value_scale(head) / sum, 0.0, sum == 0.0);
  //:for b in 0..4
  if (BLOCKS > ${b}u) {
    //:for g in 0..8
    put(row, ${b}u * 32u + ${g}u * 4u, o_${b}${g} * norm);
    //:end
  }
  //:end
}
