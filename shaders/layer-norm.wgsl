// Layer normalisation of rows: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, the variance from a second pass.
// Grid: one workgroup of 64 lanes per 16 rows, folded to two dimensions; 4 lanes share a row, 8 elements of each a round.
// Memory: 512 bytes of workgroup memory, one partial sum per lane and pass; two barriers.
// Reads x [rows, width] three times, gamma and beta [width].
// Writes y [rows, width], guarded.
struct Params {
  rows: u32,
  width: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> sums: array<f32, 64>;
var<workgroup> squares: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.x + group.y * groups.x) * 16u + lane / 4u;
  let part = lane % 4u;
  let first = lane - part;
  // Lanes without a row go along with the last one, so that all of them meet at the barriers.
  let start = min(row, params.rows - 1u) * params.width;
  let whole = params.width - params.width % 32u;
  let count = f32(params.width);
  var sum = 0.0;
  for (var i = part; i < whole; i += 32u) {
    //:for u in 0..8
    sum += x[start + i + ${u}u * 4u];
    //:end
  }
  for (var i = whole + part; i < params.width; i += 4u) {
    sum += x[start + i];
  }
  sums[lane] = sum;
  workgroupBarrier();
  let mean = (sums[first] + sums[first + 1u] + sums[first + 2u] + sums[first + 3u]) / count;
  var square = 0.0;
  for (var i = part; i < whole; i += 32u) {
    //:for u in 0..8
    let difference${u} = x[start + i + ${u}u * 4u] - mean;
    square += difference${u} * difference${u};
    //:end
  }
  for (var i = whole + part; i < params.width; i += 4u) {
    let difference = x[start + i] - mean;
    square += difference * difference;
  }
  squares[lane] = square;
  workgroupBarrier();
  let variance = (squares[first] + squares[first + 1u] + squares[first + 2u] + squares[first + 3u]) / count;
  let scale = inverseSqrt(variance + params.epsilon);
  if (row >= params.rows) {
    return;
  }
  for (var i = part; i < whole; i += 32u) {
    //:for u in 0..8
    let i${u} = i + ${u}u * 4u;
    y[start + i${u}] = (x[start + i${u}] - mean) * scale * gamma[i${u}] + beta[i${u}];
    //:end
  }
  for (var i = whole + part; i < params.width; i += 4u) {
    y[start + i] = (x[start + i] - mean) * scale * gamma[i] + beta[i];
  }
}
