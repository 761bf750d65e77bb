// Time-domain k-winner-take-all: a row's scores become currents, currents arrival times, and the k first arrivals stay.
// A lane owns a row. It finds the k-th arrival by counting against 4 thresholds a pass, and writes one bit per key; ties go to the
// lower index. No sort, no atomics, no barriers, any length.
// Grid: ceil(rows / 64) workgroups of 64 lanes, folded; rows = sequences * heads * query_count. Memory: with TIMED a scratch word per score.
// Reads scores [rows, stride], mismatch [chip, heads, stride], ranges [heads, 2].
// Writes selection [sequences * heads, queries, ceil(keys / 32)] and, with STATS, stats (k-th arrival, or the timeout where fewer
// come, in ns, column charges, active columns, kept keys) [sequences * heads, queries].
//:use lib/wta-arrival
//:use lib/wta-search

@group(0) @binding(3) var<storage, read_write> arrivals: array<vec4<i32>>;

// Orders of a quad of a row once all arrivals are known.
fn order_of(at: u32) -> vec4<i32> {
  if (TIMED == 1u) {
    return arrivals[at];
  }
  return descending(scores[at]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * count.x) * 64u + lane;
  if (index >= params.head_count * params.query_count) {
    return;
  }
  let row = row_at(index);
  let base = index * params.stride4;
  let quads = (row.visible + 3u) / 4u;
  // Quads of which the row sees every key; the one after them waits in `rest`.
  let whole = row.visible / 4u;

  var rest = vec4<i32>(UNSEEN);
  var least = vec4<i32>(UNSEEN);
  var most = vec4<i32>(-UNSEEN);
  var sum = vec4<f32>(0.0);
  var squares = vec4<f32>(0.0);
  for (var c = 0u; c < whole; c++) {
    let score = scores[base + c];
    let order = arrival_order(score, row.head, row.chip, c, row.event);
    var value = score;
    if (TIMED == 1u) {
      arrivals[base + c] = order;
      value = value_of(order);
    }
    least = min(least, order);
    most = max(most, order);
    sum += value;
    squares += value * value;
  }
  if (whole < quads) {
    let seen = inside(whole, row.visible);
    let order = arrival_order(scores[base + whole], row.head, row.chip, whole, row.event);
    rest = select(rest, order, seen);
    if (TIMED == 1u) {
      arrivals[base + whole] = rest;
    }
    least = min(least, rest);
    most = max(most, select(most, order, seen));
    let value = select(vec4<f32>(0.0), value_of(order), seen);
    sum += value;
    squares += value * value;
  }

  // Orders below `limit` stay, and those that equal it among the first `level` keys.
  var limit = NEVER;
  var level = 0u;
  if (row.visible > params.keep) {
    var search = Search(
      min(min(least.x, least.y), min(least.z, least.w)),
      max(max(most.x, most.y), max(most.z, most.w)),
      0u,
      row.visible,
    );
    var aim = first_aim(dot(sum, vec4<f32>(1.0)), dot(squares, vec4<f32>(1.0)), row.visible, row.visible);
    for (var turn = 0u; search.low < search.high && search.upto != params.keep; turn++) {
      // After two passes `low` is a key's own order: where many keys share one, its count ends it.
      let by_key = turn > 1u;
      //:for i in 0..3
      let t${i} = select(threshold(search, aim, turn, ${i}u, 3u), search.low, ${i}u == 0u && turn > 2u);
      var n${i} = vec4<i32>(rest <= vec4<i32>(t${i}));
      // How far after the threshold the next key comes; one before it counts as very far.
      var g${i} = bitcast<vec4<u32>>(rest - vec4<i32>(t${i} + 1));
      //:end
      if (by_key) {
        for (var c = 0u; c < whole; c++) {
          let order = order_of(base + c);
          //:for i in 0..3
          n${i} += vec4<i32>(order <= vec4<i32>(t${i}));
          g${i} = min(g${i}, bitcast<vec4<u32>>(order - vec4<i32>(t${i} + 1)));
          //:end
        }
      } else {
        for (var c = 0u; c < whole; c++) {
          let order = order_of(base + c);
          //:for i in 0..3
          n${i} += vec4<i32>(order <= vec4<i32>(t${i}));
          //:end
        }
      }
      var found = false;
      //:for i in 0..3
      let c${i} = u32(n${i}.x + n${i}.y + n${i}.z + n${i}.w);
      if (!found && c${i} >= params.keep) {
        found = true;
        search.high = t${i};
        search.upto = c${i};
      }
      if (!found) {
        let gap = min(min(g${i}.x, g${i}.y), min(g${i}.z, g${i}.w));
        search.low = t${i} + 1 + select(0, bitcast<i32>(gap), by_key);
        search.below = c${i};
      }
      //:end
      aim = next_aim(search);
    }
    limit = search.high;
    if (search.upto == params.keep) {
      limit += 1;
    } else if (limit < NEVER) {
      for (var quota = params.keep - search.below; quota > 0u; level++) {
        let order = select(rest, order_of(base + level / 4u), vec4<bool>(level / 4u < whole));
        quota -= u32(order[level % 4u] == limit);
      }
    }
  }

  let words = (params.keys + 31u) / 32u;
  let to = (row.head_index * params.queries + row.query) * words;
  var kept = 0u;
  var last = vec4<i32>(-UNSEEN);
  var idle_rate = vec4<f32>(0.0);
  for (var w = 0u; w < words; w++) {
    var bits = 0u;
    for (var c = 8u * w; c < min(8u * w + 8u, quads); c++) {
      var order = order_of(base + c);
      if (c == whole) {
        order = rest;
      }
      let stays = order < vec4<i32>(limit) + vec4<i32>(inside(c, level));
      let mask = select(vec4<u32>(0u), vec4<u32>(1u, 2u, 4u, 8u), stays);
      bits |= (mask.x | mask.y | mask.z | mask.w) << ((4u * c) % 32u);
      if (STATS == 1u) {
        last = max(last, select(vec4<i32>(-UNSEEN), order, stays));
        idle_rate += idle_rate_of(order, stays, row.head);
      }
    }
    if (STATS == 1u) {
      kept += countOneBits(bits);
    }
    selection[to + w] = bits;
  }
  if (STATS == 1u) {
    let latest = max(max(last.x, last.y), max(last.z, last.w));
    let rate = idle_rate.x + idle_rate.y + idle_rate.z + idle_rate.w;
    stats[row.head_index * params.queries + row.query] = figures(latest, kept, rate, row);
  }
}
