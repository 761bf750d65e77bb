// Estimates of a charge-domain array. A lane owns 4 neighbouring queries and walks the keys it sees in ascending order, four
// to a quad; whoever uses this takes the quads: `Row`, `open_row`, `take` and `close_row` are theirs.
//
// Where no capacitor, offset or draw can move a count to another code, the sum over all events is the product of the nibbles. It
// is taken two dimensions at a time, as threshold-select does: (u + 2^16 u') (v' + 2^16 v) = u v' + 2^16 (u v + u' v') modulo 2^32.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4
override WEIGHTS: u32 = 0u; // what charge-program wrote: 0 nothing, 1 effective weight of each dimension, 2 each plane's
override CONVERT: u32 = 0u; // 1: every count passes a converter before it is weighted

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  queries: u32,
  query_first: u32,
  query_count: u32,
  row_first: u32, // query of the first row of a head in selection and counts, and how many rows those have
  row_count: u32,
  keys: u32,
  causal: u32,
  dim: u32,
  seed: u32,
  first_chip: u32,
  layer: u32,
  first_event: u32,
  sigma: f32, // of an estimate, or of a count before its conversion
  step: f32, // counts per code
  last_code: f32,
  sure: f32, // a count that errs by less is converted to itself
  comparator_sigma: f32, // the rest for selecting only
  margin: f32,
  root_dim: f32,
  padded: u32,
}

@group(0) @binding(0) var<storage, read> q: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read> planes: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/charge-planes
//:use lib/threshold

const CAPACITOR_NOISE = 21u;

