enable subgroups;
diagnostic(off, subgroup_uniformity);
// The k-winner-take-all of wta-select.wgsl with a subgroup for a row, whose lanes hold all arrivals in registers: one threshold a
// pass, since passes read no memory. What needs more code than a comparison is in loops that read again: unrolled it takes seconds to compile.
// Grid: rows workgroups, folded, of LANES lanes, which must be one subgroup; rows of up to 128 * LANES keys. Memory: registers, and scratch as there.
// Reads scores [rows, stride], mismatch [chip, heads, stride], ranges [heads, 2].
// Writes selection and, with STATS, stats as wta-select.wgsl does; the idle share of charges is added in another order.
override LANES: u32 = 8u;
override WORDS: u32 = 1u; // words of 32 keys that a lane holds, 1 to 4

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

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = group.x + group.y * count.x;
  if (index >= params.head_count * params.query_count) {
    return;
  }
  let row = row_at(index);
  let base = index * params.stride4;
  let last_quad = (row.visible - 1u) / 4u;

  var least = vec4<i32>(UNSEEN);
  var most = vec4<i32>(-UNSEEN);
  var sum = vec4<f32>(0.0);
  var squares = vec4<f32>(0.0);
  if (TIMED == 1u) {
    for (var i = 0u; i < 8u * WORDS; i++) {
      let c = 8u * ((i / 8u) * LANES + lane) + i % 8u;
      if (c <= last_quad) {
        let order = arrival_order(scores[base + c], row.head, row.chip, c, row.event);
        arrivals[base + c] = order;
        least = min(least, order);
        most = max(most, order);
        let value = value_of(order);
        sum += value;
        squares += value * value;
      }
    }
  }
  // Keys past the last one make least and most no closer, which is all that they are for.
  //:for g in 0..4
  //:for j in 0..8
  var o${g}${j} = vec4<i32>(UNSEEN);
  //:end
  if (WORDS > ${g}u) {
    let first${g} = 8u * (${g}u * LANES + lane);
    //:for j in 0..8
    {
      let c = first${g} + ${j}u;
      let at = base + min(c, last_quad);
      var order = vec4<i32>(0);
      if (TIMED == 1u) {
        order = arrivals[at];
      } else {
        let score = scores[at];
        order = descending(score);
        least = min(least, order);
        most = max(most, order);
        sum += score;
        squares += score * score;
      }
      o${g}${j} = select(vec4<i32>(UNSEEN), order, inside(c, row.visible));
    }
    //:end
  }
  //:end

  // Orders below `limit` stay, and the first `quota` that equal it.
  var limit = NEVER;
  var quota = 0u;
  if (row.visible > params.keep) {
    var search = Search(
      subgroupMin(min(min(least.x, least.y), min(least.z, least.w))),
      subgroupMax(max(max(most.x, most.y), max(most.z, most.w))),
      0u,
      row.visible,
    );
    var aim = first_aim(subgroupAdd(dot(sum, vec4<f32>(1.0))), subgroupAdd(dot(squares, vec4<f32>(1.0))), select(32u * WORDS * LANES, 4u * last_quad + 4u, TIMED == 1u), row.visible);
    var turn = 0u;
    // Passes in a row that found no key to leave out: where keys share an order, more of them would find none either.
    var idle = 0u;
    while (search.low < search.high && search.upto != params.keep && turn < 12u && idle < 4u) {
      let t = threshold(search, aim, 0u, 0u, 1u);
      var n = vec4<i32>(0);
      //:for g in 0..4
      if (WORDS > ${g}u) {
        //:for j in 0..8
        n += vec4<i32>(o${g}${j} <= vec4<i32>(t));
        //:end
      }
      //:end
      let between = search.upto - search.below;
      search = narrowed(search, t, subgroupAdd(u32(n.x + n.y + n.z + n.w)), 0);
      idle = select(0u, idle + 1u, search.upto - search.below == between);
      aim = next_aim(search);
      turn++;
    }
    // Rows of equal keys or of some that lie far from the others: reading again, with ends that are keys' own orders.
    while (search.low < search.high && search.upto != params.keep) {
      let t = threshold(search, aim, turn, 0u, 1u);
      var n = vec4<u32>(0u);
      // How far up to the threshold the last key comes and after it the next; those on the other side count as very far.
      var back = vec4<u32>(0xffffffffu);
      var on = vec4<u32>(0xffffffffu);
      for (var i = 0u; i < 8u * WORDS; i++) {
        let c = 8u * ((i / 8u) * LANES + lane) + i % 8u;
        if (c > last_quad) {
          continue;
        }
        let own = select(vec4<i32>(UNSEEN), order_of(base + c), inside(c, row.visible));
        n += vec4<u32>(own <= vec4<i32>(t));
        back = min(back, bitcast<vec4<u32>>(vec4<i32>(t) - own));
        on = min(on, bitcast<vec4<u32>>(own - vec4<i32>(t + 1)));
      }
      let upto = subgroupAdd(n.x + n.y + n.z + n.w);
      let near = select(on, back, upto >= params.keep);
      search = narrowed(search, t, upto, bitcast<i32>(subgroupMin(min(min(near.x, near.y), min(near.z, near.w)))));
      aim = next_aim(search);
      turn++;
    }
    limit = search.high;
    if (search.upto == params.keep) {
      limit += 1;
    } else if (limit < NEVER) {
      quota = params.keep - search.below;
    }
  }

  let words = (params.keys + 31u) / 32u;
  let to = (row.head_index * params.queries + row.query) * words;
  //:for g in 0..4
  if (WORDS > ${g}u) {
    var bits = 0u;
    var ties = 0u;
    for (var more = 0; more <= i32(quota > 0u); more++) {
      var early = vec4<u32>(0u);
      //:for j in 0..8
      early |= select(vec4<u32>(0u), vec4<u32>(1u, 2u, 4u, 8u) << vec4<u32>(4u * ${j}u), o${g}${j} < vec4<i32>(limit + more));
      //:end
      ties = (early.x | early.y | early.z | early.w) & ~bits;
      if (more == 0) {
        bits = ties;
      }
    }
    if (quota > 0u) {
      let before = subgroupExclusiveAdd(countOneBits(ties));
      let all = subgroupAdd(countOneBits(ties));
      for (var left = quota - min(quota, before); left > 0u && ties != 0u; left--) {
        bits |= ties & (~ties + 1u);
        ties &= ties - 1u;
      }
      quota -= min(quota, all);
    }
    let word = ${g}u * LANES + lane;
    if (word < words) {
      selection[to + word] = bits;
    }
  }
  //:end
  if (STATS == 1u) {
    var kept = 0u;
    var last = vec4<i32>(-UNSEEN);
    var idle_rate = vec4<f32>(0.0);
    for (var w = lane; w < words; w += LANES) {
      let bits = selection[to + w];
      kept += countOneBits(bits);
      for (var c = 8u * w; c < min(8u * w + 8u, last_quad + 1u); c++) {
        let stays = (vec4<u32>(bits) & (vec4<u32>(1u, 2u, 4u, 8u) << vec4<u32>((4u * c) % 32u))) != vec4<u32>(0u);
        let order = select(vec4<i32>(UNSEEN), order_of(base + c), inside(c, row.visible));
        last = max(last, select(last, order, stays));
        idle_rate += idle_rate_of(order, stays, row.head);
      }
    }
    let latest = subgroupMax(max(max(last.x, last.y), max(last.z, last.w)));
    let rate = subgroupAdd(idle_rate.x + idle_rate.y + idle_rate.z + idle_rate.w);
    let own = figures(latest, subgroupAdd(kept), rate, row);
    if (lane == 0u) {
      stats[row.head_index * params.queries + row.query] = own;
    }
  }
}
