// Last step of the float32 linear kernels, called in a loop over a lane's own sums: inlined once for each of them, its
// activations would take seconds to compile.

fn store(product: u32, row: u32, column: u32, sum: f32) {
  if (row >= params.rows || column >= params.columns) {
    return;
  }
  let at = (product * params.rows + row) * params.y_stride + column;
  var value = sum;
  if (BIAS == 1u) {
    value += bias[column];
  }
  if (ACTIVATION == 1u) {
    value = gelu_tanh(value);
  }
  if (ACTIVATION == 2u) {
    value = gelu_erf(value);
  }
  if (ACCUMULATE == 1u) {
    value += y[at];
  }
  y[at] = value;
}
