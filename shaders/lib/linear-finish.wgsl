// Last steps of the 8-bit linear kernel. Sums are stored raw from their named variables; bias and activation follow in a loop
// over the lane's own outputs, because 64 inlined activations would take seconds to compile.

var<private> y_base: u32;

fn put(row: u32, column: u32, sum: f32) {
  if (row >= params.rows || column >= params.columns) {
    return;
  }
  let at = y_base + row * params.y_stride + column;
  if (ACCUMULATE == 1u) {
    y[at] += sum;
  } else {
    y[at] = sum;
  }
}

fn finish(row0: u32, row_count: u32, column0: u32, column_count: u32) {
  if (BIAS == 0u && ACTIVATION == 0u) {
    return;
  }
  for (var row = row0; row < min(row0 + row_count, params.rows); row++) {
    for (var column = column0; column < min(column0 + column_count, params.columns); column++) {
      var value = y[y_base + row * params.y_stride + column];
      if (BIAS == 1u) {
        value += bias[column];
      }
      if (ACTIVATION == 1u) {
        value = gelu_tanh(value);
      }
      if (ACTIVATION == 2u) {
        value = gelu_erf(value);
      }
      y[y_base + row * params.y_stride + column] = value;
    }
  }
}
