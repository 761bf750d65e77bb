// Writes the upper nibbles of keys into memory cells, one key per column, a pair of cells per dimension: one holds what is
// above 0 and the other what is below.
// Grid: ceil(head_count * keys * groups / 64) workgroups of 64 lanes, folded; a lane owns 4 dimensions of a key.
// Memory: registers only. Reads codes [head_count, keys, groups] and the cell's curves.
// Writes cells [head_count, keys, row_elements] in nibble units, or with the variance of reading them [head_count, keys, 2, row_elements].
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4

struct Params {
  head_count: u32, // sequences * heads
  heads: u32,
  windows: u32, // sequences per chip
  keys: u32,
  dim: u32,
  columns: u32, // of a head
  layer: u32,
  array_layer: u32, // whose arrays these are
  first_window: u32,
  seed: u32,
  first_chip: u32,
  unit: f32, // nibble units per uS
  variance0: f32,
  variance1: f32,
  variance2: f32,
  min_us: f32,
  span_us: f32,
  level_step: f32,
  level_max: f32,
  e0: f32,
  e1: f32,
  e2: f32,
  e3: f32,
  e4: f32,
  r0: f32,
  r1: f32,
  r2: f32,
  r3: f32,
  r4: f32,
  shift_us: f32,
  per_curve_us: f32,
  log_time: f32,
  slow_relative: f32,
  written_low: f32,
  written_high: f32,
  clamp_low: f32,
  clamp_high: f32,
  low_below: u32,
  high_below: u32,
}

@group(0) @binding(0) var<storage, read> codes: array<u32>;
@group(0) @binding(1) var<storage, read> curves: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> cells: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

//:use lib/threshold
//:use lib/memory-cell
//:use lib/cell-read

const STREAMS = vec3<u32>(16u, 17u, 18u); // programming, relaxation, faults
const LARGEST = 7.53125; // magnitude of the lowest nibble, which takes the whole range

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let groups = BLOCKS * 8u;
  let index = (group.x + group.y * count.x) * 64u + lane;
  if (index >= params.head_count * params.keys * groups) {
    return;
  }
  let row = index / groups;
  let g = index % groups;
  let head_index = row / params.keys;
  let key = row % params.keys;
  let sequence = head_index / params.heads;
  let head = head_index % params.heads;
  let chip = params.first_chip + sequence / params.windows;
  // A write is a draw of its own, whatever else is written in the same run; a fault stays where it is.
  let element = (params.layer * params.heads + head) * 2u * groups + g;
  let event = (params.first_window + sequence % params.windows) * params.keys + key;
  let column = (params.array_layer * params.heads + head) * params.columns + key % params.columns;
  let place = column * 2u * groups + g;
  let position = (upper_nibbles(codes[index]) + MIDDLE) / LARGEST;
  var weight = vec4<f32>(0.0);
  var variance = vec4<f32>(0.0);
  for (var side = 0u; side < 2u; side++) {
    let sign = 1.0 - 2.0 * f32(side);
    let aim = target_us(clamp(sign * position, vec4<f32>(0.0), vec4<f32>(1.0)));
    let held = written_us(aim, chip, STREAMS, element + side * groups, event, place + side * groups);
    weight += sign * held;
    if (VARIANCE != 0u) {
      variance += read_variance(held);
    }
  }
  let inside = vec4<u32>(0u, 1u, 2u, 3u) + 4u * g < vec4<u32>(params.dim);
  let row_quads = select(groups, 2u * groups, VARIANCE != 0u);
  cells[row * row_quads + g] = select(vec4<f32>(0.0), weight * params.unit, inside);
  if (VARIANCE != 0u) {
    cells[row * row_quads + groups + g] = select(vec4<f32>(0.0), variance * (params.unit * params.unit), inside);
  }
}
