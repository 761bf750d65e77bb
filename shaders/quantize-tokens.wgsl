requires packed_4x8_integer_dot_product;
// 8-bit symmetric quantisation of rows (tokens) for sparse-linear: one scale per row, 4 rows packed in a word.
// Grid: one workgroup of 64 lanes per 4 rows, folded; lanes share the inputs.
// Memory: 1 KiB of workgroup memory for the largest magnitudes of 4 rows.
// Reads x [rows, inner].
// Writes packed [inner, ceil(rows / 32) * 8]: bytes 0 to 2 of a word hold code + 128, byte 3 the signed code, so that masks and
// conversions take them apart without shifts; codes past the last row are 0. Writes scales [rows] = largest magnitude / 127.
struct Params {
  rows: u32,
  inner: u32,
  words: u32, // of an input: a multiple of 8
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<i32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> largest: array<vec4<f32>, 64>;

// One input of 4 rows, 0 past the last row.
fn of_rows(row0: u32, i: u32) -> vec4<f32> {
  let last = params.rows - 1u;
  var value = vec4<f32>(0.0);
  //:for r in 0..4
  value[${r}] = select(0.0, x[min(row0 + ${r}u, last) * params.inner + i], row0 + ${r}u <= last);
  //:end
  return value;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) count: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let word = group.x + group.y * count.x;
  let row0 = word * 4u;
  let inside = word < params.words;
  let inner = select(0u, params.inner, inside);
  var most = vec4<f32>(0.0);
  for (var i = lane; i < inner; i += 64u) {
    most = max(most, abs(of_rows(row0, i)));
  }
  largest[lane] = most;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) {
      largest[lane] = max(largest[lane], largest[lane + half]);
    }
    workgroupBarrier();
  }
  if (!inside) {
    return;
  }
  most = largest[0];
  let inverse = select(vec4<f32>(127.0) / most, vec4<f32>(0.0), most == vec4<f32>(0.0));
  if (lane < 4u && row0 + lane < params.rows) {
    scales[row0 + lane] = most[lane] / 127.0;
  }
  for (var i = lane; i < inner; i += 64u) {
    let code = vec4<i32>(clamp(round(of_rows(row0, i) * inverse), vec4<f32>(-127.0), vec4<f32>(127.0)));
    packed[i * params.words + word] = bitcast<i32>(pack4xI8(code) ^ 0x00808080u);
  }
}
