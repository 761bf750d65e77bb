// Relevance of every visible key for every query from their codes, by one of three rules. For 4 queries at a time the
// workgroup lays down what each centroid is worth in each sub-space; a lane then adds up one entry per sub-space.
// Grid: ceil(query_count / 4) x sequences * heads workgroups of LANES lanes.
// Memory: at most 16 KiB of workgroup memory, sub-spaces in chunks that fit it. Reads codes of both sides; table
// [array, centroids, centroids] (symmetric) or codebook [array, sub_dim, centroids] and x (asymmetric).
// Writes scores [sequences * heads, query_count, stride] up to the last visible key.
//:use lib/pq-score-given

@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;

var<workgroup> worth: array<vec4<f32>, ENTRIES>;

fn worth_of(head: u32, query: u32, m: u32, c: u32) -> f32 {
  let row = head * params.queries + min(query, params.queries - 1u);
  let array = params.array_base + (head % params.heads) * params.subspaces + m;
  if (RULE == 0u) {
    return table[(array * params.centroids + code_of(row, m)) * params.centroids + c];
  }
  if (RULE == 1u) {
    return select(0.0, 1.0, code_of(row, m) == c);
  }
  var sum = 0.0;
  for (var r = 0u; r < min(params.sub_dim, params.dim - min(params.dim, m * params.sub_dim)); r++) {
    sum = fma(x[row * params.dim + m * params.sub_dim + r], table[(array * params.sub_dim + r) * params.centroids + c], sum);
  }
  return sum;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = min(group.y + group.z * 65535u, params.head_count - 1u);
  let query0 = params.query_first + group.x * 4u;
  let last = min(query0 + 3u, params.query_first + params.query_count - 1u);
  let visible = visible_to(last);
  let words = (params.subspaces + 3u) / 4u;
  for (var m0 = 0u; m0 < params.subspaces; m0 += params.chunk) {
    let count = min(params.chunk, params.subspaces - m0);
    for (var i = lane; i < count * params.centroids; i += LANES) {
      let m = m0 + i / params.centroids;
      let c = i % params.centroids;
      // A loop and not four calls: every call is inlined, and four of them take seconds to compile.
      var value = vec4<f32>(0.0);
      for (var t = 0u; t < 4u; t++) {
        value = select(value, vec4<f32>(worth_of(head, query0 + t, m, c)), vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(t));
      }
      worth[i] = value;
    }
    workgroupBarrier();
    for (var key = lane; key < visible; key += LANES) {
      let to = (head * params.query_count + group.x * 4u) * params.stride + key;
      var sum = vec4<f32>(0.0);
      if (m0 > 0u) {
        //:for t in 0..4
        if (query0 + ${t}u <= last) {
          sum[${t}] = scores[to + ${t}u * params.stride];
        }
        //:end
      }
      for (var w = 0u; w * 4u < count; w++) {
        let codes = k_codes[(head * params.keys + key) * words + m0 / 4u + w];
        //:for j in 0..4
        if (w * 4u + ${j}u < count) {
          sum += worth[(w * 4u + ${j}u) * params.centroids + ((codes >> (8u * ${j}u)) & 255u)];
        }
        //:end
      }
      //:for t in 0..4
      if (query0 + ${t}u <= last) {
        scores[to + ${t}u * params.stride] = sum[${t}];
      }
      //:end
    }
    workgroupBarrier();
  }
}
