// Cross entropy over a vocabulary that comes in pieces: `piece` folds logits [rows, columns] of the ids first_id.. into a
// row's running maximum, sum of exponentials, target logit and best id; `finish` turns those into loss and hit.
// Grid: piece, one workgroup of 64 lanes per 4 rows, folded (16 lanes share a row); finish, one lane per row.
// Memory: 768 bytes of workgroup memory, one barrier. Reads logits once, targets (0xffffffff: the row does not count).
// Writes running [rows, 3] and best [rows] (piece; the one with first_id 0 starts them), loss and hit [rows] (finish).
struct Params {
  rows: u32,
  columns: u32,
  first_id: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> running: array<f32>;
@group(0) @binding(3) var<storage, read_write> best: array<u32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> hit: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

// Below every logit, and far enough from the end of the range that differences stay finite.
const LOWEST = -1e30;
const NOT_COUNTED = 0xffffffffu;

var<workgroup> lane_max: array<f32, 64>;
var<workgroup> lane_sum: array<f32, 64>;
var<workgroup> lane_best: array<u32, 64>;

@compute @workgroup_size(64)
fn piece(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * groups.x) * 4u + lane / 16u;
  let part = lane % 16u;
  let start = min(row, params.rows - 1u) * params.columns;
  var highest = LOWEST;
  var sum = 0.0;
  var best_id = NOT_COUNTED;
  for (var i = part; i < params.columns; i += 16u) {
    let value = logits[start + i];
    if (value > highest) {
      sum = sum * exp(highest - value) + 1.0;
      highest = value;
      best_id = params.first_id + i;
    } else {
      sum += exp(value - highest);
    }
  }
  lane_max[lane] = highest;
  lane_sum[lane] = sum;
  lane_best[lane] = best_id;
  workgroupBarrier();
  if (part != 0u || row >= params.rows) {
    return;
  }
  for (var other = lane + 1u; other < lane + 16u; other++) {
    let value = lane_max[other];
    let top = max(highest, value);
    sum = sum * exp(highest - top) + lane_sum[other] * exp(value - top);
    if (value > highest || (value == highest && lane_best[other] < best_id)) {
      best_id = lane_best[other];
    }
    highest = top;
  }
  var target_logit = 0.0;
  if (params.first_id > 0u) {
    let before = running[row * 3u];
    let top = max(highest, before);
    sum = running[row * 3u + 1u] * exp(before - top) + sum * exp(highest - top);
    // Earlier pieces hold lower ids, and equal logits go to the lower id.
    if (before >= highest) {
      best_id = best[row];
    }
    highest = top;
    target_logit = running[row * 3u + 2u];
  }
  let column = targets[row] - params.first_id;
  if (column < params.columns) {
    target_logit = logits[start + column];
  }
  running[row * 3u] = highest;
  running[row * 3u + 1u] = sum;
  running[row * 3u + 2u] = target_logit;
  best[row] = best_id;
}

@compute @workgroup_size(64)
fn finish(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * groups.x) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  let counted = targets[row] != NOT_COUNTED;
  let value = log(running[row * 3u + 1u]) + running[row * 3u] - running[row * 3u + 2u];
  loss[row] = select(0.0, value, counted);
  hit[row] = select(0u, 1u, counted && best[row] == targets[row]);
}
