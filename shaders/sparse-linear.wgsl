// Linear layer by kept weights only: y[rows, columns] = act(x * w + bias) with 8-bit x and w, or y += that product.
// Grid: ceil(columns / 16) x ceil(rows / 128) workgroups of 4 x 16 lanes; a lane owns 32 rows of one column in named sums.
// Workgroups that follow one another share 128 rows of x, which a processor's cache then holds.
// Memory: no workgroup memory; a kept weight is one word for all lanes of a column, its input 8 words of 4 rows.
// Reads x [inner, ceil(rows / 32) * 8] as quantize-tokens packs it with row_scales [rows], entries (byte 3 the code, the rest
// the input), columns [columns] (first and last four of entries, 128 * sum of codes, bits of the scale), bias where BIAS is 1.
// Writes y, guarded. Integer sums are exact: f32 holds 512 products of up to 127 * 255, then they move to an i32.
override BIAS: u32 = 1u;
override ACTIVATION: u32 = 0u; // 0 none, 1 GELU by tanh, 2 GELU by erf
override ACCUMULATE: u32 = 0u;

const FOURS_EXACT: u32 = 128u;

struct Params {
  rows: u32,
  columns: u32,
  groups: u32, // of 32 rows
  y_stride: u32,
}

// 16 rows of an input in each half, 4 a word.
struct Halves {
  v0: vec4<i32>,
  v1: vec4<i32>,
}

@group(0) @binding(0) var<storage, read> x: array<Halves>;
@group(0) @binding(1) var<storage, read> row_scales: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> entries: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read> columns: array<vec4<i32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

//:use lib/gelu

@compute @workgroup_size(4, 16)
fn main(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let column = tile.x * 16u + lane.y;
  let group = tile.y * 4u + lane.x;
  if (group >= params.groups || column >= params.columns) {
    return;
  }
  let own = columns[column];
  let groups = params.groups;
  let last = u32(own.y);
  //:for v in 0..2
  //:for j in 0..4
  //:for b in 0..4
  var s${v}${j}${b} = 0;
  //:end
  //:end
  //:end
  for (var start = u32(own.x); start < last; start += FOURS_EXACT) {
    //:for v in 0..2
    //:for j in 0..4
    //:for b in 0..4
    var f${v}${j}${b} = 0.0;
    //:end
    //:end
    //:end
    let stop = min(start + FOURS_EXACT, last);
    for (var k = start; k < stop; k++) {
      let four = entries[k];
      // Codes as they lie, times 2^24, and bytes of x as they lie, times a power of 256: both exact, undone at the end.
      let w = vec4<f32>(four & vec4<i32>(-16777216));
      let at = vec4<u32>(four & vec4<i32>(0xffffff)) * groups + group;
      //:for e in 0..4
      let x${e} = x[at[${e}]];
      //:end
      //:for v in 0..2
      //:for j in 0..4
      f${v}${j}0 += (w.x * f32(x0.v${v}[${j}] & 0xff) + w.y * f32(x1.v${v}[${j}] & 0xff))
        + (w.z * f32(x2.v${v}[${j}] & 0xff) + w.w * f32(x3.v${v}[${j}] & 0xff));
      f${v}${j}1 += (w.x * f32(x0.v${v}[${j}] & 0xff00) + w.y * f32(x1.v${v}[${j}] & 0xff00))
        + (w.z * f32(x2.v${v}[${j}] & 0xff00) + w.w * f32(x3.v${v}[${j}] & 0xff00));
      f${v}${j}2 += (w.x * f32(x0.v${v}[${j}] & 0xff0000) + w.y * f32(x1.v${v}[${j}] & 0xff0000))
        + (w.z * f32(x2.v${v}[${j}] & 0xff0000) + w.w * f32(x3.v${v}[${j}] & 0xff0000));
      f${v}${j}3 += (w.x * f32(x0.v${v}[${j}] & -16777216) + w.y * f32(x1.v${v}[${j}] & -16777216))
        + (w.z * f32(x2.v${v}[${j}] & -16777216) + w.w * f32(x3.v${v}[${j}] & -16777216));
      //:end
      //:end
    }
    //:for v in 0..2
    //:for j in 0..4
    s${v}${j}0 += i32(f${v}${j}0 * 0x1p-24);
    s${v}${j}1 += i32(f${v}${j}1 * 0x1p-32);
    s${v}${j}2 += i32(f${v}${j}2 * 0x1p-40);
    s${v}${j}3 += i32(f${v}${j}3 * 0x1p-48);
    //:end
    //:end
  }
  let row0 = group * 32u;
  let rows = params.rows;
  let stride = params.y_stride;
  let at0 = row0 * stride + column;
  let scale = bitcast<f32>(own.w);
  var offset = 0.0;
  if (BIAS == 1u) {
    offset = bias[column];
  }
  //:for v in 0..2
  //:for j in 0..4
  let scale${v}${j} = row_scales[group * 8u + ${v}u * 4u + ${j}u] * scale;
  s${v}${j}0 -= own.z;
  s${v}${j}1 -= own.z;
  s${v}${j}2 -= own.z;
  //:for b in 0..4
  if (row0 + ${v}u * 16u + ${j}u * 4u + ${b}u < rows) {
    put(at0 + (${v}u * 16u + ${j}u * 4u + ${b}u) * stride, f32(s${v}${j}${b}) * scale${v}${j}[${b}] + offset);
  }
  //:end
  //:end
  //:end
  if (ACTIVATION > 0u) {
    // In a loop over what was stored: 32 inlined activations would take long to compile.
    let end = at0 + (min(row0 + 32u, rows) - row0) * stride;
    for (var at = at0; at < end; at += stride) {
      if (ACTIVATION == 1u) {
        y[at] = gelu_tanh(y[at]);
      } else {
        y[at] = gelu_erf(y[at]);
      }
    }
  }
}

fn put(at: u32, value: f32) {
  if (ACCUMULATE == 1u) {
    y[at] += value;
  } else {
    y[at] = value;
  }
}
