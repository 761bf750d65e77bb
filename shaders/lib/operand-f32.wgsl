// Operands of the attention kernels as float32: a group is 4 neighbouring dimensions.
alias Group = vec4<f32>;
alias Sum = f32;

fn group_product(a: Group, b: Group) -> Sum {
  return dot(a, b);
}

fn widen(group: Group) -> vec4<f32> {
  return group;
}

fn score_scale(head: u32) -> f32 {
  return params.scale;
}

fn value_scale(head: u32) -> f32 {
  return 1.0;
}
