// What one read sees of four cells (uS) by what they hold and a block of random words. `params` has the bounds too.
//:use lib/cell-read
override UNIFORM_READ: u32 = 0u; // 0 normal deviations, 1 uniform ones
override CLAMP_READ: u32 = 0u;

fn read_us(g: vec4<f32>, words: vec4<u32>) -> vec4<f32> {
  var draw = vec4<f32>(0.0);
  if (UNIFORM_READ == 1u) {
    draw = (2.0 * to_uniform(words) - 1.0) * 1.7320508075688772;
  } else {
    draw = to_normals(words);
  }
  let value = g + sqrt(read_variance(g)) * draw;
  if (CLAMP_READ == 1u) {
    return clamp(value, vec4<f32>(params.read_low), vec4<f32>(params.read_high));
  }
  return value;
}
