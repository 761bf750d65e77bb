// A lane owns 2 neighbouring queries, so that each row of K and V is loaded once for both. Keys are taken one by one
// in ascending order with the running maximum and sum of each query: the same arithmetic in the same order as
// gather-attend, which makes the two agree bit for bit where nothing is masked.
fn put(row: u32, d: u32, value: vec4<f32>) {
  let at = row * params.dim + d;
  //:for i in 0..4
  if (d + ${i}u < params.dim) {
    out[at + ${i}u] = value[${i}];
  }
  //:end
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.y + group.z * 65535u;
  let first_query = (group.x * 32u + lane) * 2u;
  if (head >= params.heads || first_query >= params.queries) {
    return;
  }
  let groups = BLOCKS * 8u;
  let first_row = head * params.queries;
  let last_query = params.queries - 1u;
  let offset = select(params.keys, params.keys - params.queries + 1u, params.causal == 1u);
  let step = select(0u, 1u, params.causal == 1u);
  let factor = score_scale(head);
  //:for t in 0..2
  let query${t} = min(first_query + ${t}u, last_query);
  let visible${t} = min(offset + query${t} * step, params.keys);
  let q_at${t} = (first_row + query${t}) * groups;
  var top${t} = -3.0e38;
  var sum${t} = 0.0;
  //:for b in 0..4
  //:for g in 0..8
  var q${t}_${b}${g}: Group;
  var o${t}_${b}${g} = vec4<f32>();
  //:end
  if (BLOCKS > ${b}u) {
    //:for g in 0..8
    q${t}_${b}${g} = q[q_at${t} + ${b}u * 8u + ${g}u];
    //:end
  }
  //:end
  //:end
  for (var key = 0u; key < visible1; key++) {
    let at = (head * params.keys + key) * groups;
    //:for t in 0..2
    var s${t} = Sum(0);
    //:end
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      let k${g} = k[at + ${b}u * 8u + ${g}u];
      //:for t in 0..2
      s${t} += group_product(q${t}_${b}${g}, k${g});
      //:end
      //:end
    }
    //:end
    //:for t in 0..2
    let score${t} = select(-3.0e38, f32(s${t}) * factor, key < visible${t});
    if (score${t} > top${t}) {
      let shrink = exp(top${t} - score${t});
      top${t} = score${t};
      sum${t} *= shrink;
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        o${t}_${b}${g} *= shrink;
        //:end
      }
      //:end
    }
    let p${t} = select(0.0, exp(score${t} - top${t}), key < visible${t});
    sum${t} += p${t};
    //:end
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      let v${g} = widen(v[at + ${b}u * 8u + ${g}u]);
      //:for t in 0..2
      o${t}_${b}${g} = fma(vec4<f32>(p${t}), v${g}, o${t}_${b}${g});
      //:end
      //:end
    }
    //:end
  }
  let v_scale = value_scale(head);
  //:for t in 0..2
  if (first_query + ${t}u < params.queries) {
    let norm = v_scale / sum${t};
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      put(first_row + query${t}, ${b}u * 32u + ${g}u * 4u, o${t}_${b}${g} * norm);
      //:end
    }
    //:end
  }
  //:end
}
