// Relevance from codes as in pq-score.wgsl where the table holds whole numbers: sums of two queries share a word, 16 bits each, and
// the workgroup lays down what centroids are worth to 8 queries at a time. Sums are exact, so they are those of pq-score.wgsl.
// Grid: ceil(query_count / 8) x sequences * heads workgroups of LANES lanes, 4 keys a lane.
// Memory: at most 16 KiB of workgroup memory, sub-spaces in chunks whose sums 16 bits hold. Reads codes of both sides and table
// [array, centroids, centroids]. Writes scores [sequences * heads, query_count, stride] up to the last visible key, in whole quads.
//:use lib/pq-score-given

@group(0) @binding(4) var<storage, read_write> scores: array<vec4<f32>>;

var<workgroup> worth: array<vec4<i32>, ENTRIES>; // of 8 queries, the even ones in the lower halves

fn worth_of(row: u32, array: u32, m: u32, c: u32) -> i32 {
  if (RULE == 1u) {
    return select(0, 1, code_of(row, m) == c);
  }
  return i32(table[(array * params.centroids + code_of(row, m)) * params.centroids + c]);
}

fn put(at: u32, sums: vec4<i32>, further: bool) {
  var whole = vec4<f32>(sums);
  if (further) {
    whole += scores[at];
  }
  scores[at] = whole;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = min(group.y + group.z * 65535u, params.head_count - 1u);
  let query0 = params.query_first + group.x * 8u;
  let last = min(query0 + 7u, params.query_first + params.query_count - 1u);
  let quads = (visible_to(last) + 3u) / 4u;
  let words = (params.subspaces + 3u) / 4u;
  let stride4 = params.stride / 4u;
  let first_row = (head * params.query_count + group.x * 8u) * stride4;
  for (var m0 = 0u; m0 < params.subspaces; m0 += params.chunk) {
    let count = min(params.chunk, params.subspaces - m0);
    for (var i = lane; i < count * params.centroids; i += LANES) {
      let m = m0 + i / params.centroids;
      let array = params.array_base + (head % params.heads) * params.subspaces + m;
      let c = i % params.centroids;
      //:for t in 0..8
      let one${t} = worth_of(head * params.queries + min(query0 + ${t}u, last), array, m, c);
      //:end
      let even = vec4<i32>(one0, one2, one4, one6);
      let odd = vec4<i32>(one1, one3, one5, one7);
      worth[i] = even + (odd << vec4<u32>(16u));
    }
    workgroupBarrier();
    for (var quad = lane; quad < quads; quad += LANES) {
      //:for j in 0..4
      let code_at${j} = (head * params.keys + min(4u * quad + ${j}u, params.keys - 1u)) * words + m0 / 4u;
      var sum${j} = vec4<i32>(0);
      //:end
      for (var w = 0u; w * 4u < count; w++) {
        //:for j in 0..4
        let codes${j} = k_codes[code_at${j} + w];
        //:end
        //:for b in 0..4
        if (w * 4u + ${b}u < count) {
          let entry = (w * 4u + ${b}u) * params.centroids;
          //:for j in 0..4
          sum${j} += worth[entry + ((codes${j} >> (8u * ${b}u)) & 255u)];
          //:end
        }
        //:end
      }
      //:for p in 0..4
      if (query0 + 2u * ${p}u <= last) {
        let both = vec4<i32>(sum0[${p}], sum1[${p}], sum2[${p}], sum3[${p}]);
        let low = (both << vec4<u32>(16u)) >> vec4<u32>(16u);
        let at = first_row + 2u * ${p}u * stride4 + quad;
        put(at, low, m0 > 0u);
        if (query0 + 2u * ${p}u + 1u <= last) {
          put(at + stride4, (both - low) >> vec4<u32>(16u), m0 > 0u);
        }
      }
      //:end
    }
    workgroupBarrier();
  }
}
