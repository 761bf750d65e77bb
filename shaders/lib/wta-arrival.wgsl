// What every k-winner-take-all is given, and when a column arrives, as an integer that orders arrivals: of an ideal circuit its score,
// largest first; otherwise its time with all errors, or its step of time.
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
@group(0) @binding(4) var<storage, read_write> selection: array<u32>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

//:use lib/rng
//:use lib/wta-time

const SELECT_JITTER = 11u;
const SELECT_REFERENCE = 12u;
const NEVER = 0x7ffffffe; // timed out; one more is a key that the row does not see
const UNSEEN = 0x7fffffff;

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

// A row of scores: whose it is and how many keys it sees.
struct Row {
  head_index: u32,
  head: u32,
  chip: u32,
  query: u32,
  event: u32,
  visible: u32,
}

fn row_at(row: u32) -> Row {
  let head_index = row / params.query_count;
  let query = params.query_first + row % params.query_count;
  let sequence = head_index / params.heads;
  let event = params.first_event + (sequence % params.windows) * params.queries + query;
  let seen = select(params.keys, params.keys - params.queries + query + 1u, params.causal == 1u);
  return Row(head_index, head_index % params.heads, sequence / params.windows, query, event, seen);
}

// Which of a quad's keys the row sees.
fn inside(column4: u32, visible: u32) -> vec4<bool> {
  return vec4<u32>(0u, 1u, 2u, 3u) + 4u * column4 < vec4<u32>(visible);
}

// Where a winner comes in time, and how much of a charge a column that has not won takes per ns.
fn idle_rate_of(order: vec4<i32>, stays: vec4<bool>, head: u32) -> vec4<f32> {
  if (RAMP == 1u) {
    return vec4<f32>(0.0);
  }
  let idle = (order <= vec4<i32>(NEVER)) & !stays;
  return select(vec4<f32>(0.0), 1.0 / time_or_timeout(order, head), idle);
}

// The row's figures, from its last winner, the number of winners and the sum of the rates above.
fn figures(last: i32, kept: u32, idle_rate: f32, row: Row) -> vec4<f32> {
  // Where fewer arrive than the row waits for, it waits until the timeout.
  let stop = time_or_timeout(vec4<i32>(select(NEVER, last, kept == min(params.keep, row.visible))), row.head).x;
  var charges = f32(kept) + stop * idle_rate;
  if (RAMP == 1u) {
    // Every column was charged to its voltage beforehand, and swings with the ramp until that stops.
    charges = f32(row.visible) * (1.0 + clamp((stop - params.delay) / params.charge, 0.0, 1.0));
  }
  return vec4<f32>(stop, charges, f32(row.visible), f32(kept));
}
