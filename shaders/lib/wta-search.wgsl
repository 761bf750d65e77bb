// Where to look for a row's k-th arrival: orders from `low` up to `high` may be it; `below` come before `low` and `upto` until `high`.
struct Search {
  low: i32,
  high: i32,
  below: u32,
  upto: u32,
}

// Thresholds lie around `centre`, `reach` to either side, in score or in time.
struct Aim {
  centre: f32,
  reach: f32,
}

// Passes that aim between the ends; after them every other one halves the integers, which is sure to end.
const AIMED_PASSES = 4u;

// What orders are evenly spaced in: scores, ns or steps.
fn value_of(order: vec4<i32>) -> vec4<f32> {
  if (TIMED == 0u) {
    return score_of(order);
  }
  if (params.resolution > 0.0) {
    return select(vec4<f32>(order), vec4<f32>(params.timeout / params.resolution), order == vec4<i32>(NEVER));
  }
  return select(bitcast<vec4<f32>>(order), vec4<f32>(params.timeout), order == vec4<i32>(NEVER));
}

fn order_near(value: f32) -> i32 {
  if (TIMED == 0u) {
    return descending(vec4<f32>(value)).x;
  }
  if (params.resolution > 0.0) {
    return i32(value);
  }
  return bitcast<i32>(value);
}

// The k-th of as many normal values (Abramowitz and Stegun, 26.2.23), within two errors of a sample's quantile.
fn first_aim(sum: f32, squares: f32, count: u32, visible: u32) -> Aim {
  let n = f32(visible);
  let mean = sum / f32(count);
  let deviation = sqrt(max(squares / f32(count) - mean * mean, 0.0));
  let p = f32(params.keep) / n;
  let t = sqrt(-2.0 * log(min(p, 1.0 - p)));
  let z = t - (2.515517 + t * (0.802853 + 0.010328 * t)) / (1.0 + t * (1.432788 + t * (0.189269 + 0.001308 * t)));
  // Large scores come early.
  let late = (p < 0.5) == (TIMED == 0u);
  return Aim(mean + select(-z, z, late) * deviation, 5.0 * deviation * sqrt(p * (1.0 - p) / n) * exp(0.5 * z * z));
}

// Between the ends as if the keys there were evenly spread, within some errors of that.
fn next_aim(search: Search) -> Aim {
  let ends = value_of(vec4<i32>(search.low, search.high, 0, 0));
  let between = f32(search.upto - search.below);
  let part = (f32(params.keep - search.below) - 0.5) / between;
  let error = sqrt(max(part * (1.0 - part) * between, 0.25)) / between;
  return Aim(mix(ends.x, ends.y, part), 1.5 * error * abs(ends.y - ends.x));
}

// Threshold `i` of `count`; at least `low` and before `high`.
fn threshold(search: Search, aim: Aim, turn: u32, i: u32, count: u32) -> i32 {
  if (turn >= AIMED_PASSES && turn % 2u == 0u) {
    let width = bitcast<u32>(search.high - search.low);
    return search.low + bitcast<i32>(min((i + 1u) * (width / (count + 1u) + 1u) - 1u, width - 1u));
  }
  let side = (2.0 * f32(i) + 1.0) / f32(count) - 1.0;
  // Values fall as the orders of scores rise.
  let value = aim.centre + select(side, -side, TIMED == 0u) * aim.reach;
  return clamp(order_near(value), search.low, search.high - 1);
}

// Once `upto` keys are known to come until threshold `t`, the nearest of them, or of the others, at `gap` from it.
fn narrowed(search: Search, t: i32, upto: u32, gap: i32) -> Search {
  if (upto >= params.keep) {
    return Search(search.low, t - gap, search.below, upto);
  }
  return Search(t + 1 + gap, search.high, upto, search.upto);
}
