// Writes keys into a charge-domain array: their upper nibbles, and what the cells they land in make of them.
// Grid: ceil(head_count * keys / 64) workgroups of 64 lanes, folded; a lane owns a key.
// Memory: registers only. Reads codes [head_count, keys, groups], offsets [chips, heads, columns] and, with mismatch, shares
// [chips, heads, columns, row_elements, 4]; key j lies in column j mod columns.
// Writes planes [head_count, keys, 1 + 5 blocks, 4]: facts as floats (sum of nibbles, offset of the column, most that a count can
// err by mismatch), the nibbles as swapped pairs, 4 words of them for 16 dimensions, and 4 bit planes for each block; and
// weights [head_count, keys, row_elements], or the same times 4 planes.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4
override WEIGHTS: u32 = 0u; // 0 none, 1 effective weight of each dimension in nibble units, 2 each plane's

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  keys: u32,
  dim: u32,
  columns: u32,
  last_code: f32, // of a conversion, where there is one
}

@group(0) @binding(0) var<storage, read> codes: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> offsets: array<f32>;
@group(0) @binding(2) var<storage, read> shares: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> planes: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

//:use lib/charge-planes
//:use lib/threshold

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let key = (group.x + group.y * count.x) * 64u + lane;
  if (key >= params.head_count * params.keys) {
    return;
  }
  let head_index = key / params.keys;
  let chip = head_index / (params.heads * params.windows);
  let line = (chip * params.heads + head_index % params.heads) * params.columns + (key % params.keys) % params.columns;
  let at = key * (1u + 5u * BLOCKS);
  var full = vec4<f32>(0.0);
  var above = vec4<f32>(0.0);
  var below = vec4<f32>(0.0);
  for (var b = 0u; b < BLOCKS; b++) {
    var words = vec4<u32>(0u);
    for (var g = 8u * b; g < 8u * b + 8u; g++) {
      let bits = planes_of(codes[key * BLOCKS * 2u + g / 4u][g % 4u]);
      words |= bits << vec4<u32>(4u * (g % 8u));
      var weight = vec4<f32>(0.0);
      //:for j in 0..4
      if (WEIGHTS > 0u) {
        let n = 4u * g + ${j}u;
        let bit = vec4<f32>((bits >> vec4<u32>(${j}u)) & vec4<u32>(1u));
        let share = shares[line * BLOCKS * 32u + n];
        if (WEIGHTS == 1u) {
          weight[${j}] = select(0.0, dot(bit * PLANE_WEIGHTS, share) + MIDDLE, n < params.dim);
        } else {
          weights[key * BLOCKS * 32u + n] = bit * share;
          above += bit * max(share - 1.0, vec4<f32>(0.0));
          below += bit * max(1.0 - share, vec4<f32>(0.0));
        }
      }
      //:end
      if (WEIGHTS == 1u) {
        weights[key * BLOCKS * 8u + g] = weight;
      }
    }
    full += vec4<f32>(countOneBits(words));
    planes[at + 1u + 4u * BLOCKS + b] = words;
    for (var h = 0u; h < 2u; h++) {
      let four = codes[key * BLOCKS * 2u + 2u * b + h];
      planes[at + 1u + 4u * b + h] = bitcast<vec4<u32>>(swapped(even_pairs(four)));
      planes[at + 3u + 4u * b + h] = bitcast<vec4<u32>>(swapped(odd_pairs(four)));
    }
  }
  // Whatever the query's bits, they take part of these.
  let most = max(above, below);
  var worst = max(max(most.x, most.y), max(most.z, most.w));
  // A count is at most the number of bits in the key's plane; one that might be clipped is anything but sure.
  if (max(max(full.x, full.y), max(full.z, full.w)) > params.last_code) {
    worst = f32(params.dim);
  }
  planes[at] = bitcast<vec4<u32>>(vec4<f32>(dot(full, PLANE_WEIGHTS), offsets[line], worst, 0.0));
}
