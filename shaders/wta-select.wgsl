// Time-domain k-winner-take-all: a row's scores become currents, currents arrival times, and the k first arrivals stay.
// A lane owns a row. It finds the k-th arrival by counting against 7 thresholds a pass, first evenly spaced in value, then in
// the integer order of arrivals, and writes one bit per key; ties go to the lower index. No sort, no atomics, no barriers, any length.
// Grid: ceil(rows / 64) workgroups of 64 lanes, folded; rows = sequences * heads * query_count. Memory: with TIMED a scratch word per score.
// Reads scores [rows, stride], mismatch [chip, heads, stride], ranges [heads, 2].
// Writes selection [sequences * heads, queries, ceil(keys / 32)] and, with STATS, stats (k-th arrival, or the timeout where fewer
// come, in ns, column charges, active columns, kept keys) [sequences * heads, queries].
override TIMED: u32 = 0u; // 0 ideal: order of the scores themselves, 1 arrival times with all their errors
override STATS: u32 = 1u; // 0 leaves the figures of the circuit out

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
  charge: f32, // capacitance * threshold in fF V, or the ramp's time in ns
  current_min: f32,
  current_max: f32,
  delay: f32, // ns
  jitter: f32, // relative to the charging time, or to the ramp's
  reference_jitter: f32, // ns
  resolution: f32, // ns, 0 = none
  timeout: f32, // ns, 0 = none
}

@group(0) @binding(0) var<storage, read> scores: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> ranges: array<f32>; // current at score 0 and per unit of score, per head
@group(0) @binding(2) var<storage, read> mismatch: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> arrivals: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read_write> selection: array<u32>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

//:use lib/rng
//:use lib/wta-time

const SELECT_JITTER = 11u;
const SELECT_REFERENCE = 12u;
const NEVER = 0x7ffffffe; // timed out; one more is a key that the row does not see
const UNSEEN = 0x7fffffff;
const VALUE_PASSES = 3u; // passes with thresholds evenly spaced in value; integers are sure to end but waste passes on exponents

// Order-preserving integer of a float, reversed so that the largest score comes first; its own inverse but for the bound.
fn descending(score: vec4<f32>) -> vec4<i32> {
  let bits = bitcast<vec4<i32>>(score);
  return min(~(bits ^ ((bits >> vec4<u32>(31u)) & vec4<i32>(0x7fffffff))), vec4<i32>(NEVER - 1));
}

fn score_of(order: vec4<i32>) -> vec4<f32> {
  let bits = ~order;
  return bitcast<vec4<f32>>(bits ^ ((bits >> vec4<u32>(31u)) & vec4<i32>(0x7fffffff)));
}

fn current_of(score: vec4<f32>, head: u32) -> vec4<f32> {
  let current = ranges[2u * head] + ranges[2u * head + 1u] * score;
  return clamp(current, vec4<f32>(params.current_min), vec4<f32>(params.current_max));
}

// A late column has charged by less than if it came at the timeout.
fn time_or_timeout(order: vec4<i32>, head: u32) -> vec4<f32> {
  var time = bitcast<vec4<f32>>(order);
  if (TIMED == 0u) {
    time = nominal_time(current_of(score_of(order), head)) + params.delay;
  } else if (params.resolution > 0.0) {
    time = (vec4<f32>(order) + 1.0) * params.resolution;
  }
  return select(time, vec4<f32>(params.timeout), order == vec4<i32>(NEVER));
}

// A threshold between two orders, `part` eighths of the way in score or in time.
fn between(low: i32, high: i32, part: f32) -> i32 {
  if (TIMED == 0u) {
    let ends = score_of(vec4<i32>(low, high, 0, 0));
    return clamp(descending(vec4<f32>(mix(ends.x, ends.y, part * 0.125))).x, low, high);
  }
  return clamp(bitcast<i32>(mix(bitcast<f32>(low), bitcast<f32>(high), part * 0.125)), low, high);
}

fn arrival_order(score: vec4<f32>, head: u32, chip: u32, column4: u32, event: u32) -> vec4<i32> {
  if (TIMED == 0u) {
    return descending(score);
  }
  let element = (params.layer * params.heads + head) * params.stride4 + column4;
  var shake = vec4<f32>(0.0);
  if (params.jitter > 0.0) {
    shake = params.jitter * to_normals(random_words(params.seed, params.first_chip + chip, SELECT_JITTER, element, event));
  }
  let column = mismatch[(chip * params.heads + head) * params.stride4 + column4];
  var time = arrival_time(current_of(score, head), column, shake) + params.delay;
  if (params.reference_jitter > 0.0) {
    time += params.reference_jitter * to_normals(random_words(params.seed, params.first_chip + chip, SELECT_REFERENCE, element, event));
  }
  time = max(time, vec4<f32>(0.0));
  var order = bitcast<vec4<i32>>(time);
  if (params.resolution > 0.0) {
    order = min(vec4<i32>(time / params.resolution), vec4<i32>(NEVER - 1));
  }
  if (params.timeout > 0.0) {
    order = select(order, vec4<i32>(NEVER), time > vec4<f32>(params.timeout));
  }
  return order;
}

