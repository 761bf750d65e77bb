// Which kept vectors each query has to fetch when it finds on chip what the query before it kept: those that both keep stay in
// their places, fetched ones take the places that are free, in order of keys, and what finds none streams past.
// Grid: one workgroup of LANES lanes per head, folded; a lane owns a run of words, queries take turns (a barrier each).
// Memory: a workgroup word per 32 keys, and two counts per lane, twice. Reads selection [heads, queries, WORDS].
// Writes fetches, of the same shape: the kept vectors that were not there. With CARRIED reads and writes carried: what is on chip before and after.
override LANES: u32 = 4u;
override WORDS: u32 = 1u;
override CARRIED: u32 = 0u; // 1: queries before these left something on chip, and others follow

struct Params {
  heads: u32,
  queries: u32,
  capacity: u32, // vectors
}

@group(0) @binding(0) var<storage, read> selection: array<u32>;
@group(0) @binding(1) var<storage, read_write> fetches: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> carried: array<u32>; // [heads, WORDS]

var<workgroup> resident: array<u32, WORDS>;
var<workgroup> counts: array<vec2<u32>, 2u * LANES>; // hits and misses per lane, of even and of odd queries

// The `count` lowest set bits of a word that has more.
fn lowest_bits(word: u32, count: u32) -> u32 {
  var rest = word;
  for (var i = 0u; i < count; i++) {
    rest &= rest - 1u;
  }
  return word ^ rest;
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
  for (var w = first; w < end && CARRIED == 1u; w++) {
    resident[w] = carried[head * WORDS + w];
  }
  for (var query = 0u; query < params.queries; query++) {
    let row = (head * params.queries + query) * WORDS;
    var hits = 0u;
    var misses = 0u;
    for (var w = first; w < end; w++) {
      let kept = selection[row + w];
      let missed = kept & ~resident[w];
      fetches[row + w] = missed;
      misses += countOneBits(missed);
      hits += countOneBits(kept ^ missed);
    }
    let side = (query & 1u) * LANES;
    counts[side + lane] = vec2<u32>(hits, misses);
    workgroupBarrier();
    var total = vec2<u32>(0u);
    var before = 0u; // misses of the keys before this lane's
    for (var i = 0u; i < LANES; i++) {
      let other = counts[side + i];
      total += other;
      before += select(0u, other.y, i < lane);
    }
    if (total.x + total.y > 0u) {
      let room = params.capacity - total.x;
      for (var w = first; w < end; w++) {
        let kept = selection[row + w];
        var missed = kept & ~resident[w];
        let stays = kept ^ missed;
        let fresh = countOneBits(missed);
        if (before + fresh > room) {
          missed = lowest_bits(missed, room - min(before, room));
        }
        before += fresh;
        resident[w] = stays | missed;
      }
    }
  }
  for (var w = first; w < end && CARRIED == 1u; w++) {
    carried[head * WORDS + w] = resident[w];
  }
}
