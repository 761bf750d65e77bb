// LANES lanes share 16 queries and walk the keys 4 a lane at a time. For the scores a lane owns keys: it loads their rows itself
// and gets those of the queries by broadcast. For the sums it owns dimensions: it loads its share of the values of every key and
// gets the probabilities from the lane that has them. One step of the online softmax for all keys of a walk.
@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let head = group.y + group.z * 65535u;
  if (head >= params.heads) {
    return;
  }
  let groups = BLOCKS * 8u;
  let shares = groups / LANES;
  // The same as groups and LANES, but not known to the compiler: Mesa unrolls the loops otherwise, and compiles them for minutes.
  let group_count = min(groups, params.keys * groups);
  let lane_count = min(LANES, params.keys * LANES);
  let first_query = group.x * 16u;
  let last_query = params.queries - 1u;
  let last_key = params.keys - 1u;
  let offset = select(params.keys, params.keys - params.queries + 1u, params.causal == 1u);
  let step = select(0u, 1u, params.causal == 1u);
  let end = min(offset + min(first_query + 15u, last_query) * step, params.keys);
  let factor = score_scale(head);
  let q_row = head * params.queries;
  let k_row = head * params.keys;
  //:for e in 0..2
  //:for h in 0..2
  let row${e}${h} = q_row + min(first_query + ${e}u * 8u + ${h}u * 4u + lane, last_query);
  let q_at${e}${h} = row${e}${h} * groups;
  //:for j in 0..4
  var top${e}${h}${j} = -3.0e38;
  var sum${e}${h}${j} = vec4<f32>();
  //:for g in 0..8
  var o${e}${h}${j}_${g} = vec4<f32>();
  //:end
  //:end
  //:end
  //:end
  for (var first = 0u; first < end; first += LANES * 4u) {
    // Of 8 queries at a time a lane loads two, 4 apart, where there are 4 lanes, and one where there are 8.
    //:for e in 0..2
    //:for h in 0..2
    var kept${e}${h} = 0xffffffffu;
    //:end
    //:end
    if (SELECTED) {
      let steps = (0xffffffffu >> (32u - LANES * 4u)) << (first % 32u);
      //:for e in 0..2
      kept${e}0 = selected_keys(row${e}0, first) & steps;
      kept${e}1 = kept${e}0;
      if (LANES == 4u) {
        kept${e}1 = selected_keys(row${e}1, first) & steps;
      }
      //:end
      // All lanes go on alike, which a compiler that judges by workgroups can not know.
      if (!subgroupAny((kept00 | kept01 | kept10 | kept11) != 0u)) {
        continue;
      }
    }
    let own = first + lane * 4u;
    //:for c in 0..4
    let k_at${c} = (k_row + min(own + ${c}u, last_key)) * groups;
    //:end
    //:for e in 0..2
    //:for h in 0..2
    //:for j in 0..4
    var s${e}${h}${j} = vec4<f32>();
    //:end
    //:end
    //:end
    for (var g = 0u; g < group_count; g++) {
      //:for c in 0..4
      let k${c} = k[k_at${c} + g];
      //:end
      //:for i in 0..4
      let keys${i} = vec4<f32>(k0[${i}], k1[${i}], k2[${i}], k3[${i}]);
      //:end
      //:for e in 0..2
      let shared${e}0 = q[q_at${e}0 + g];
      var shared${e}1 = shared${e}0;
      if (LANES == 4u) {
        shared${e}1 = q[q_at${e}1 + g];
      }
      //:for h in 0..2
      //:for j in 0..4
      {
        // The lane must be a constant, which an override is not.
        var query = vec4<f32>();
        if (LANES == 4u) {
          query = subgroupBroadcast(shared${e}${h}, ${j}u);
        } else {
          query = subgroupBroadcast(shared${e}0, ${h}u * 4u + ${j}u);
        }
        //:for i in 0..4
        s${e}${h}${j} = fma(vec4<f32>(query[${i}]), keys${i}, s${e}${h}${j});
        //:end
      }
      //:end
      //:end
      //:end
    }
    let key = vec4<u32>(own) + vec4<u32>(0u, 1u, 2u, 3u);
    //:for e in 0..2
    //:for h in 0..2
    //:for j in 0..4
    {
      let visible = min(offset + min(first_query + ${e}u * 8u + ${h}u * 4u + ${j}u, last_query) * step, params.keys);
      var sees = key < vec4<u32>(visible);
      if (SELECTED) {
        var bits = 0u;
        if (LANES == 4u) {
          bits = subgroupBroadcast(kept${e}${h}, ${j}u);
        } else {
          bits = subgroupBroadcast(kept${e}0, ${h}u * 4u + ${j}u);
        }
        sees = sees & ((vec4<u32>(bits) & (vec4<u32>(1u) << (key % 32u))) != vec4<u32>());
      }
      let score = select(vec4<f32>(-3.0e38), s${e}${h}${j} * factor, sees);
      let before = top${e}${h}${j};
      top${e}${h}${j} = max(before, most_of_lanes(max(max(score.x, score.y), max(score.z, score.w))));
      let shrink = exp(before - top${e}${h}${j});
      s${e}${h}${j} = select(vec4<f32>(), exp(score - top${e}${h}${j}), sees);
      sum${e}${h}${j} = fma(sum${e}${h}${j}, vec4<f32>(shrink), s${e}${h}${j});
      //:for g in 0..8
      if (${g}u < shares) {
        o${e}${h}${j}_${g} *= shrink;
      }
      //:end
    }
    //:end
    //:end
    //:end
    for (var source = 0u; source < lane_count; source++) {
      //:for c in 0..4
      let v_at${c} = (k_row + min(first + source * 4u + ${c}u, last_key)) * groups + lane;
      //:end
      //:for e in 0..2
      //:for h in 0..2
      //:for j in 0..4
      let p${e}${h}${j} = subgroupShuffle(s${e}${h}${j}, source);
      //:end
      //:end
      //:end
      //:for g in 0..8
      if (${g}u < shares) {
        //:for c in 0..4
        let v${c} = v[v_at${c} + ${g}u * LANES];
        //:end
        //:for e in 0..2
        //:for h in 0..2
        //:for j in 0..4
        //:for c in 0..4
        o${e}${h}${j}_${g} = fma(vec4<f32>(p${e}${h}${j}[${c}]), v${c}, o${e}${h}${j}_${g});
        //:end
        //:end
        //:end
        //:end
      }
      //:end
    }
  }
  var sums: array<vec4<f32>, 128>;
  //:for e in 0..2
  //:for h in 0..2
  //:for j in 0..4
  {
    let parts = sums_of_lanes(sum${e}${h}${j});
    let sum = (parts.x + parts.y) + (parts.z + parts.w);
    // A row that keeps nothing gives zeros.
    let norm = select(value_scale(head) / sum, 0.0, sum == 0.0);
    //:for g in 0..8
    if (${g}u < shares) {
      sums[(${e}u * 8u + ${h}u * 4u + ${j}u) * shares + ${g}u] = o${e}${h}${j}_${g} * norm;
    }
    //:end
  }
  //:end
  //:end
  //:end
  let total = min(params.queries - min(params.queries, first_query), 16u) * shares;
  for (var i = 0u; i < total; i++) {
    let at = (q_row + first_query + i / shares) * params.dim;
    let d = (i % shares * LANES + lane) * 4u;
    let value = sums[i];
    //:for c in 0..4
    if (d + ${c}u < params.dim) {
      out[at + d + ${c}u] = value[${c}];
    }
    //:end
  }
}
