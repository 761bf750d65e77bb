// LANES neighbouring lanes of a subgroup, a workgroup of their own.
override LANES: u32 = 4u; // 4 or 8

// The largest value of the lanes.
fn most_of_lanes(value: f32) -> f32 {
  var most = max(value, subgroupShuffleXor(value, 1u));
  most = max(most, subgroupShuffleXor(most, 2u));
  if (LANES == 8u) {
    most = max(most, subgroupShuffleXor(most, 4u));
  }
  return most;
}

fn sums_of_lanes(value: vec4<f32>) -> vec4<f32> {
  var sum = value + subgroupShuffleXor(value, 1u);
  sum += subgroupShuffleXor(sum, 2u);
  if (LANES == 8u) {
    sum += subgroupShuffleXor(sum, 4u);
  }
  return sum;
}
