// When columns of a winner-take-all arrive, in ns before the delay that all have. RAMP: 0 a current charges to a threshold, 1 a ramp
// that all columns share falls past the voltages that they hold.
override RAMP: u32 = 0u;

// `column` is what a column's mismatch multiplies its charging time by, or adds to its arrival in shares of the ramp; `shake` is
// its thermal noise in shares of the charging time or of the ramp.
fn arrival_time(current: vec4<f32>, column: vec4<f32>, shake: vec4<f32>) -> vec4<f32> {
  if (RAMP == 1u) {
    let fallen = (params.current_max - current) / (params.current_max - params.current_min);
    return params.charge * (fallen + column + shake);
  }
  return params.charge / current * (column * (1.0 + shake));
}

fn nominal_time(current: vec4<f32>) -> vec4<f32> {
  return arrival_time(current, vec4<f32>(f32(1u - RAMP)), vec4<f32>(0.0));
}
