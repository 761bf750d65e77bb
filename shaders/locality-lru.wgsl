// Which kept vectors each query has to fetch when the buffer evicts the least recently used one; a query takes its kept keys in
// ascending order. A vector last kept by query s is still there if fewer than `capacity` others were used since: the
// vectors kept after s, those of s itself behind it, and those before it that this query brought back. So no order is stored:
// only, for the oldest query that matters, which vectors were kept since, as a union of rows that grows at both ends.
// Grid: one workgroup of LANES lanes per head, folded; a lane owns a run of words, queries take turns.
// Memory: two workgroup words per 32 keys, two counts per lane. Reads selection [heads, queries, WORDS].
// Writes fetches, of the same shape, and scratch unions, of the same shape: row r holds what rows r to split - 1 kept.
override LANES: u32 = 4u;
override WORDS: u32 = 1u;

struct Params {
  heads: u32,
  queries: u32,
  capacity: u32, // vectors, at most the number of keys
}

@group(0) @binding(0) var<storage, read> selection: array<u32>;
@group(0) @binding(1) var<storage, read_write> fetches: array<u32>;
@group(0) @binding(2) var<storage, read_write> unions: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> recent: array<u32, WORDS>; // kept by rows from `split` on
var<workgroup> found: array<u32, WORDS>; // of this query, among those that the buffer holds in part
var<workgroup> counts: array<vec2<u32>, LANES>;
var<workgroup> sizes: u32;

// What rows from `since` on kept.
fn kept_since(base: u32, since: u32, split: u32, w: u32) -> u32 {
  var kept = recent[w];
  if (since < split) {
    kept |= unions[base + since * WORDS + w];
  }
  return kept;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let head = group.x + group.y * count.x;
  if (head >= params.heads) {
    return;
  }
  let run = (WORDS + LANES - 1u) / LANES;
  let first = min(lane * run, WORDS);
  let end = min(first + run, WORDS);
  let base = head * params.queries * WORDS;
  var oldest = 0u; // vectors last kept before this row are gone
  var split = 0u;
  for (var query = 0u; query < params.queries; query++) {
    let row = base + query * WORDS;
    var since = oldest;
    loop {
      if (since >= split) {
        let from_row = max(since, 1u) - 1u; // the next query begins one row before this one's last
        for (var w = first; w < end; w++) {
          var kept = 0u;
          for (var r = query; r > from_row; r--) {
            kept |= selection[base + (r - 1u) * WORDS + w];
            unions[base + (r - 1u) * WORDS + w] = kept;
          }
          recent[w] = 0u;
        }
        split = query;
      }
      var held = 0u;
      var fresh = 0u; // kept now, not kept since
      var left = 0u; // last kept by row `since`, and not now
      for (var w = first; w < end; w++) {
        let kept = selection[row + w];
        let had = kept_since(base, since, split, w);
        held += countOneBits(had);
        fresh += countOneBits(kept & ~had);
        left += countOneBits(had & ~kept & ~kept_since(base, since + 1u, split, w));
      }
      counts[lane] = vec2<u32>(held | (fresh << 16u), fresh - left);
      workgroupBarrier();
      var total = 0u;
      var before = 0u; // fresh less left, of the keys before this lane's; wraps below zero
      for (var i = 0u; i < LANES; i++) {
        let other = counts[i];
        total += other.x;
        before += select(0u, other.y, i < lane);
      }
      if (lane == 0u) {
        sizes = total;
      }
      let both = workgroupUniformLoad(&sizes);
      let all_held = both & 0xffffu;
      if (all_held + (both >> 16u) <= params.capacity || since == query) {
        break;
      }
      // Of those last kept by row `since`, the ones that enough newer vectors have pushed out by now.
      let spare = i32(params.capacity) - i32(all_held);
      for (var w = first; w < end; w++) {
        let kept = selection[row + w];
        let had = kept_since(base, since, split, w);
        let older = had & ~kept_since(base, since + 1u, split, w);
        let new_bits = kept & ~had;
        let left_bits = older & ~kept;
        var asked = kept & older;
        var there = 0u;
        while (asked != 0u) {
          let bit = asked & (0u - asked);
          let below = bit - 1u;
          let pushed = i32(before + countOneBits(new_bits & below) - countOneBits(left_bits & below));
          if (pushed <= spare) {
            there |= bit;
          }
          asked ^= bit;
        }
        found[w] |= there;
        before += countOneBits(new_bits) - countOneBits(left_bits);
      }
      since++;
    }
    for (var w = first; w < end; w++) {
      let kept = selection[row + w];
      fetches[row + w] = kept & ~(found[w] | kept_since(base, since, split, w));
      found[w] = 0u;
      recent[w] |= kept;
    }
    oldest = max(since, 1u) - 1u;
  }
}
