// Variance (uS^2) of one read of four cells by what they hold. `params` has the quadratic and `curves` the rest.
//:use lib/cell-curves
override VARIANCE: u32 = 0u; // 0 none, 1 a quadratic of the conductance, 2 with a curve too

fn read_variance(g: vec4<f32>) -> vec4<f32> {
  var sum = params.variance0 + params.variance1 * max(g, vec4<f32>(0.0)) + params.variance2 * g * g;
  if (VARIANCE == 2u) {
    let sigma = curves_of(SECOND_CURVES, g)[2];
    sum += sigma * sigma;
  }
  return sum;
}
