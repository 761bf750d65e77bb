// Estimates of a charge-domain array. A lane owns 2 neighbouring queries and walks the keys it sees in ascending order, four
// to a quad; whoever uses this takes the quads: `Row`, `open_row`, `take` and `close_row` are theirs.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4
override WEIGHTS: u32 = 0u; // how events add up: 0 counts of bits, 1 effective weight of each dimension, 2 each plane's
override CONVERT: u32 = 0u; // 1: every count passes a converter before it is weighted

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  queries: u32,
  query_first: u32,
  query_count: u32,
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

@group(0) @binding(0) var<storage, read> q: array<u32>;
@group(0) @binding(1) var<storage, read> planes: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/charge-planes
//:use lib/threshold

const CAPACITOR_NOISE = 21u;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head_index = group.y + group.z * 65535u;
  let first = (group.x * 32u + lane) * 2u;
  if (head_index >= params.head_count || first >= params.query_count) {
    return;
  }
  let sequence = head_index / params.heads;
  let chip = params.first_chip + sequence / params.windows;
  let quads = (params.keys + 3u) / 4u;
  let head_element = (params.layer * params.heads + head_index % params.heads) * quads;
  //:for t in 0..2
  let local${t} = min(first + ${t}u, params.query_count - 1u);
  let query${t} = params.query_first + local${t};
  let event${t} = params.first_event + (sequence % params.windows) * params.queries + query${t};
  var row${t} = open_row(head_index, local${t}, first + ${t}u < params.query_count);
  var sum${t} = 0.0;
  //:for b in 0..4
  var bits${t}_${b} = vec4<u32>(0u);
  //:for g in 0..8
  var q${t}_${b}${g} = vec4<f32>(0.0);
  //:end
  if (BLOCKS > ${b}u) {
    //:for g in 0..8
    {
      let codes = q[((head_index * params.queries + query${t}) * BLOCKS + ${b}u) * 8u + ${g}u];
      if (WEIGHTS == 1u) {
        q${t}_${b}${g} = vec4<f32>(upper_nibbles(codes)) + MIDDLE;
      } else {
        bits${t}_${b} |= planes_of(codes) << vec4<u32>(4u * ${g}u);
      }
    }
    //:end
    sum${t} += dot(vec4<f32>(countOneBits(bits${t}_${b})), PLANE_WEIGHTS);
  }
  //:end
  let fixed${t} = MIDDLE * (sum${t} + MIDDLE * f32(params.dim));
  var estimate${t} = vec4<f32>(0.0);
  //:end
  var offset = vec4<f32>(0.0);
  let end = max(row0.visible, row1.visible);
  for (var key = 0u; key < end; key++) {
    let key_row = head_index * params.keys + key;
    let facts = bitcast<vec4<f32>>(planes[key_row * (1u + BLOCKS)]);
    //:for t in 0..2
    var value${t} = 0.0;
    //:end
    if (WEIGHTS == 1u) {
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        let w${g} = weights[key_row * BLOCKS * 8u + ${b}u * 8u + ${g}u];
        //:for t in 0..2
        value${t} += dot(q${t}_${b}${g}, w${g});
        //:end
        //:end
      }
      //:end
    } else {
      // Counts of plane p of the key with each plane of the query.
      //:for t in 0..2
      //:for p in 0..4
      var count${t}_${p} = vec4<f32>(0.0);
      //:end
      //:end
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        let words = planes[key_row * (1u + BLOCKS) + 1u + ${b}u];
        //:for t in 0..2
        //:for p in 0..4
        count${t}_${p} += vec4<f32>(countOneBits(bits${t}_${b} & vec4<u32>(words[${p}])));
        //:end
        //:end
      }
      //:end
      if (CONVERT == 1u) {
        if (facts.z + abs(facts.y) < params.sure) {
          //:for t in 0..2
          //:for p in 0..4
          count${t}_${p} = min(count${t}_${p}, vec4<f32>(params.last_code));
          //:end
          //:end
        } else {
          if (WEIGHTS == 2u) {
            //:for t in 0..2
            //:for p in 0..4
            count${t}_${p} = vec4<f32>(0.0);
            //:end
            //:end
            //:for b in 0..4
            if (BLOCKS > ${b}u) {
              for (var n = 0u; n < 32u; n++) {
                let weight = weights[(key_row * BLOCKS + ${b}u) * 32u + n];
                //:for t in 0..2
                let bit${t} = vec4<f32>((bits${t}_${b} >> vec4<u32>(n)) & vec4<u32>(1u));
                //:for p in 0..4
                count${t}_${p} = fma(bit${t}, vec4<f32>(weight[${p}]), count${t}_${p});
                //:end
                //:end
              }
            }
            //:end
          }
          //:for t in 0..2
          //:for p in 0..4
          count${t}_${p} += facts.y;
          //:end
          //:end
          if (params.sigma > 0.0) {
            // A loop and not eight calls: every call is inlined.
            for (var p = 0u; p < 4u; p++) {
              let element = (head_element * 4u + key) * 4u + p;
              //:for t in 0..2
              let noise${t} = params.sigma * to_normals(random_words(params.seed, chip, CAPACITOR_NOISE, element, event${t}));
              //:for i in 0..4
              count${t}_${i} += select(vec4<f32>(0.0), noise${t}, p == ${i}u);
              //:end
              //:end
            }
          }
          //:for t in 0..2
          //:for p in 0..4
          count${t}_${p} =
            params.step * clamp(floor(count${t}_${p} / params.step + 0.5), vec4<f32>(0.0), vec4<f32>(params.last_code));
          //:end
          //:end
        }
      }
      //:for t in 0..2
      value${t} = MIDDLE * facts.x + fixed${t};
      //:for p in 0..4
      value${t} += PLANE_WEIGHTS[${p}] * dot(count${t}_${p}, PLANE_WEIGHTS);
      //:end
      //:end
    }
    let place = vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(key % 4u);
    offset = select(offset, vec4<f32>(facts.y), place);
    //:for t in 0..2
    estimate${t} = select(estimate${t}, vec4<f32>(value${t}), place);
    //:end
    if (key % 4u == 3u || key + 1u == end) {
      let quad = key / 4u;
      //:for t in 0..2
      if (CONVERT == 0u && params.sigma > 0.0) {
        let words = random_words(params.seed, chip, CAPACITOR_NOISE, head_element + quad, event${t});
        estimate${t} = fma(vec4<f32>(params.sigma), to_normals(words), estimate${t});
      }
      row${t} = take(row${t}, quad, estimate${t}, offset, chip, head_element + quad, event${t});
      //:end
    }
  }
  //:for t in 0..2
  close_row(row${t}, (end + 3u) / 4u);
  //:end
}
