// Ideal converter: the value of the code nearest to x, with the tie rules of the host's table (even, up, down, away,
// away with 0 down). `grid` is (offset, step, codes, unused), `limits` the least and largest value.

fn to_code(x: vec4<f32>, grid: vec4<f32>, rounding: u32) -> vec4<f32> {
  let position = (x - grid.x) / grid.y;
  let below = floor(position);
  let rest = position - below;
  var tie_up = vec4<bool>(true);
  switch rounding {
    case 0u: {
      let half = below * 0.5;
      tie_up = floor(half) != half;
    }
    case 2u: {
      tie_up = vec4<bool>(false);
    }
    case 3u: {
      tie_up = x >= vec4<f32>(0.0);
    }
    case 4u: {
      tie_up = x > vec4<f32>(0.0);
    }
    default: {
    }
  }
  let up = (rest > vec4<f32>(0.5)) | ((rest == vec4<f32>(0.5)) & tie_up);
  return clamp(below + select(vec4<f32>(0.0), vec4<f32>(1.0), up), vec4<f32>(0.0), vec4<f32>(grid.z - 1.0));
}

fn value_of(code: vec4<f32>, grid: vec4<f32>, limits: vec2<f32>) -> vec4<f32> {
  return clamp(grid.x + grid.y * code, vec4<f32>(limits.x), vec4<f32>(limits.y));
}
