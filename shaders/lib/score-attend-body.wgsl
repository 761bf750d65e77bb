// A lane owns one query and walks the set bits of its selection, as gather-attend does; the score of a key is read and not computed.
override BLOCKS: u32 = 2u; // blocks of 32 dimensions, 1 to 4

struct Params {
  heads: u32, // sequences * heads
  queries: u32,
  query_first: u32,
  query_count: u32,
  keys: u32,
  dim: u32,
  stride: u32,
  scale: f32, // of a score, times both operands' scales
}

@group(0) @binding(0) var<storage, read> scores: array<f32>;
@group(0) @binding(1) var<storage, read> v: array<Group>;
@group(0) @binding(2) var<storage, read> selection: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn put(row: u32, d: u32, value: vec4<f32>) {
  let at = row * params.dim + d;
  //:for i in 0..4
  if (d + ${i}u < params.dim) {
    out[at + ${i}u] = value[${i}];
  }
  //:end
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let head = group.y + group.z * 65535u;
  let local = group.x * 64u + lane;
  if (head >= params.heads || local >= params.query_count) {
    return;
  }
  let groups = BLOCKS * 8u;
  let row = head * params.queries + params.query_first + local;
  let scores_at = (head * params.query_count + local) * params.stride;
  let factor = params.scale * (scales[head] * scales[params.heads + head]);
  let words = (params.keys + 31u) / 32u;
  let last_mask = 0xffffffffu >> ((32u - params.keys % 32u) % 32u);
  var top = -3.0e38;
  var sum = 0.0;
  //:for b in 0..4
  //:for g in 0..8
  var o_${b}${g} = vec4<f32>();
  //:end
  //:end
  var word = 0u;
  var bits = 0u;
  loop {
    while (bits == 0u && word < words) {
      bits = selection[row * words + word];
      word++;
      if (word == words) {
        bits &= last_mask;
      }
    }
    if (bits == 0u) {
      break;
    }
    let key = (word - 1u) * 32u + countTrailingZeros(bits);
    bits &= bits - 1u;
    let score = scores[scores_at + key] * factor;
    if (score > top) {
      let shrink = exp(top - score);
      top = score;
      sum *= shrink;
      //:for b in 0..4
      if (BLOCKS > ${b}u) {
        //:for g in 0..8
        o_${b}${g} *= shrink;
        //:end
      }
      //:end
    }
    let p = exp(score - top);
    sum += p;
    let at = (head * params.keys + key) * groups;
    //:for b in 0..4
    if (BLOCKS > ${b}u) {
      //:for g in 0..8
      o_${b}${g} = fma(vec4<f32>(p), widen(v[at + ${b}u * 8u + ${g}u]), o_${b}${g});
      //:end
    }
    //:end
  }
  // A row that keeps nothing gives zeros.
  let norm = select(value_scale(head) / sum, 0.0, sum == 0.0);
  //:for b in 0..4
  if (BLOCKS > ${b}u) {
    //:for g in 0..8
    put(row, ${b}u * 32u + ${g}u * 4u, o_${b}${g} * norm);
    //:end
  }
  //:end
}
