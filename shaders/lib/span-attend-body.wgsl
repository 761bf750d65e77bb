// A lane owns 2 neighbouring queries and walks the keys that either of them sees, each loaded once for both, in ascending
// order with the running maximum and sum of each query. What it counts, it counts on that walk.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4
// Neighbouring lanes that walk the same keys, a divisor of 32. Alone (1) a lane walks no more than its own keys, which suits
// lanes that load one by one; together they read a row once for all, which suits a GPU.
override LOCKSTEP: u32 = 1u;

struct Params {
  heads: u32, // sequences * heads
  queries: u32,
  keys: u32,
  dim: u32,
  scale: f32,
  sequence_heads: u32,
  causal: u32,
  tile_queries: u32,
}

@group(0) @binding(0) var<storage, read> q: array<Group>;
@group(0) @binding(1) var<storage, read> k: array<Group>;
@group(0) @binding(2) var<storage, read> v: array<Group>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;
@group(0) @binding(5) var<storage, read> spans: array<u32>;
@group(0) @binding(7) var<storage, read_write> counts: array<u32>;

fn put(row: u32, d: u32, value: vec4<f32>) {
  let at = row * params.dim + d;
  //:for i in 0..4
  if (d + ${i}u < params.dim) {
    out[at + ${i}u] = value[${i}];
  }
  //:end
}

// The window only moves on: what a query adds to a buffer that holds the one before it lies behind that one's end. A slot is
// free by then, since the row it held has left the window.
fn rows_written(own: u32, span: u32, is_empty: bool) -> u32 {
  let first = span_first(own, span);
  let held = select(span_end(max(own, 1u) - 1u, span, params.keys, params.causal), 0u, is_empty);
  return span_end(own, span, params.keys, params.causal) - max(first, held);
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
  let cached = params.keys - params.queries;
  let span = span_of(spans[head % params.sequence_heads], params.keys);
  let factor = score_scale(head);
  //:for t in 0..2
  let query${t} = min(first_query + ${t}u, last_query);
  let own${t} = query${t} + cached;
  let first${t} = span_first(own${t}, span);
  let end${t} = span_end(own${t}, span, params.keys, params.causal);
  let q_at${t} = (first_row + query${t}) * groups;
  var top${t} = -3.0e38;
  var sum${t} = 0.0;
  var seen${t} = 0u;
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
  let leader = (group.x * 32u + lane / LOCKSTEP * LOCKSTEP) * 2u + cached;
  for (var key = span_first(leader, span); key < end1; key++) {
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
    let sees${t} = key >= first${t} && key < end${t};
    let score${t} = select(-3.0e38, f32(s${t}) * factor, sees${t});
    let before${t} = top${t};
    top${t} = max(before${t}, score${t});
    // Lanes alone are those of a processor, which does both sides of a branch: without one the products below fuse.
    if (LOCKSTEP == 1u || top${t} > before${t}) {
      let shrink = exp(before${t} - top${t});
      sum${t} *= shrink;
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        o${t}_${b}${g} *= shrink;
        //:end
      }
      //:end
    }
    let p${t} = select(0.0, exp(score${t} - top${t}), sees${t});
    sum${t} += p${t};
    seen${t} += select(0u, 1u, sees${t});
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
    let row = first_row + query${t};
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      put(row, ${b}u * 32u + ${g}u * 4u, o${t}_${b}${g} * norm);
      //:end
    }
    //:end
    counts[4u * row] = seen${t};
    // The later token of a pair that both see has the same product.
    counts[4u * row + 1u] = end${t} - own${t} - 1u;
    counts[4u * row + 2u] = rows_written(own${t}, span, query${t} == 0u);
    counts[4u * row + 3u] = rows_written(own${t}, span, query${t} % params.tile_queries == 0u);
  }
  //:end
}
