// One round of k-means after the assignment: sums of the vectors of each centroid, then their means. Sums are integers of
// fixed point, so that the result does not depend on the order of the additions.
// Grid: `gather` ceil(vectors / 64) x arrays workgroups of 64 lanes; `centre` ceil(centroids / 64) x arrays.
// Memory: atomics on sums. Reads x [vectors of all heads, dim] and codes; heads lie as [set, head, token].
// Writes sums [array, sub_dim + 1, padded] (the last row counts), then the codebook as pq-encode reads it, [rows, columns]:
// centroids, and -|c|^2 / 2 in the bias row; an empty centroid stays where it was.
struct Params {
  sets: u32,
  heads: u32,
  tokens: u32,
  dim: u32,
  subspaces: u32,
  sub_dim: u32,
  centroids: u32,
  padded: u32,
  fixed_point: f32, // counts per unit
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> sums: array<atomic<i32>>;
@group(0) @binding(3) var<storage, read_write> book: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn gather(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * 64u + lane;
  if (i >= params.sets * params.tokens) {
    return;
  }
  let head = group.y / params.subspaces;
  let m = group.y % params.subspaces;
  let vector = ((i / params.tokens) * params.heads + head) * params.tokens + i % params.tokens;
  let code = (codes[vector * ((params.subspaces + 3u) / 4u) + m / 4u] >> (8u * (m % 4u))) & 255u;
  let base = group.y * (params.sub_dim + 1u) * params.padded + code;
  for (var r = 0u; r < params.sub_dim; r++) {
    let d = m * params.sub_dim + r;
    if (d < params.dim) {
      atomicAdd(&sums[base + r * params.padded], i32(round(x[vector * params.dim + d] * params.fixed_point)));
    }
  }
  atomicAdd(&sums[base + params.sub_dim * params.padded], 1i);
}

@compute @workgroup_size(64)
fn centre(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let c = group.x * 64u + lane;
  if (c >= params.centroids) {
    return;
  }
  let columns = params.heads * params.subspaces * params.padded;
  let base = group.y * (params.sub_dim + 1u) * params.padded + c;
  let count = atomicExchange(&sums[base + params.sub_dim * params.padded], 0i);
  var square = 0.0;
  for (var r = 0u; r < params.sub_dim; r++) {
    let sum = atomicExchange(&sums[base + r * params.padded], 0i);
    let at = r * columns + group.y * params.padded + c;
    var value = book[at];
    if (count > 0i) {
      value = f32(sum) / (params.fixed_point * f32(count));
      book[at] = value;
    }
    square += value * value;
  }
  book[params.sub_dim * columns + group.y * params.padded + c] = -0.5 * square;
}
