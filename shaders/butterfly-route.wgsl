// Butterfly zero skipper: moves the operands that a mask keeps through log2(M) stages of two-by-two switches, in order, to the
// wires from an offset on. All wires of a stage are bits of two words: which carry an operand, where it goes, where it came from.
// Grid: ceil(blocks / 64) workgroups of 64 lanes, folded; a lane routes one block.
// Memory: registers only.
// Reads operands [blocks, M] of any 32 bits, masks [blocks] (wires 0 to 31, 32 to 63), offsets [blocks].
// Writes routed [blocks, M], 0 where nothing leaves, and counts [blocks]: switches in conflict in the stage that failed (0: none),
// wires changed, switches that saw an operand, and rounds of `lanes`. A block in conflict leaves nothing.
override STAGES: u32 = 4u; // log2(M), 1 to 6
override MOST_FIRST: u32 = 0u; // 1: the stage of the highest bit acts first

struct Params {
  blocks: u32,
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> operands: array<u32>;
@group(0) @binding(1) var<storage, read> masks: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
@group(0) @binding(3) var<storage, read_write> routed: array<u32>;
@group(0) @binding(4) var<storage, read_write> counts: array<vec4<u32>>;
@group(0) @binding(5) var<uniform> params: Params;

// Bit t of the number of every wire.
fn wire_bit(t: u32) -> vec2<u32> {
  switch t {
    case 0u: { return vec2<u32>(0xaaaaaaaau); }
    case 1u: { return vec2<u32>(0xccccccccu); }
    case 2u: { return vec2<u32>(0xf0f0f0f0u); }
    case 3u: { return vec2<u32>(0xff00ff00u); }
    case 4u: { return vec2<u32>(0xffff0000u); }
    default: { return vec2<u32>(0u, 0xffffffffu); }
  }
}

fn at_wire(wire: u32) -> vec2<u32> {
  let bit = 1u << (wire % 32u);
  return select(vec2<u32>(bit, 0u), vec2<u32>(0u, bit), wire >= 32u);
}

fn is_set(plane: vec2<u32>, wire: u32) -> u32 {
  return (select(plane.x, plane.y, wire >= 32u) >> (wire % 32u)) & 1u;
}

// To the partner wire of stage t, from the half of the wires whose bit t is 0 or 1.
fn raised(plane: vec2<u32>, t: u32) -> vec2<u32> {
  return select(plane << vec2<u32>(1u << (t % 5u)), vec2<u32>(0u, plane.x), t == 5u);
}

fn lowered(plane: vec2<u32>, t: u32) -> vec2<u32> {
  return select(plane >> vec2<u32>(1u << (t % 5u)), vec2<u32>(plane.y, 0u), t == 5u);
}

fn ones(plane: vec2<u32>) -> u32 {
  return countOneBits(plane.x) + countOneBits(plane.y);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.x + group.y * count.x) * 64u + lane;
  if (index >= params.blocks) {
    return;
  }
  let wires = 1u << STAGES;
  var carried = vec2<u32>(0u);
  var rank = 0u;
  //:for t in 0..6
  var to${t} = vec2<u32>(0u);
  //:end
  let mask = masks[index];
  let offset = offsets[index];
  for (var wire = 0u; wire < wires; wire++) {
    if (is_set(mask, wire) == 1u) {
      let here = at_wire(wire);
      carried |= here;
      let leaves = rank + offset;
      //:for t in 0..6
      to${t} |= select(vec2<u32>(0u), here, (leaves & (1u << ${t}u)) != 0u);
      //:end
      rank++;
    }
  }
  //:for t in 0..6
  var from${t} = carried & wire_bit(${t}u);
  //:end
  var conflicts = 0u;
  var crossings = 0u;
  var driven = 0u;
  for (var step = 0u; step < STAGES && conflicts == 0u; step++) {
    let t = select(step, STAGES - 1u - step, MOST_FIRST == 1u);
    var target_bit = to0;
    //:for t in 1..6
    target_bit = select(target_bit, to${t}, t == ${t}u);
    //:end
    let high = wire_bit(t);
    let crossing = carried & (target_bit ^ high);
    let staying = carried & ~crossing;
    let rising = crossing & ~high;
    let falling = crossing & high;
    conflicts = ones(staying & (raised(rising, t) | lowered(falling, t)));
    crossings += ones(crossing);
    driven += ones((carried | lowered(carried & high, t)) & ~high);
    //:for t in 0..6
    to${t} = (to${t} & staying) | raised(to${t} & rising, t) | lowered(to${t} & falling, t);
    from${t} = (from${t} & staying) | raised(from${t} & rising, t) | lowered(from${t} & falling, t);
    //:end
    carried = staying | raised(rising, t) | lowered(falling, t);
  }
  if (conflicts > 0u) {
    carried = vec2<u32>(0u);
  }
  for (var wire = 0u; wire < wires; wire++) {
    var operand = 0u;
    if (is_set(carried, wire) == 1u) {
      var source = 0u;
      //:for t in 0..6
      source |= is_set(from${t}, wire) << ${t}u;
      //:end
      operand = operands[index * wires + source];
    }
    routed[index * wires + wire] = operand;
  }
  counts[index] = vec4<u32>(conflicts, crossings, driven, (rank + params.lanes - 1u) / params.lanes);
}
