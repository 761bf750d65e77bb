// Writing four memory cells: the nearest level of the target, what programming, drift, relaxation and slow noise make of it,
// and faults. `params` has the cell's members, `curves` its sampled curves, and the caller says which streams, element and
// event the draws come from; faults stay whatever is written. Drift and slow noise draw from the streams 32 and 64 above
// that of programming.
//:use lib/cell-curves
override CURVES: u32 = 0u; // programming and relaxation: 0 polynomials of degree 4 and a constant shift, 1 sampled curves
override ERROR: u32 = 0u; // programming error: 0 none, 1 normal, 2 uniform
override DRIFT: u32 = 0u; // power law of time: 0 none, 1 down, 2 half of the cells up
override RELAXATION: u32 = 0u;
override SLOW: u32 = 0u; // slow noise: 0 none, 1 of the conductance as programmed, 2 as aged
override FAULTS: u32 = 0u;

// Target (uS) of a share of the range, 0 to 1.
fn target_us(share: vec4<f32>) -> vec4<f32> {
  let aim = params.min_us + params.span_us * share;
  if (params.level_max > 0.0) {
    let level = floor((aim - params.min_us) / params.level_step + 0.5);
    return params.min_us + params.level_step * clamp(level, vec4<f32>(0.0), vec4<f32>(params.level_max));
  }
  return aim;
}

// Conductances (uS) that the cells hold; `streams` of programming, relaxation and faults.
fn written_us(aim: vec4<f32>, chip: u32, streams: vec3<u32>, element: u32, event: u32, place: u32) -> vec4<f32> {
  var g = aim;
  var of_target = mat4x4<f32>(); // sigma, mean shift, relaxation sigma, exponent
  if (CURVES == 1u) {
    of_target = curves_of(0u, aim);
  } else {
    let sigma = (((params.e4 * aim + params.e3) * aim + params.e2) * aim + params.e1) * aim + params.e0;
    of_target[0] = max(sigma, vec4<f32>(0.0));
    of_target[1] = vec4<f32>(params.shift_us);
    of_target[2] = (((params.r4 * aim + params.r3) * aim + params.r2) * aim + params.r1) * aim + params.r0;
  }
  if (ERROR != 0u) {
    let words = random_words(params.seed, chip, streams.x, element, event);
    var draw = vec4<f32>(0.0);
    if (ERROR == 1u) {
      draw = to_normals(words);
    } else {
      draw = (2.0 * to_uniform(words) - 1.0) * 1.7320508075688772;
    }
    g += of_target[0] * draw;
  }
  let programmed = clamp(g, vec4<f32>(params.written_low), vec4<f32>(params.written_high));
  g = programmed;
  if (DRIFT != 0u) {
    let words = random_words(params.seed, chip, streams.x + 32u, element, event);
    let power = params.log_time * abs(of_target[3] + curves_of(SECOND_CURVES, aim)[0] * to_normals(words));
    // The lowest bit of a word takes no part in the normals.
    let rises = (words & vec4<u32>(1u)) == vec4<u32>(1u);
    g *= exp(select(-power, power, rises & vec4<bool>(DRIFT == 2u)));
  }
  if (RELAXATION == 1u) {
    let words = random_words(params.seed, chip, streams.y, element, event);
    g += of_target[1] + of_target[2] * to_normals(words);
  }
  if (SLOW != 0u) {
    let words = random_words(params.seed, chip, streams.x + 64u, element, event);
    var sigma = curves_of(SECOND_CURVES, select(g, programmed, SLOW == 1u))[1];
    if (params.slow_relative > 0.0) {
      sigma *= abs(g);
    }
    g += sigma * to_normals(words);
  }
  if (FAULTS == 1u) {
    let words = random_words(params.seed, chip, streams.z, place, 0u);
    g = select(g, vec4<f32>(params.min_us + params.span_us), words < vec4<u32>(params.high_below));
    g = select(g, vec4<f32>(params.min_us), words < vec4<u32>(params.low_below));
  }
  return clamp(g, vec4<f32>(params.clamp_low), vec4<f32>(params.clamp_high));
}
