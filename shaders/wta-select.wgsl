// Time-domain k-winner-take-all: a row's scores become currents, currents arrival times, and the k first arrivals stay.
// A lane owns a row. It finds the k-th arrival by counting against 7 thresholds a pass (an 8-ary search over the integer
// order of arrivals), then writes one bit per key; ties go to the lower index. No sort, no atomics, no barriers, any length.
// Grid: ceil(rows / 64) workgroups of 64 lanes, folded; rows = sequences * heads * query_count.
// Memory: a scratch word per score. Reads scores [rows, stride], mismatch [chip, heads, stride], ranges [heads, 2].
// Writes selection [sequences * heads, queries, ceil(keys / 32)] and stats (k-th arrival, or the timeout where fewer come, in
// ns, column charges, active columns, kept keys) [sequences * heads, queries].
override TIMED: u32 = 0u; // 0 ideal: order of the scores themselves, 1 arrival times with all their errors

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  queries: u32,
  query_first: u32,
  query_count: u32,
  keys: u32,
  keep: u32,
  causal: u32,
  stride4: u32,
  seed: u32,
  first_chip: u32,
  layer: u32,
  first_event: u32,
  charge: f32, // capacitance * threshold, fF V
  current_min: f32,
  current_max: f32,
  delay: f32, // ns
  jitter: f32, // relative to the charging time
  reference_jitter: f32, // ns
  resolution: f32, // ns, 0 = none
  timeout: f32, // ns, 0 = none
}

@group(0) @binding(0) var<storage, read> scores: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> ranges: array<f32>; // current at score 0 and per unit of score, per head
@group(0) @binding(2) var<storage, read> mismatch: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> arrivals: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> selection: array<u32>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

//:use lib/rng

const SELECT_JITTER = 11u;
const SELECT_REFERENCE = 12u;
const NEVER = 0xfffffffeu; // timed out; one more is a key that the row does not see

// Order-preserving integer of a float, reversed so that the largest score comes first.
fn descending(score: vec4<f32>) -> vec4<u32> {
  let bits = bitcast<vec4<u32>>(score);
  let ascending = select(bits | vec4<u32>(0x80000000u), ~bits, bits >= vec4<u32>(0x80000000u));
  return min(~ascending, vec4<u32>(NEVER - 1u));
}

fn score_of(order: u32) -> f32 {
  let ascending = ~order;
  return bitcast<f32>(select(~ascending, ascending & 0x7fffffffu, ascending >= 0x80000000u));
}

fn current_of(score: f32, head: u32) -> f32 {
  return clamp(ranges[2u * head] + ranges[2u * head + 1u] * score, params.current_min, params.current_max);
}

fn time_of(order: u32, head: u32) -> f32 {
  if (TIMED == 0u) {
    return params.charge / current_of(score_of(order), head) + params.delay;
  }
  if (params.resolution > 0.0) {
    return (f32(order) + 1.0) * params.resolution;
  }
  return bitcast<f32>(order);
}

// A late column has charged by less than if it came at the timeout.
fn time_or_timeout(order: u32, head: u32) -> f32 {
  if (order == NEVER) {
    return params.timeout;
  }
  return time_of(order, head);
}