// Orders of a quad of a row once all arrivals are known.
fn order_of(at: u32, column4: u32, visible: u32) -> vec4<i32> {
  if (TIMED == 1u) {
    return arrivals[at];
  }
  let inside = vec4<u32>(0u, 1u, 2u, 3u) + 4u * column4 < vec4<u32>(visible);
  return select(vec4<i32>(UNSEEN), descending(scores[at]), inside);
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

  var least = vec4<i32>(UNSEEN);
  var most = vec4<i32>(-UNSEEN);
  for (var c = 0u; c < quads; c++) {
    let inside = vec4<u32>(0u, 1u, 2u, 3u) + 4u * c < vec4<u32>(visible);
    let order = select(vec4<i32>(UNSEEN), arrival_order(scores[base + c], head, chip, c, event), inside);
    if (TIMED == 1u) {
      arrivals[base + c] = order;
    }
    least = min(least, order);
    most = max(most, select(vec4<i32>(-UNSEEN), order, inside));
  }

  // Orders below `limit` stay, and the first `quota` that equal it.
  var limit = NEVER;
  var quota = 0u;
  if (visible > params.keep) {
    var low = min(min(least.x, least.y), min(least.z, least.w));
    var high = max(max(most.x, most.y), max(most.z, most.w));
    var below = 0u;
    var exact = false;
    // Orders in steps of the resolution are evenly spaced as they are.
    let by_value = select(VALUE_PASSES, 0u, TIMED == 1u && params.resolution > 0.0);
    for (var turn = 0u; low < high && !exact; turn++) {
      let width = bitcast<u32>(high - low);
      let part = width / 8u + 1u;
      let in_value = turn < by_value;
      //:for i in 0..7
      var t${i} = low + bitcast<i32>(min(${i}u * part + (part - 1u), width));
      if (in_value) {
        t${i} = between(low, high, f32(${i}u + 1u));
      }
      var n${i} = vec4<i32>(0);
      //:end
      for (var c = 0u; c < quads; c++) {
        let order = order_of(base + c, c, visible);
        //:for i in 0..7
        n${i} += vec4<i32>(order <= vec4<i32>(t${i}));
        //:end
      }
      var next_low = high;
      var next_high = high;
      var next_below = below;
      var found = false;
      //:for i in 0..7
      let c${i} = u32(n${i}.x + n${i}.y + n${i}.z + n${i}.w);
      if (!found) {
        if (c${i} >= params.keep) {
          found = true;
          next_high = t${i};
          exact = c${i} == params.keep;
        } else {
          low = max(low, t${i} + 1);
          next_below = c${i};
        }
      }
      //:end
      high = next_high;
      below = next_below;
    }
    limit = high;
    quota = params.keep - below;
    if (exact) {
      limit = high + 1;
      quota = 0u;
    }
  }

  let words = (params.keys + 31u) / 32u;
  let to = (head_index * params.queries + query) * words;
  var kept = 0u;
  var last = vec4<i32>(-UNSEEN);
  var idle_rate = vec4<f32>(0.0);
  for (var w = 0u; w < words; w++) {
    var bits = 0u;
    for (var c = 8u * w; c < min(8u * w + 8u, quads); c++) {
      let order = order_of(base + c, c, visible);
      var stays = order < vec4<i32>(limit);
      if (quota > 0u && limit < NEVER) {
        let level = order == vec4<i32>(limit);
        //:for i in 0..4
        if (level[${i}] && quota > 0u) {
          stays[${i}] = true;
          quota -= 1u;
        }
        //:end
      }
      let mask = select(vec4<u32>(0u), vec4<u32>(1u, 2u, 4u, 8u), stays);
      bits |= (mask.x | mask.y | mask.z | mask.w) << ((4u * c) % 32u);
      if (STATS == 1u) {
        last = max(last, select(vec4<i32>(-UNSEEN), order, stays));
        let idle = (order <= vec4<i32>(NEVER)) & !stays;
        if (RAMP == 0u) {
          idle_rate += select(vec4<f32>(0.0), 1.0 / time_or_timeout(order, head), idle);
        }
      }
    }
    kept += countOneBits(bits);
    selection[to + w] = bits;
  }
  if (STATS == 1u) {
    // Where fewer arrive than the row waits for, it waits until the timeout.
    let latest = max(max(last.x, last.y), max(last.z, last.w));
    let stop = time_or_timeout(vec4<i32>(select(NEVER, latest, kept == min(params.keep, visible))), head).x;
    let idle = stop * (idle_rate.x + idle_rate.y + idle_rate.z + idle_rate.w);
    var charges = f32(kept) + idle;
    if (RAMP == 1u) {
      // Every column was charged to its voltage beforehand, and swings with the ramp until that stops.
      charges = f32(visible) * (1.0 + clamp((stop - params.delay) / params.charge, 0.0, 1.0));
    }
    stats[head_index * params.queries + query] = vec4<f32>(stop, charges, f32(visible), f32(kept));
  }
}