// What 4 x 4 events of a pair add up to when every count is converted: with the cells' own capacitors, or from packed bits.
fn converted(q_at: u32, planes_at: u32, weights_at: u32, offset: f32, chip: u32, element: u32, event: u32) -> f32 {
  // Counts of plane p of the key with each plane of the query.
  //:for p in 0..4
  var count${p} = vec4<f32>(offset);
  //:end
  for (var b = 0u; b < BLOCKS; b++) {
    var bits = vec4<u32>(0u);
    for (var g = 0u; g < 8u; g++) {
      let codes = q[q_at + 2u * b + g / 4u][g % 4u];
      if (WEIGHTS == 2u) {
        //:for j in 0..4
        {
          let mask = vec4<u32>(16u, 32u, 64u, 128u) * vec4<u32>(1u << (8u * ${j}u));
          let bit = select(vec4<f32>(0.0), vec4<f32>(1.0), (vec4<u32>(codes) & mask) != vec4<u32>(0u));
          let weight = weights[weights_at + 32u * b + 4u * g + ${j}u];
          //:for p in 0..4
          count${p} = fma(bit, vec4<f32>(weight[${p}]), count${p});
          //:end
        }
        //:end
      } else {
        bits |= planes_of(codes) << vec4<u32>(4u * g);
      }
    }
    if (WEIGHTS == 0u) {
      let words = planes[planes_at + b];
      //:for p in 0..4
      count${p} += vec4<f32>(countOneBits(bits & vec4<u32>(words[${p}])));
      //:end
    }
  }
  var sum = 0.0;
  // A loop and not four calls: every call is inlined.
  for (var p = 0u; p < 4u; p++) {
    var count = count0;
    //:for i in 1..4
    count = select(count, count${i}, p == ${i}u);
    //:end
    if (params.sigma > 0.0) {
      count += params.sigma * to_normals(random_words(params.seed, chip, CAPACITOR_NOISE, element + p, event));
    }
    let code = clamp(floor(count / params.step + 0.5), vec4<f32>(0.0), vec4<f32>(params.last_code));
    sum += PLANE_WEIGHTS[p] * dot(params.step * code, PLANE_WEIGHTS);
  }
  return sum;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head_index = group.y + group.z * 65535u;
  let first = (group.x * 32u + lane) * 4u;
  if (head_index >= params.head_count || first >= params.query_count) {
    return;
  }
  let sequence = head_index / params.heads;
  let chip = params.first_chip + sequence / params.windows;
  let quads = (params.keys + 3u) / 4u;
  let head_element = (params.layer * params.heads + head_index % params.heads) * quads;
  let first_query = head_index * params.queries + params.query_first;
  let last = params.query_count - 1u;
  let first_event = params.first_event + (sequence % params.windows) * params.queries + params.query_first;
  var end = 0u;
  //:for t in 0..4
  let local${t} = min(first + ${t}u, last);
  var row${t} = open_row(head_index, local${t}, first + ${t}u <= last);
  end = max(end, row${t}.visible);
  var sum${t} = 0;
  //:for b in 0..4
  //:for h in 0..2
  var even${t}_${b}${h} = vec4<i32>(0);
  var odd${t}_${b}${h} = vec4<i32>(0);
  //:for c in 0..4
  var q${t}_${b}${h}${c} = vec4<f32>(0.0);
  //:end
  if (BLOCKS > ${b}u) {
    let codes = q[(first_query + local${t}) * BLOCKS * 2u + ${b}u * 2u + ${h}u];
    if (WEIGHTS == 1u) {
      //:for c in 0..4
      q${t}_${b}${h}${c} = vec4<f32>(upper_nibbles(codes[${c}])) + MIDDLE;
      //:end
    } else {
      even${t}_${b}${h} = even_pairs(codes);
      odd${t}_${b}${h} = odd_pairs(codes);
    }
  }
  //:end
  //:end
  var estimate${t} = vec4<f32>(0.0);
  //:end
  if (WEIGHTS != 1u) {
    //:for t in 0..4
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      sum${t} += pair_sum(even${t}_${b}0 + even${t}_${b}1 + odd${t}_${b}0 + odd${t}_${b}1);
    }
    //:end
    //:end
  }
  //:for t in 0..4
  let fixed${t} = MIDDLE * (f32(sum${t}) + MIDDLE * f32(params.dim));
  //:end
  var offset = vec4<f32>(0.0);
  for (var key = 0u; key < end; key++) {
    let key_row = head_index * params.keys + key;
    let at = key_row * (1u + 5u * BLOCKS);
    let facts = bitcast<vec4<f32>>(planes[at]);
    //:for t in 0..4
    var value${t} = 0.0;
    //:end
    if (WEIGHTS == 1u) {
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for h in 0..2
        //:for c in 0..4
        let w${h}${c} = weights[key_row * BLOCKS * 8u + ${b}u * 8u + 4u * ${h}u + ${c}u];
        //:for t in 0..4
        value${t} += dot(q${t}_${b}${h}${c}, w${h}${c});
        //:end
        //:end
        //:end
      }
      //:end
    } else if (CONVERT == 0u || facts.z + abs(facts.y) < params.sure) {
      //:for t in 0..4
      var product${t} = vec4<i32>(8192);
      //:end
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for h in 0..2
        let k_even${h} = bitcast<vec4<i32>>(planes[at + 1u + ${b}u * 4u + ${h}u]);
        let k_odd${h} = bitcast<vec4<i32>>(planes[at + 3u + ${b}u * 4u + ${h}u]);
        //:for t in 0..4
        product${t} += even${t}_${b}${h} * k_even${h} + odd${t}_${b}${h} * k_odd${h};
        //:end
        //:end
      }
      //:end
      //:for t in 0..4
      let total${t} = product${t}.x + product${t}.y + product${t}.z + product${t}.w;
      value${t} = f32(total${t} & -65536) * 0.0000152587890625 + (MIDDLE * facts.x + fixed${t});
      //:end
    } else {
      for (var t = 0u; t < min(4u, params.query_count - first); t++) {
        let local = first + t;
        let value = converted(
          (first_query + local) * BLOCKS * 2u,
          at + 1u + 4u * BLOCKS,
          key_row * BLOCKS * 32u,
          facts.y,
          chip,
          (head_element * 4u + key) * 4u,
          first_event + local,
        );
        //:for t in 0..4
        value${t} = select(value${t}, value + (MIDDLE * facts.x + fixed${t}), t == ${t}u);
        //:end
      }
    }
    let place = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(key % 4u);
    offset = select(offset, vec4<f32>(facts.y), place);
    //:for t in 0..4
    estimate${t} = select(estimate${t}, vec4<f32>(value${t}), place);
    //:end
    if (key % 4u == 3u || key + 1u == end) {
      let quad = key / 4u;
      // Where counts are converted, offset and noise are in them, and what follows is digital.
      var shift0 = select(vec4<f32>(0.0), offset, CONVERT == 0u);
      //:for t in 1..4
      var shift${t} = shift0;
      //:end
      if (CONVERT == 0u && max(params.sigma, params.comparator_sigma) > 0.0) {
        let element = head_element + quad;
        for (var t = 0u; t < min(4u, params.query_count - first); t++) {
          let event = first_event + first + t;
          var noise = vec4<f32>(0.0);
          if (params.sigma > 0.0) {
            noise = params.sigma * to_normals(random_words(params.seed, chip, CAPACITOR_NOISE, element, event));
          }
          let shift = comparator_shift(offset, params.comparator_sigma, params.seed, chip, element, event);
          //:for t in 0..4
          estimate${t} += select(vec4<f32>(0.0), noise, t == ${t}u);
          shift${t} = select(shift${t}, shift, t == ${t}u);
          //:end
        }
      }
      //:for t in 0..4
      row${t} = take(row${t}, quad, estimate${t}, shift${t});
      //:end
    }
  }
  //:for t in 0..4
  close_row(row${t}, (end + 3u) / 4u);
  //:end
}
