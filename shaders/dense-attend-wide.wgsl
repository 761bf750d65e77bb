// Dense attention as in dense-attend.wgsl for processors, where a load costs more than many multiply-adds.
// Grid: ceil(queries / 32) x sequences * heads workgroups of 8 lanes, 4 queries a lane.
// Memory: registers and the stack only; float32 operands in rows padded to whole blocks of 32 dimensions.
// Reads q, k, v as vec4 groups.
// Writes out [sequences * heads, queries, dim], guarded.
//:use lib/operand-f32
//:use lib/dense-attend-bindings

// A lane takes keys in fours: their scores, one step of the online softmax for all, their values. Sums are held in named
// variables and not in an array, which would be indexed in the inner loop; queries, read at constant places only, may be in one.
@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.y + group.z * 65535u;
  if (head >= params.heads) {
    return;
  }
  let groups = BLOCKS * 8u;
  let last_query = params.queries - 1u;
  let last_key = params.keys - 1u;
  let first_query = group.x * 32u + lane * 4u;
  let offset = select(params.keys, params.keys - params.queries + 1u, params.causal == 1u);
  let step = select(0u, 1u, params.causal == 1u);
  let group_last = min(group.x * 32u + 31u, last_query);
  let end = min(offset + group_last * step, params.keys);
  let factor = score_scale(head);
  //:for t in 0..4
  let query${t} = min(first_query + ${t}u, last_query);
  let visible${t} = min(offset + query${t} * step, params.keys);
  var top${t} = -3.0e38;
  var sum${t} = 0.0;
  //:for b in 0..4
  //:for g in 0..8
  var o${t}_${b}${g} = vec4<f32>();
  //:end
  //:end
  var q${t}: array<vec4<f32>, 32>;
  for (var g = 0u; g < groups; g++) {
    q${t}[g] = widen(q[(head * params.queries + query${t}) * groups + g]);
  }
  //:end
  for (var first = 0u; first < end; first += 4u) {
    //:for t in 0..4
    var score${t} = vec4<f32>();
    //:end
    for (var j = 0u; j < 4u; j++) {
      let at = (head * params.keys + min(first + j, last_key)) * groups;
      //:for t in 0..4
      var s${t} = 0.0;
      //:end
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        {
          let held = widen(k[at + ${b}u * 8u + ${g}u]);
          //:for t in 0..4
          s${t} += dot(q${t}[${b}u * 8u + ${g}u], held);
          //:end
        }
        //:end
      }
      //:end
      let now = vec4<u32>(j) == vec4<u32>(0u, 1u, 2u, 3u);
      //:for t in 0..4
      score${t} = select(score${t}, vec4<f32>(s${t} * factor), now);
      //:end
    }
    let key = vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u);
    //:for t in 0..4
    {
      let sees = key < vec4<u32>(visible${t});
      score${t} = select(vec4<f32>(-3.0e38), score${t}, sees);
      let most = max(max(score${t}.x, score${t}.y), max(score${t}.z, score${t}.w));
      let before = top${t};
      top${t} = max(before, most);
      let shrink = exp(before - top${t});
      let p = select(vec4<f32>(), exp(score${t} - top${t}), sees);
      score${t} = p;
      sum${t} = sum${t} * shrink + ((p.x + p.y) + (p.z + p.w));
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        o${t}_${b}${g} *= shrink;
        //:end
      }
      //:end
    }
    //:end
    for (var j = 0u; j < 4u; j++) {
      let at = (head * params.keys + min(first + j, last_key)) * groups;
      let now = vec4<f32>(vec4<u32>(j) == vec4<u32>(0u, 1u, 2u, 3u));
      //:for t in 0..4
      let p${t} = vec4<f32>(dot(score${t}, now));
      //:end
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        {
          let held = widen(v[at + ${b}u * 8u + ${g}u]);
          //:for t in 0..4
          o${t}_${b}${g} = fma(p${t}, held, o${t}_${b}${g});
          //:end
        }
        //:end
      }
      //:end
    }
  }
  let v_scale = value_scale(head);
  var sums: array<vec4<f32>, 128>;
  //:for t in 0..4
  let norm${t} = v_scale / sum${t};
  //:for b in 0..4
  if (BLOCKS > ${b}u) {
    //:for g in 0..8
    sums[(${t}u * BLOCKS + ${b}u) * 8u + ${g}u] = o${t}_${b}${g} * norm${t};
    //:end
  }
  //:end
  //:end
  let count = min(params.queries - min(params.queries, first_query), 4u) * groups;
  for (var i = 0u; i < count; i++) {
    let at = (head * params.queries + first_query + i / groups) * params.dim;
    let d = i % groups * 4u;
    let value = sums[i];
    //:for c in 0..4
    if (d + ${c}u < params.dim) {
      out[at + d + ${c}u] = value[${c}];
    }
    //:end
  }
}
