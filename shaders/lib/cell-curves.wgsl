// A cell's sampled curves, laid out by cell-tables.ts: `curves` is the caller's binding, `params.per_curve_us` 1 over their end.

const CURVE_INTERVALS = 1024u;
const SECOND_CURVES = 1025u; // where the second four curves begin

// The four curves that begin at `first`, at a conductance of g uS; samples are close together where g is small.
fn curves_at(first: u32, g: f32) -> vec4<f32> {
  let place = min(sqrt(max(g, 0.0) * params.per_curve_us), 1.0) * f32(CURVE_INTERVALS);
  let below = min(u32(place), CURVE_INTERVALS - 1u);
  return mix(curves[first + below], curves[first + below + 1u], place - f32(below));
}

// The same for four cells: column i of the result is curve i.
fn curves_of(first: u32, g: vec4<f32>) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(
    curves_at(first, g.x),
    curves_at(first, g.y),
    curves_at(first, g.z),
    curves_at(first, g.w),
  ));
}