fn arrival_order(score: vec4<f32>, head: u32, chip: u32, column4: u32, event: u32) -> vec4<u32> {
  if (TIMED == 0u) {
    return descending(score);
  }
  let at0 = ranges[2u * head];
  let gain = ranges[2u * head + 1u];
  let current = clamp(at0 + gain * score, vec4<f32>(params.current_min), vec4<f32>(params.current_max));
  var time = params.charge / current * mismatch[(chip * params.heads + head) * params.stride4 + column4];
  let element = (params.layer * params.heads + head) * params.stride4 + column4;
  if (params.jitter > 0.0) {
    time *= 1.0 + params.jitter * to_normals(random_words(params.seed, params.first_chip + chip, SELECT_JITTER, element, event));
  }
  time += params.delay;
  if (params.reference_jitter > 0.0) {
    time += params.reference_jitter * to_normals(random_words(params.seed, params.first_chip + chip, SELECT_REFERENCE, element, event));
  }
  time = max(time, vec4<f32>(0.0));
  var order = bitcast<vec4<u32>>(time);
  if (params.resolution > 0.0) {
    order = min(vec4<u32>(time / params.resolution), vec4<u32>(NEVER - 1u));
  }
  if (params.timeout > 0.0) {
    order = select(order, vec4<u32>(NEVER), time > vec4<f32>(params.timeout));
  }
  return order;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * count.x) * 64u + lane;
  if (row >= params.head_count * params.query_count) {
    return;
  }
  let head_index = row / params.query_count;
  let query = params.query_first + row % params.query_count;
  let sequence = head_index / params.heads;
  let head = head_index % params.heads;
  let chip = sequence / params.windows;
  let event = params.first_event + (sequence % params.windows) * params.queries + query;
  var visible = params.keys;
  if (params.causal == 1u) {
    visible = params.keys - params.queries + query + 1u;
  }
  let quads = (visible + 3u) / 4u;
  let base = row * params.stride4;

  var low = 0xffffffffu;
  var high = 0u;
  for (var c = 0u; c < quads; c++) {
    let inside = vec4<u32>(0u, 1u, 2u, 3u) + 4u * c < vec4<u32>(visible);
    let order = arrival_order(scores[base + c], head, chip, c, event);
    arrivals[base + c] = select(vec4<u32>(0xffffffffu), order, inside);
    let least = select(vec4<u32>(0xffffffffu), order, inside);
    let most = select(vec4<u32>(0u), order, inside);
    low = min(low, min(min(least.x, least.y), min(least.z, least.w)));
    high = max(high, max(max(most.x, most.y), max(most.z, most.w)));
  }

  // Orders below `limit` stay, and the first `quota` that equal it.
  var limit = NEVER;
  var quota = 0u;
  if (visible > params.keep) {
    var below = 0u;
    var exact = false;
    while (low < high && !exact) {
      let width = high - low;
      let part = width / 8u + 1u;
      //:for i in 0..7
      let t${i} = low + min(${i}u * part + (part - 1u), width);
      var n${i} = vec4<u32>(0u);
      //:end
      for (var c = 0u; c < quads; c++) {
        let order = arrivals[base + c];
        //:for i in 0..7
        n${i} += select(vec4<u32>(0u), vec4<u32>(1u), order <= vec4<u32>(t${i}));
        //:end
      }
      var next_low = t6 + 1u;
      var next_high = high;
      var next_below = n6.x + n6.y + n6.z + n6.w;
      exact = next_below == params.keep;
      if (next_below > params.keep || exact) {
        next_low = low;
        next_high = high;
        next_below = below;
        var found = false;
        //:for i in 0..7
        let c${i} = n${i}.x + n${i}.y + n${i}.z + n${i}.w;
        if (!found) {
          if (c${i} >= params.keep) {
            found = true;
            next_high = t${i};
            exact = c${i} == params.keep;
          } else {
            next_low = t${i} + 1u;
            next_below = c${i};
          }
        }
        //:end
      }
      low = next_low;
      high = next_high;
      below = next_below;
    }
    limit = high;
    quota = params.keep - below;
    if (exact) {
      limit = high + 1u;
      quota = 0u;
    }
  }

  let words = (params.keys + 31u) / 32u;
  let to = (head_index * params.queries + query) * words;
  var kept = 0u;
  var last = 0u;
  var idle_rate = 0.0;
  for (var w = 0u; w < words; w++) {
    var bits = 0u;
    for (var c = 8u * w; c < min(8u * w + 8u, quads); c++) {
      let order = arrivals[base + c];
      //:for i in 0..4
      if (order[${i}] <= NEVER) {
        var stays = order[${i}] < min(limit, NEVER);
        if (order[${i}] == limit && quota > 0u && limit < NEVER) {
          stays = true;
          quota -= 1u;
        }
        if (stays) {
          bits |= 1u << ((4u * c + ${i}u) % 32u);
          kept += 1u;
          last = max(last, order[${i}]);
        } else {
          idle_rate += 1.0 / time_or_timeout(order[${i}], head);
        }
      }
      //:end
    }
    selection[to + w] = bits;
  }
  // Where fewer arrive than the row waits for, it waits until the timeout.
  let stop = time_or_timeout(select(NEVER, last, kept == min(params.keep, visible)), head);
  stats[head_index * params.queries + query] = vec4<f32>(stop, f32(kept) + stop * idle_rate, f32(visible), f32(kept));
}
