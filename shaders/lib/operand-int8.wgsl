// Operands of the attention kernels as 8-bit integers: a group is 4 neighbouring dimensions in one word, with one scale
// per head for each of q, k and v.
alias Group = u32;
alias Sum = i32;

@group(0) @binding(6) var<storage, read> scales: array<f32>;

fn group_product(a: Group, b: Group) -> Sum {
  return dot4I8Packed(a, b);
}

fn widen(group: Group) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(group));
}

fn score_scale(head: u32) -> f32 {
  return params.scale * (scales[head] * scales[params.heads + head]);
}

fn value_scale(head: u32) -> f32 {
  return scales[2u * params.heads + head];
}
