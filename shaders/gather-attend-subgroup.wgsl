enable subgroups;
// Attention over the kept keys as in gather-attend.wgsl, for processors whose subgroups hold at least 8 lanes.
// Grid: ceil(queries / 16) x sequences * heads workgroups of 8 lanes, which take 16 queries one after another.
// Memory: registers only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, selection; k and v rows only where a bit is set. Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-f32
//:use lib/gather-attend-bindings
//:use lib/lanes

// Lanes share the dimensions of a query, so that they read neighbouring groups of a row at a time, and take its kept keys in
// fours: one step of the online softmax for four.
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let head = group.y + group.z * 65535u;
  if (head >= params.heads) {
    return;
  }
  let groups = BLOCKS * 8u;
  let factor = score_scale(head);
  let words = (params.keys + 31u) / 32u;
  let last_mask = 0xffffffffu >> ((32u - params.keys % 32u) % 32u);
  let end = min(group.x * 16u + 16u, params.queries);
  for (var query = group.x * 16u; query < end; query++) {
    let row = head * params.queries + query;
    var top = -3.0e38;
    var sum = 0.0;
    //:for g in 0..4
    var q${g} = vec4<f32>();
    var o${g} = vec4<f32>();
    if (BLOCKS > ${g}u) {
      q${g} = q[row * groups + ${g}u * LANES + lane];
    }
    //:end
    var word = 0u;
    var bits = 0u;
    loop {
      var key = 0u;
      var found = 0u;
      //:for c in 0..4
      while (bits == 0u && word < words) {
        bits = selection[row * words + word];
        word++;
        if (word == words) {
          bits &= last_mask;
        }
      }
      // Past the last one the key before counts again, with nothing.
      if (bits != 0u) {
        key = (word - 1u) * 32u + countTrailingZeros(bits);
        bits &= bits - 1u;
        found = ${c}u + 1u;
      }
      let at${c} = (head * params.keys + key) * groups + lane;
      //:end
      if (found == 0u) {
        break;
      }
      var s = vec4<f32>();
      //:for g in 0..4
      if (BLOCKS > ${g}u) {
        //:for c in 0..4
        s[${c}] += dot(q${g}, k[at${c} + ${g}u * LANES]);
        //:end
      }
      //:end
      let kept = vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(found);
      let score = select(vec4<f32>(-3.0e38), sums_of_lanes(s) * factor, kept);
      let before = top;
      top = max(before, max(max(score.x, score.y), max(score.z, score.w)));
      let shrink = exp(before - top);
      let p = select(vec4<f32>(), exp(score - top), kept);
      sum = sum * shrink + ((p.x + p.y) + (p.z + p.w));
      //:for g in 0..4
      if (BLOCKS > ${g}u) {
        o${g} *= shrink;
        //:for c in 0..4
        o${g} = fma(vec4<f32>(p[${c}]), v[at${c} + ${g}u * LANES], o${g});
        //:end
      }
      //:end
    }
    // A row that keeps nothing gives zeros.
    let norm = select(value_scale(head) / sum, 0.0, sum == 0.0);
    //:for g in 0..4
    if (BLOCKS > ${g}u) {
      let d${g} = (${g}u * LANES + lane) * 4u;
      let value${g} = o${g} * norm;
      //:for c in 0..4
      if (d${g} + ${c}u < params.dim) {
        out[row * params.dim + d${g} + ${c}u] = value${g}[${c}];
      }
      //:end
    }
    //:end
  }
}
