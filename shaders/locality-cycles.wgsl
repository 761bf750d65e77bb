// What a row of a selection takes when its keys are spread over parts: the kept over compute units, the fetched over memory
// banks. The fullest part sets the pace.
// Grid: ceil(rows / 64) workgroups of 64 lanes, folded; a lane owns a row.
// Memory: an atomic addition per unit. Reads selection and fetches [rows, words].
// Writes counters [rows, 5]: fetched and reused vectors, cycles of the compute units, of the banks, and of the row; adds what
// each unit has kept to loads [heads, units], which must be zero before.
struct Params {
  rows: u32, // heads * queries
  queries: u32,
  keys: u32,
  units: u32,
  interleaved: u32, // 1: key j belongs to unit j mod units; 0: units own runs of keys
  banks: u32, // key j lies in bank j mod banks
  bank_cycles: u32, // that a bank takes for one vector
  least_cycles: u32, // of a row that keeps anything
  prefetch: u32, // 1: fetching goes on while the units compute
}

@group(0) @binding(0) var<storage, read> selection: array<u32>;
@group(0) @binding(1) var<storage, read> fetches: array<u32>;
@group(0) @binding(2) var<storage, read_write> counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> loads: array<atomic<u32>>;
@group(0) @binding(4) var<uniform> params: Params;

// The part `part` of a row's compute units or banks has `inside` of its vectors.
fn count_part(fetched: bool, row: u32, part: u32, inside: u32) {
  if (!fetched && inside > 0u) {
    atomicAdd(&loads[row / params.queries * params.units + part], inside);
  }
}

fn word_of(fetched: bool, at: u32) -> u32 {
  if (fetched) {
    return fetches[at];
  }
  return selection[at];
}

// One step of finding the largest of 32 counts, from its highest bit down: x are the parts that may still have it, y is what
// is known of it.
fn narrow(best: vec2<u32>, plane: u32, bit: u32) -> vec2<u32> {
  let having = best.x & plane;
  return select(best, vec2<u32>(having, best.y | bit), having != 0u);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * count.x) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  let words = (params.keys + 31u) / 32u;
  let base = row * words;
  var kept = 0u;
  var missed = 0u;
  var compute = 0u;
  var memory = 0u;
  for (var side = 0u; side < 2u; side++) {
    let fetched = side == 1u;
    let parts = select(params.units, params.banks, fetched);
    let in_turns = fetched || params.interleaved == 1u;
    var all = 0u;
    for (var w = 0u; w < words; w++) {
      all += countOneBits(word_of(fetched, base + w));
    }
    var most = 0u;
    if (in_turns && parts < 32u && 32u % parts == 0u) {
      // Keys of a part are every parts-th bit of every word.
      let every = 0xffffffffu / ((1u << parts) - 1u);
      for (var part = 0u; part < parts; part++) {
        var inside = 0u;
        for (var w = 0u; w < words; w++) {
          inside += countOneBits(word_of(fetched, base + w) & (every << part));
        }
        count_part(fetched, row, part, inside);
        most = max(most, inside);
      }
    } else if (fetched && parts % 32u == 0u) {
      // 32 parts are counted at once: bit b of plane i is bit i of the count of part b.
      let period = parts / 32u;
      for (var first = 0u; first < min(period, words); first++) {
        //:for i in 0..12
        var plane${i} = 0u;
        //:end
        for (var w = first; w < words; w += period) {
          var carry = word_of(fetched, base + w);
          var next = 0u;
          //:for i in 0..12
          next = plane${i} & carry;
          plane${i} ^= carry;
          carry = next;
          //:end
        }
        var best = vec2<u32>(0xffffffffu, 0u);
        best = narrow(best, plane11, 2048u);
        best = narrow(best, plane10, 1024u);
        best = narrow(best, plane9, 512u);
        best = narrow(best, plane8, 256u);
        best = narrow(best, plane7, 128u);
        best = narrow(best, plane6, 64u);
        best = narrow(best, plane5, 32u);
        best = narrow(best, plane4, 16u);
        best = narrow(best, plane3, 8u);
        best = narrow(best, plane2, 4u);
        best = narrow(best, plane1, 2u);
        best = narrow(best, plane0, 1u);
        most = max(most, best.y);
      }
    } else {
      let share = (params.keys + parts - 1u) / parts;
      for (var part = 0u; part < parts; part++) {
        var inside = 0u;
        var key = select(part * share, part, in_turns);
        let end = select(min(params.keys, (part + 1u) * share), params.keys, in_turns);
        for (; key < end; key += select(1u, parts, in_turns)) {
          inside += (word_of(fetched, base + key / 32u) >> (key % 32u)) & 1u;
        }
        count_part(fetched, row, part, inside);
        most = max(most, inside);
      }
    }
    if (fetched) {
      missed = all;
      memory = most * params.bank_cycles;
    } else {
      kept = all;
      compute = most;
    }
  }
  var cycles = select(compute + memory, max(compute, memory), params.prefetch == 1u);
  if (kept > 0u) {
    cycles = max(cycles, params.least_cycles);
  }
  counters[5u * row] = missed;
  counters[5u * row + 1u] = kept - missed;
  counters[5u * row + 2u] = compute;
  counters[5u * row + 3u] = memory;
  counters[5u * row + 4u] = cycles;
}
